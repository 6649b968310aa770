package evm

import (
	"math/big"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

func memoryStore(t testing.TB) *pebble.DB {
	t.Helper()
	db, err := pebble.Open("", &pebble.Options{FS: vfs.NewMem()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// headers makes a chain of headers whose beacon roots are right, by the plain definition.
func headers(n int) []*types.Header {
	var out []*types.Header
	mountains := format.Mountains{}
	for i := range n {
		root := common.Hash(mountains.Root())
		h := &types.Header{Number: big.NewInt(int64(i)), Extra: format.Extra(int64(2 * i)), Difficulty: new(big.Int), ParentBeaconRoot: &root}
		out = append(out, h)
		mountains, _ = mountains.Append(format.MountainLeaf(int64(2*i), format.Hash(h.Hash())))
	}
	return out
}

func TestMountainGivesTheRootOfEveryBlock(t *testing.T) {
	const n = 70
	chain := headers(n)
	m := &Mountain{db: memoryStore(t)}
	for i, h := range chain {
		root, err := m.Root(uint64(i))
		require.NoError(t, err)
		require.Equal(t, *h.ParentBeaconRoot, root, "block %d", i)
		batch := m.db.NewBatch()
		require.NoError(t, m.Add(batch, h))
		require.NoError(t, batch.Commit(nil))
	}
	// Nodes never change: the roots of old blocks are still there.
	for i, h := range chain {
		root, err := m.Root(uint64(i))
		require.NoError(t, err)
		require.Equal(t, *h.ParentBeaconRoot, root, "block %d", i)
	}
}

func TestMountainIsRepairedFromHeaders(t *testing.T) {
	const n = 37
	chain := headers(n)
	head := chain[n-1]
	tests := map[string]func(*pebble.DB){
		"empty": func(*pebble.DB) {},
		"missing": func(db *pebble.DB) {
			fillMountain(t, db, chain[:n-1])
			require.NoError(t, db.Delete(mountainKey(2, 8), nil))
		},
		"damaged": func(db *pebble.DB) {
			fillMountain(t, db, chain[:n-1])
			require.NoError(t, db.Set(mountainKey(5, 0), make([]byte, 32), nil))
		},
		"behind": func(db *pebble.DB) { fillMountain(t, db, chain[:20]) },
		"ahead":  func(db *pebble.DB) { fillMountain(t, db, chain) },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Mountain{db: memoryStore(t)}
			damage(m.db)
			require.NoError(t, m.Repair(head, func(i uint64) *types.Header { return chain[i] }))
			root, err := m.Root(n)
			require.NoError(t, err)
			want := common.Hash{}
			full := format.Mountains{}
			for i, h := range chain {
				full, _ = full.Append(format.MountainLeaf(int64(2*i), format.Hash(h.Hash())))
			}
			want = common.Hash(full.Root())
			require.Equal(t, want, root)
		})
	}
}

func TestMountainRefusesHeadersThatDontFit(t *testing.T) {
	chain := headers(9)
	chain[4] = &types.Header{Number: big.NewInt(4), Extra: format.Extra(99), Difficulty: new(big.Int)}
	m := &Mountain{db: memoryStore(t)}
	require.ErrorContains(t, m.Repair(chain[8], func(i uint64) *types.Header { return chain[i] }), "don't give the root")
}

func fillMountain(t testing.TB, db *pebble.DB, chain []*types.Header) {
	t.Helper()
	m := &Mountain{db: db}
	for _, h := range chain {
		batch := db.NewBatch()
		require.NoError(t, m.Add(batch, h))
		require.NoError(t, batch.Commit(nil))
	}
}
