package evm

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
)

// A pool full of one account's large transactions must not crowd out the others, nor fill the wire.
func TestRepeatsAreBoundedAndFair(t *testing.T) {
	now := time.Now()
	list := func(n int, size int, at time.Time) (out []*txpool.LazyTransaction) {
		for i := range n {
			tx := types.NewTx(&types.LegacyTx{Nonce: uint64(i), Data: make([]byte, size)})
			out = append(out, &txpool.LazyTransaction{Tx: tx, Hash: tx.Hash(), Time: at})
		}
		return out
	}
	flood, small, fresh, dying := common.Address{1}, common.Address{2}, common.Address{3}, common.Address{4}
	buried := map[common.Hash]bool{}
	pending := map[common.Address][]*txpool.LazyTransaction{
		flood: list(1000, 60_000, now.Add(-time.Minute)),
		small: list(2, 100, now.Add(-time.Minute)),
		fresh: list(2, 200, now),
		dying: list(2, 300, now.Add(-time.Minute)),
	}
	buried[pending[dying][0].Hash] = true
	bySize := map[int]int{}
	var total uint64
	for _, tx := range overdue(pending, func(h common.Hash) bool { return buried[h] }, now.Add(-gossipRepeat), gossipRepeatBytes) {
		bySize[len(tx.Data())]++
		total += tx.Size()
	}
	assert.LessOrEqual(t, total, uint64(gossipRepeatBytes))
	assert.Equal(t, 2, bySize[100], "the small account's")
	assert.Equal(t, gossipRepeatBytes/60_200, bySize[60_000])
	assert.Zero(t, bySize[200], "new ones")
	assert.Zero(t, bySize[300], "what stands behind a dead one")
}
