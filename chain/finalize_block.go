package chain

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
)

// FinalizeBlock executes the decided EVM block unless ProcessProposal has done so. It moves nothing that
// matters and may be called again for the same height: after a kill CometBFT does.
//
// An error stops this node: it means that this node can't follow what the others decided.
func (a *app) FinalizeBlock(_ context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	for _, m := range req.Misbehavior {
		a.log.Error("a validator signed two blocks at one height", "validator", fmt.Sprintf("%X", m.Validator.Address), "height", m.Height)
	}
	a.decided.height, a.decided.block = req.Height, nil
	if len(req.Txs) == 0 {
		head := a.evm.Final().Hash
		return &abci.ResponseFinalizeBlock{AppHash: head[:]}, nil
	}
	if len(req.Txs) > 1 {
		return nil, fmt.Errorf("height %d: %d transactions decided, want at most 1", req.Height, len(req.Txs))
	}
	block, err := a.evm.Decode(req.Txs[0])
	if err != nil {
		return nil, fmt.Errorf("height %d: %w", req.Height, err)
	}
	if head := a.evm.Final(); block.ParentHash() != head.Hash {
		return nil, fmt.Errorf("height %d: EVM block %d stands on %s, the head is %s", req.Height, block.NumberU64(), block.ParentHash(), head.Hash)
	}
	if err := a.evm.Execute(block); err != nil {
		return nil, fmt.Errorf("height %d: %w", req.Height, err)
	}
	a.decided.block = block
	hash := block.Hash()
	return &abci.ResponseFinalizeBlock{
		TxResults: []*abci.ExecTxResult{{Code: abci.CodeTypeOK, GasUsed: int64(block.GasUsed())}},
		AppHash:   hash[:],
	}, nil
}
