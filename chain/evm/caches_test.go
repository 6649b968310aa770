package evm

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// A go-ethereum upgrade that moves its caches costs speed and memory: this test says so.
func TestCachesHoldTheLatestBlocks(t *testing.T) {
	genesis := Genesis(1, time.Unix(1, 0), WithSystemContracts(nil))
	chain, err := core.NewBlockChain(rawdb.NewMemoryDatabase(), genesis, beacon.New(ethash.NewFaker()), nil)
	require.NoError(t, err)
	defer chain.Stop()
	c := cachesOf(chain)
	require.NotNil(t, c.blocks)
	require.NotNil(t, c.bodies)
	require.NotNil(t, c.receipts)

	var blocks []*types.Block
	for i := range int64(100) {
		block := types.NewBlockWithHeader(&types.Header{Number: big.NewInt(i), Difficulty: new(big.Int)})
		blocks = append(blocks, block)
		c.bodies.Add(block.Hash(), block.Body())
		c.receipts.Add(block.Hash(), nil)
		c.share(block)
		require.Same(t, block, chain.GetBlock(block.Hash(), uint64(i)))
		for _, n := range []int{c.blocks.Len(), c.bodies.Len(), c.receipts.Len()} {
			require.LessOrEqual(t, n, 2*cachedBlocks)
		}
	}
	require.Nil(t, chain.GetBlock(blocks[0].Hash(), 0))
	for _, block := range blocks[len(blocks)-cachedBlocks:] {
		require.True(t, c.blocks.Contains(block.Hash()))
	}
	require.False(t, c.blocks.Contains(common.Hash{}))
}
