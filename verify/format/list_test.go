package format_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// listOf is a list of n objects: salt, sorted entries, root.
func listOf(t testing.TB, n int) (salt format.Hash, entries []format.Hash, root format.Hash) {
	salt = word("a list's salt")
	keys := make([]format.Hash, n)
	for i := range keys {
		keys[i] = word(fmt.Sprint("object ", i))
		entries = append(entries, format.ListEntry(salt, keys[i]))
	}
	require.NoError(t, format.SortList(entries))
	root, err := format.ListRoot(salt, keys)
	require.NoError(t, err)
	return salt, entries, root
}

func place(entries []format.Hash, i int) *format.ListPlace {
	return &format.ListPlace{Entry: entries[i], Index: uint64(i), Path: format.ListPath(entries, i, 64)}
}

func TestListMembership(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 5, 8, 255, 256, 257, 1000} {
		salt, entries, root := listOf(t, n)
		count := uint64(n)
		for i := range entries {
			p := place(entries, i)
			require.NoError(t, p.Check(root, count, salt), "%d of %d", i, n)
			require.Error(t, p.Check(root, count+1, salt))
			require.Error(t, p.Check(root, count, word("another salt")))
			wrong := *p
			wrong.Index++
			if n > 1 {
				require.Error(t, wrong.Check(root, count, salt))
				wrong = *p
				wrong.Path = append(append([]format.Hash(nil), p.Path...), format.Hash{})
				require.Error(t, wrong.Check(root, count, salt))
			}
		}
	}
	salt, entries, root := listOf(t, 9)
	for i := range 9 {
		key := word(fmt.Sprint("object ", i))
		at := -1
		for j := range entries {
			if entries[j] == format.ListEntry(salt, key) {
				at = j
			}
		}
		require.NoError(t, format.CheckListed(root, 9, salt, key, *place(entries, at)))
		require.Error(t, format.CheckListed(root, 9, salt, word("another"), *place(entries, at)))
	}
}

func TestListNonMembership(t *testing.T) {
	t.Parallel()
	const n = 300
	salt, entries, root := listOf(t, n)
	// Objects that fall before the first entry, after the last, and between.
	for i := range 300 {
		key := word(fmt.Sprint("stranger ", i))
		entry := format.ListEntry(salt, key)
		at := 0
		for at < n && format.CompareHashes(entries[at], entry) < 0 {
			at++
		}
		var before, after *format.ListPlace
		if at > 0 {
			before = place(entries, at-1)
		}
		if at < n {
			after = place(entries, at)
		}
		require.NoError(t, format.CheckUnlisted(root, n, salt, key, before, after))
		if before != nil && before.Index > 0 {
			far := place(entries, int(before.Index)-1)
			assert.ErrorIs(t, format.CheckUnlisted(root, n, salt, key, far, after), format.ErrListGap)
			assert.ErrorIs(t, format.CheckUnlisted(root, n, salt, key, nil, after), format.ErrListGap)
		}
		if after != nil && after.Index < n-1 {
			assert.ErrorIs(t, format.CheckUnlisted(root, n, salt, key, before, nil), format.ErrListGap)
		}
	}
	member := word("object 7")
	for i := range n - 1 {
		assert.Error(t, format.CheckUnlisted(root, n, salt, member, place(entries, i), place(entries, i+1)))
	}
	assert.ErrorIs(t, format.CheckUnlisted(root, n, salt, member, nil, nil), format.ErrListGap)
	// Under another salt a member's entry falls somewhere else, between two that are in the list.
	for i := range 100 {
		other := word(fmt.Sprint("salt ", i))
		entry := format.ListEntry(other, member)
		at, _ := slices.BinarySearchFunc(entries, entry, format.CompareHashes)
		if at > 0 && at < n {
			assert.ErrorIs(t, format.CheckUnlisted(root, n, other, member, place(entries, at-1), place(entries, at)), format.ErrListPath)
		}
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 255, 256, 257, 511, 513, 1000} {
		salt, entries, root := listOf(t, n)
		var tops []format.Hash
		for i := 0; i < n; i += 256 {
			page := format.ListLevels(entries[i:min(i+256, n)], 8)
			require.Len(t, page, 1)
			tops = append(tops, page[0])
		}
		assert.Equal(t, root, format.ListRootOf(uint64(n), format.ListTop(salt, tops)))
		for i := range entries {
			first := i / 256 * 256
			path := format.ListPath(entries[first:min(first+256, n)], i-first, 8)
			path = append(path, format.ListPath(tops, i/256, 64)...)
			require.Equal(t, format.ListPath(entries, i, 64), path)
		}
	}
}
