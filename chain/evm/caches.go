package evm

import (
	"reflect"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
)

// caches are those of go-ethereum that hold whole blocks. They count blocks, 256 of them, whatever a block weighs: a
// minute of full ones is several hundred megabytes that the garbage collector walks through again and again. We keep
// the latest only, which the pool, the index and the log index read behind the head.
//
// The caches are private. Should a new go-ethereum have moved one, it is left as it is.
type caches struct {
	blocks   *lru.Cache[common.Hash, *types.Block]
	bodies   *lru.Cache[common.Hash, *types.Body]
	receipts *lru.Cache[common.Hash, []*types.Receipt]
	latest   []*types.Block
}

// cachedBlocks is how many of the latest blocks stay, and how many others may be beside them.
const cachedBlocks = 8

func cachesOf(chain *core.BlockChain) *caches {
	return &caches{
		blocks:   cacheOf[*types.Block](chain, "blockCache"),
		bodies:   cacheOf[*types.Body](chain, "bodyCache"),
		receipts: cacheOf[[]*types.Receipt](chain, "receiptsCache"),
	}
}

func cacheOf[V any](chain *core.BlockChain, name string) *lru.Cache[common.Hash, V] {
	field := reflect.ValueOf(chain).Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[*lru.Cache[common.Hash, V]]() || field.IsNil() {
		return nil
	}
	return (*lru.Cache[common.Hash, V])(field.UnsafePointer())
}

// share puts an executed block into the cache of blocks. Otherwise the blob pool, which looks at every new block while
// Commit waits for it, reads the block back from the database and recovers every signature once more, 60 us each on
// one core.
func (c *caches) share(block *types.Block) {
	c.latest = append(c.latest, block)
	if len(c.latest) > cachedBlocks {
		c.latest = append(c.latest[:0:0], c.latest[1:]...)
	}
	if c.blocks != nil {
		c.blocks.Add(block.Hash(), block)
	}
	trim(c.blocks, c.latest)
	trim(c.bodies, c.latest)
	trim(c.receipts, c.latest)
}

// trim empties a cache that holds too many blocks, but for the latest.
func trim[V any](cache *lru.Cache[common.Hash, V], latest []*types.Block) {
	if cache == nil || cache.Len() <= 2*cachedBlocks {
		return
	}
	kept := make(map[common.Hash]V, len(latest))
	for _, b := range latest {
		if v, ok := cache.Peek(b.Hash()); ok {
			kept[b.Hash()] = v
		}
	}
	cache.Purge()
	for hash, v := range kept {
		cache.Add(hash, v)
	}
}
