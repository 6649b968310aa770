package chain

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
)

// InitChain starts the chain. It fails when the EVM's first block isn't the one of the genesis document.
func (a *app) InitChain(_ context.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	if have := a.evm.Chain().Genesis().Hash(); have != a.genesisHash {
		return nil, fmt.Errorf("init chain: EVM genesis block is %s, the genesis document says %s", have, a.genesisHash)
	}
	if want := CometChainID(a.evm.Chain().Config().ChainID.Uint64()); req.ChainId != want {
		return nil, fmt.Errorf("init chain: chain id is %q, want %q", req.ChainId, want)
	}
	return &abci.ResponseInitChain{AppHash: a.genesisHash[:]}, nil
}
