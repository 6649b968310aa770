package chain

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
)

// Commit makes the decided block the head and durable, then tells the readers. No CometBFT block is ever
// offered for pruning: a new node joins by replaying all of them.
func (a *app) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	block := a.decided.block
	a.decided.block = nil
	if err := a.evm.Commit(a.decided.height, block); err != nil {
		return nil, fmt.Errorf("committing height %d: %w", a.decided.height, err)
	}
	a.committed(block)
	return &abci.ResponseCommit{}, nil
}
