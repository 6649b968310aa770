package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
)

// ReapTxs hands CometBFT the transactions to send to peers.
func (a *app) ReapTxs(_ context.Context, req *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	return &abci.ResponseReapTxs{Txs: a.evm.Reap(req.MaxBytes)}, nil
}
