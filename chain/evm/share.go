package evm

import (
	"reflect"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
)

// shareBlock puts an executed block into go-ethereum's cache of blocks. Otherwise the blob pool, which
// looks at every new block while Commit waits for it, reads the block back from the database and
// recovers every signature once more, 60 us each on one core.
//
// The cache is private. Should a new go-ethereum have moved it, blocks are read back as before.
func shareBlock(chain *core.BlockChain, block *types.Block) {
	field := reflect.ValueOf(chain).Elem().FieldByName("blockCache")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*lru.Cache[common.Hash, *types.Block]]() || field.IsNil() {
		return
	}
	(*lru.Cache[common.Hash, *types.Block])(field.UnsafePointer()).Add(block.Hash(), block)
}
