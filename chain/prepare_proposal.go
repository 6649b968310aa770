package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
)

// PrepareProposal proposes the next EVM block, or nothing: an error or a panic here would stop consensus
// on this node, so whatever goes wrong gives an empty proposal.
func (a *app) PrepareProposal(_ context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	raw, err := a.prepare(req)
	if err != nil {
		a.log.Error("no block proposed", "height", req.Height, "err", err)
	}
	if len(raw) == 0 {
		return &abci.ResponsePrepareProposal{}, nil
	}
	return &abci.ResponsePrepareProposal{Txs: [][]byte{raw}}, nil
}

// txOverhead is what CometBFT adds to the bytes of one transaction in a block.
const txOverhead = 16

func (a *app) prepare(req *abci.RequestPrepareProposal) (raw []byte, err error) {
	defer recovered(&err)
	block, raw, err := a.evm.Build(req.Height, req.Time, req.MaxTxBytes-txOverhead)
	if err != nil {
		return nil, err
	}
	if a.lie != nil {
		return a.lie(req.Height, block), nil
	}
	return raw, nil
}
