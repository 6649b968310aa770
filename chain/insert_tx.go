package chain

import (
	"context"
	"errors"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

// codeRefused is the code for a transaction that will not become good by waiting.
const codeRefused uint32 = 1

// InsertTx takes a transaction that a peer has gossiped, under the same rules as one from RPC.
func (a *app) InsertTx(_ context.Context, req *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	code, _ := a.insert(req.Tx)
	return &abci.ResponseInsertTx{Code: code}, nil
}

func (a *app) insert(raw []byte) (code uint32, err error) {
	defer func() {
		if p := recover(); p != nil {
			code, err = codeRefused, fmt.Errorf("panic: %v", p)
		}
	}()
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return codeRefused, fmt.Errorf("transaction: %w", err)
	}
	err = a.evm.Send(tx)
	var no *evm.Inadmissible
	switch {
	case err == nil, errors.Is(err, evm.ErrKnown):
		return abci.CodeTypeOK, nil
	case errors.As(err, &no):
		// The key may be registered in the next block: let the peer's next repeat through.
		return abci.CodeTypeRetry, err
	case errors.Is(err, evm.ErrPoolFull):
		return abci.CodeTypeRetry, err
	}
	return codeRefused, err
}
