package chain

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
)

// ProcessProposal accepts a proposal that carries no EVM block, or exactly one that follows every rule.
// It never fails: an error or a panic here would stop consensus on this node.
//
// The rules of the moment are checked here and only here. FinalizeBlock doesn't check them again, since
// a node that catches up never calls ProcessProposal, and two thirds have accepted the block by then.
func (a *app) ProcessProposal(_ context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	if err := a.process(req); err != nil {
		a.reject(req.Height, err)
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

func (a *app) process(req *abci.RequestProcessProposal) (err error) {
	defer recovered(&err)
	switch len(req.Txs) {
	case 0:
		return nil
	case 1:
		_, err := a.evm.Verify(req.Height, req.Time, req.Txs[0])
		return err
	}
	return fmt.Errorf("%d transactions in a CometBFT block, want at most 1", len(req.Txs))
}
