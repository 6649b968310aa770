package lists_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func objKey(name string) (format.Hash, error) { return format.Keccak([]byte(name)), nil }

func name(i int) string { return fmt.Sprint("https://id.gs1.org/01/09521202001011/21/", i) }

func build(t testing.TB, n int) *lists.List {
	t.Helper()
	b, err := lists.NewBuilder()
	require.NoError(t, err)
	for i := range n {
		k, _ := objKey(name(i))
		require.NoError(t, b.Add(name(i), k))
	}
	l, err := b.Finish()
	require.NoError(t, err)
	return l
}

func open(t testing.TB, fs vfs.FS) *lists.Store {
	t.Helper()
	s, err := lists.Open("lists", fs)
	require.NoError(t, err)
	return s
}

func TestStoreProvesWhatIsListedAndWhatIsNot(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := open(t, fs)
	for _, n := range []int{1, 2, 255, 256, 257, 3_000} {
		l := build(t, n)
		require.NoError(t, s.Put(l, lists.Head{Event: fmt.Sprint(n)}, objKey, nil))
	}
	require.NoError(t, s.Close())
	s = open(t, fs)
	defer func() { require.NoError(t, s.Close()) }()

	heads, err := s.Heads()
	require.NoError(t, err)
	require.Len(t, heads, 6)
	for _, h := range heads {
		var keys []format.Hash
		seen := make(map[string]bool)
		require.NoError(t, s.Names(h.Root, func(name string) error {
			k, _ := objKey(name)
			keys, seen[name] = append(keys, k), true
			return nil
		}))
		assert.Len(t, seen, int(h.Count))
		root, err := format.ListRoot(h.Salt, keys)
		require.NoError(t, err)
		assert.EqualValues(t, h.Root, root)
		for i := range 3_200 {
			k, _ := objKey(name(i))
			in, out, err := s.Prove(h.Root, k)
			require.NoError(t, err)
			if i < int(h.Count) {
				require.Nil(t, out)
				require.NoError(t, format.CheckListed(h.Root, h.Count, h.Salt, k, in.Place))
				continue
			}
			require.Nil(t, in)
			require.NoError(t, format.CheckUnlisted(h.Root, h.Count, h.Salt, k, out.Before, out.After))
		}
	}
	for i, want := range map[int]int{0: 6, 1: 5, 255: 3, 256: 2, 2_999: 1, 3_000: 0} {
		k, _ := objKey(name(i))
		found, err := s.Of(k, 10)
		require.NoError(t, err)
		assert.Len(t, found, want, "lists of %d", i)
	}
}

func TestBuilderRefuses(t *testing.T) {
	t.Parallel()
	b, err := lists.NewBuilder()
	require.NoError(t, err)
	_, err = b.Finish()
	require.ErrorIs(t, err, lists.ErrEmpty)
	k, _ := objKey("a")
	require.NoError(t, b.Add("a", k))
	require.NoError(t, b.Add("a", k))
	_, err = b.Finish()
	require.ErrorIs(t, err, lists.ErrTwice)
	require.ErrorContains(t, err, ": a")
}

// A list that was being written when the process died is gone after the next start; one that Put acknowledged stays.
func TestListsAreWholeOrNotThere(t *testing.T) {
	t.Parallel()
	whole, half := build(t, 1_000), build(t, 5_000)
	fs := vfs.NewCrashableMem()
	s := open(t, fs)
	require.NoError(t, s.Put(whole, lists.Head{}, objKey, nil))
	var crashed *vfs.MemFS
	require.NoError(t, s.Put(half, lists.Head{}, objKey, func(done int) {
		if done > 2_000 && crashed == nil {
			crashed = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rng()})
		}
	}))
	require.NoError(t, s.Close())

	s = open(t, crashed)
	defer func() { require.NoError(t, s.Close()) }()
	heads, err := s.Heads()
	require.NoError(t, err)
	require.Len(t, heads, 1)
	assert.EqualValues(t, whole.Root, heads[0].Root)
	_, _, err = s.Prove(half.Root, format.Hash{})
	require.ErrorIs(t, err, lists.ErrUnknown)
	k, _ := objKey(name(4))
	found, err := s.Of(k, 10)
	require.NoError(t, err)
	assert.Len(t, found, 1)
	require.NoError(t, s.Put(half, lists.Head{}, objKey, nil))
	found, err = s.Of(k, 10)
	require.NoError(t, err)
	assert.Len(t, found, 2)
}

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// TestAListPutAgainIsFoundOnce drops a list and puts it again: its objects lead to it twice, and it is one list.
func TestAListPutAgainIsFoundOnce(t *testing.T) {
	t.Parallel()
	s := open(t, vfs.NewMem())
	defer func() { require.NoError(t, s.Close()) }()
	l := build(t, 300)
	for range 3 {
		require.NoError(t, s.Put(l, lists.Head{}, objKey, nil))
		require.NoError(t, s.Drop(l.Root))
	}
	require.NoError(t, s.Put(l, lists.Head{}, objKey, nil))
	k, _ := objKey(name(4))
	found, err := s.Of(k, 10)
	require.NoError(t, err)
	assert.Len(t, found, 1)
}
