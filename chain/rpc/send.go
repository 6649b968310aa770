package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
)

const (
	syncTimeout    = 20 * time.Second // eth_sendRawTransactionSync without a time
	maxSyncTimeout = time.Minute
)

// SendRawTransaction takes a signed transaction: admission, then the pool.
func (e *ethAPI) SendRawTransaction(ctx context.Context, raw hexutil.Bytes) (common.Hash, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return common.Hash{}, &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("not a signed transaction: %v", err)}
	}
	if !tx.Protected() {
		return common.Hash{}, &rpcError{code: codeRejected, msg: "transaction rejected: it must be signed for a chain id (EIP-155)"}
	}
	if err := e.cfg.Send(ctx, tx); err != nil {
		return common.Hash{}, rejection(err)
	}
	return tx.Hash(), nil
}

// SendRawTransactionSync is SendRawTransaction that waits for the receipt (EIP-7966). The time is in
// milliseconds.
func (e *ethAPI) SendRawTransactionSync(ctx context.Context, raw hexutil.Bytes, timeout *math.HexOrDecimal64) (any, error) {
	most := syncTimeout
	if timeout != nil && *timeout > 0 {
		most = min(time.Duration(min(uint64(*timeout), 1<<32))*time.Millisecond, maxSyncTimeout)
	}
	heads := make(chan core.ChainHeadEvent, 16)
	sub := e.cfg.Ethereum.BlockChain().SubscribeChainHeadEvent(heads)
	defer sub.Unsubscribe()
	hash, err := e.SendRawTransaction(ctx, raw)
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(hash)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		receipt, err := e.GetTransactionReceipt(ctx, (*json.RawMessage)(&name))
		if found, ok := receipt.(map[string]any); err != nil || ok && found != nil {
			return receipt, err
		}
		select {
		case <-heads:
		case err := <-sub.Err():
			return nil, errors.Join(errors.New("the ledger is stopping"), err)
		case <-ctx.Done():
			return nil, &rpcError{codeSyncTimeout, fmt.Sprintf("transaction %s is in the pool but in no block after %v", hash, most), hash}
		}
	}
}

// refusedAPI takes the places of go-ethereum's methods that sign with the node's keys.
type refusedAPI struct{}

func (refusedAPI) SendTransaction(arg) (any, error)    { return nil, notHere("eth_sendTransaction") }
func (refusedAPI) Resend(_, _, _ arg) (any, error)     { return nil, notHere("eth_resend") }
func (refusedAPI) FillTransaction(arg) (any, error)    { return nil, notHere("eth_fillTransaction") }
func (refusedAPI) Sign(_, _ arg) (any, error)          { return nil, notHere("eth_sign") }
func (refusedAPI) SignTransaction(arg) (any, error)    { return nil, notHere("eth_signTransaction") }
func (refusedAPI) SignTypedData(_, _ arg) (any, error) { return nil, notHere("eth_signTypedData") }
func (refusedAPI) SignTypedData_v4(_, _ arg) (any, error) {
	return nil, notHere("eth_signTypedData_v4")
}
