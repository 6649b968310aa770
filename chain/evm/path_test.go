package evm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/trie/trienode"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/pathdb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPaths walks tries of many sizes beside go-ethereum's own prover: the same values and the same nodes, for keys that are
// there and keys that aren't.
func TestPaths(t *testing.T) {
	owner := crypto.Keccak256Hash([]byte("a contract"))
	for _, slots := range []int{0, 1, 2, 17, 300, 5000} {
		t.Run(fmt.Sprint(slots, " slots"), func(t *testing.T) {
			db := triedb.NewDatabase(rawdb.NewMemoryDatabase(), &triedb.Config{PathDB: pathdb.Defaults})
			t.Cleanup(func() { assert.NoError(t, db.Close()) })
			filled, err := trie.New(trie.StorageTrieID(types.EmptyRootHash, owner, types.EmptyRootHash), db)
			require.NoError(t, err)
			random := rand.New(rand.NewPCG(uint64(slots), 7)) //nolint:gosec // a test that can be repeated
			keys := make([]common.Hash, slots)
			for i := range keys {
				for j := range keys[i] {
					keys[i][j] = byte(random.Uint32()) //nolint:gosec // the lowest byte
				}
				value := []byte{byte(1 + i%100)}
				switch i % 3 {
				case 0:
					value = keys[i][:]
				case 1: // beside another, so far down that leaves are shorter than a hash and stand in their parents
					keys[i] = keys[i-1]
					keys[i][30]++
				}
				enc, err := rlp.EncodeToBytes(value)
				require.NoError(t, err)
				require.NoError(t, filled.Update(keys[i][:], enc))
			}
			storageRoot, nodes := filled.Commit(false)
			accounts, err := trie.New(trie.StateTrieID(types.EmptyRootHash), db)
			require.NoError(t, err)
			account, err := rlp.EncodeToBytes(&types.StateAccount{Nonce: 1, Balance: common.U2560, Root: storageRoot, CodeHash: types.EmptyCodeHash[:]})
			require.NoError(t, err)
			require.NoError(t, accounts.Update(owner[:], account))
			root, accountNodes := accounts.Commit(false)
			merged := trienode.NewWithNodeSet(accountNodes)
			if nodes != nil {
				require.NoError(t, merged.Merge(nodes))
			}
			require.NoError(t, db.Update(root, types.EmptyRootHash, 1, merged, triedb.NewStateSet()))

			reader, err := db.NodeReader(root)
			require.NoError(t, err)
			p, want := newPaths(reader), memorydb.New()
			for i := range 50 {
				keys = append(keys, crypto.Keccak256Hash(fmt.Appendf(nil, "absent %d", i)))
			}
			for _, key := range keys {
				theirs, err := trie.New(trie.StorageTrieID(root, owner, storageRoot), db)
				require.NoError(t, err)
				value, err := theirs.Get(key[:])
				require.NoError(t, err)
				require.NoError(t, theirs.Prove(key[:], want))
				got, err := p.value(owner, storageRoot, key)
				require.NoError(t, err)
				assert.Equal(t, value, got)
			}
			assert.Len(t, p.list, want.Len())
			for _, node := range p.list {
				had, err := want.Get(crypto.Keccak256(node))
				require.NoError(t, err)
				assert.Equal(t, had, node)
			}
			got, err := p.value(common.Hash{}, root, owner)
			require.NoError(t, err)
			assert.Equal(t, account, got)
		})
	}
}

// FuzzFollow feeds nodes that no trie has.
func FuzzFollow(f *testing.F) {
	f.Add([]byte{0xc2, 0x20, 0x01}, uint8(3))
	f.Add([]byte{0xc3, 0x82, 0x00, 0x12}, uint8(0))
	way := nibbles(crypto.Keccak256(nil))
	f.Fuzz(func(t *testing.T, node []byte, at uint8) {
		from := int(at) % len(way)
		_, to, err := follow(node, way, from)
		if err == nil && (to < from || to > len(way)) {
			t.Errorf("from %d to %d", from, to)
		}
	})
}
