package evm

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
	"time"
)

// A go-ethereum upgrade that moves the cache of blocks costs speed: this test says so.
func TestSharedBlockIsFound(t *testing.T) {
	genesis := Genesis(1, time.Unix(1, 0), WithSystemContracts(nil))
	chain, err := core.NewBlockChain(rawdb.NewMemoryDatabase(), genesis, beacon.New(ethash.NewFaker()), nil)
	require.NoError(t, err)
	defer chain.Stop()
	block := types.NewBlockWithHeader(&types.Header{Number: big.NewInt(7), Difficulty: new(big.Int)})
	shareBlock(chain, block)
	require.Same(t, block, chain.GetBlock(block.Hash(), 7))
}
