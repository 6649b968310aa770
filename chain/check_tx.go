package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
)

// CheckTx serves CometBFT's own broadcast methods, which this ledger doesn't offer; the answer is the
// same as for a transaction from a peer.
func (a *app) CheckTx(_ context.Context, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	code, err := a.insert(req.Tx)
	res := &abci.ResponseCheckTx{Code: code}
	if err != nil {
		res.Log = err.Error()
	}
	return res, nil
}
