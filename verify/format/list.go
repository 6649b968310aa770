package format

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// ListEntry is keccak256(0x00 ‖ LIST_V1 ‖ listSalt ‖ objKey).
func ListEntry(salt, objKey Hash) Hash {
	return Keccak([]byte{0}, ListV1[:], salt[:], objKey[:])
}

// ListRootOf binds the number of entries to the top of their tree: keccak256(LIST_V1 ‖ u64 count ‖ top).
func ListRootOf(count uint64, top Hash) Hash {
	return Keccak(ListV1[:], bytesUint64(count), top[:])
}

// Errors of building a list.
var (
	ErrListEmpty = errors.New("list: no objects")
	ErrListTwice = errors.New("list: an object is named twice")
)

// SortList puts entries in the order of a list. It refuses an empty list and an entry named twice.
func SortList(entries []Hash) error {
	if len(entries) == 0 {
		return ErrListEmpty
	}
	slices.SortFunc(entries, CompareHashes)
	for i := 1; i < len(entries); i++ {
		if entries[i] == entries[i-1] {
			return ErrListTwice
		}
	}
	return nil
}

// CompareHashes orders hashes as lists do: by their bytes.
func CompareHashes(a, b Hash) int { return bytes.Compare(a[:], b[:]) }

// ListRoot is the root of the list of objKeys, in whatever order they come.
func ListRoot(salt Hash, objKeys []Hash) (Hash, error) {
	entries := make([]Hash, len(objKeys))
	for i, k := range objKeys {
		entries[i] = ListEntry(salt, k)
	}
	if err := SortList(entries); err != nil {
		return Hash{}, err
	}
	return ListRootOf(uint64(len(entries)), ListTop(salt, entries)), nil
}

// ListLevels folds nodes levels times, as a list's tree does: 2^levels neighbours become one node, and what is left at
// the end moves up as it is. Nodes of a level that is a power of two wide can so be kept page by page.
func ListLevels(nodes []Hash, levels int) []Hash {
	level := slices.Clone(nodes)
	for ; levels > 0 && len(level) > 1; levels-- {
		level = foldLevel(level)
	}
	return level
}

// ListTop binds the salt to the tree over sorted entries: keccak256(0x02 ‖ LIST_V1 ‖ listSalt ‖ tree). Without that, another
// salt would put an object's entry anywhere, and show that it isn't in the list.
func ListTop(salt Hash, entries []Hash) Hash { return listTop(salt, treeTop(entries)) }

func listTop(salt, tree Hash) Hash { return Keccak([]byte{2}, ListV1[:], salt[:], tree[:]) }

// ListPath are the siblings that lead from nodes[i] up, at most levels of them: from the bottom, none at a level where
// the node is the odd one out.
func ListPath(nodes []Hash, i, levels int) []Hash {
	var path []Hash
	level := slices.Clone(nodes)
	for ; levels > 0 && len(level) > 1; levels-- {
		if sibling := i ^ 1; sibling < len(level) {
			path = append(path, level[sibling])
		}
		level = foldLevel(level)
		i /= 2
	}
	return path
}

// ListPlace is an entry of a list with the way to its root.
type ListPlace struct {
	Entry Hash
	Index uint64 // place among the sorted entries, from 0
	Path  []Hash // siblings from the bottom up
}

// ErrListPath says that a path doesn't lead from its entry to the root.
var ErrListPath = errors.New("list: the path doesn't lead to the root")

// Check says whether the place is one of the list with this root, number of entries and salt.
func (p ListPlace) Check(root Hash, count uint64, salt Hash) error {
	if p.Index >= count {
		return fmt.Errorf("list: entry %d of %d: %w", p.Index, count, ErrListPath)
	}
	node, place, used := p.Entry, p.Index, 0
	for width := count; width > 1; width = width/2 + width%2 {
		switch {
		case place%2 == 0 && place+1 >= width: // the odd one out moves up as it is
		case used == len(p.Path):
			return fmt.Errorf("list: the path ends early: %w", ErrListPath)
		case place%2 == 1:
			node = treeNode(p.Path[used], node)
			used++
		default:
			node = treeNode(node, p.Path[used])
			used++
		}
		place /= 2
	}
	if used != len(p.Path) || ListRootOf(count, listTop(salt, node)) != root {
		return ErrListPath
	}
	return nil
}

// CheckListed says whether the object is in the list of this root and number of entries, at this place.
func CheckListed(root Hash, count uint64, salt, objKey Hash, p ListPlace) error {
	if p.Entry != ListEntry(salt, objKey) {
		return fmt.Errorf("list: the entry is another object's: %w", ErrListPath)
	}
	return p.Check(root, count, salt)
}

// ErrListGap says that two places don't enclose an entry.
var ErrListGap = errors.New("list: the entries shown leave room for others")

// CheckUnlisted says whether the object is not in the list: before and after are the entries it would stand between,
// nil at the list's ends.
func CheckUnlisted(root Hash, count uint64, salt, objKey Hash, before, after *ListPlace) error {
	entry := ListEntry(salt, objKey)
	for _, p := range []*ListPlace{before, after} {
		if p == nil {
			continue
		}
		if err := p.Check(root, count, salt); err != nil {
			return err
		}
	}
	switch {
	case count == 0 || before == nil && after == nil:
		return ErrListGap
	case before != nil && CompareHashes(before.Entry, entry) >= 0, after != nil && CompareHashes(entry, after.Entry) >= 0:
		return fmt.Errorf("list: the entries shown don't enclose the object's: %w", ErrListGap)
	case before == nil && after.Index != 0, after == nil && before.Index != count-1:
		return ErrListGap
	case before != nil && after != nil && after.Index != before.Index+1:
		return ErrListGap
	}
	return nil
}
