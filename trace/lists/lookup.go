package lists

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Membership is one thing's place in a list.
type Membership struct {
	Head  Head
	Place format.ListPlace
}

// Head is what the store knows of a list; ErrUnknown if it has none of this root.
func (s *Store) Head(root common.Hash) (h Head, err error) {
	v, closer, err := s.db.Get(key('h', root))
	if errors.Is(err, pebble.ErrNotFound) {
		return h, ErrUnknown
	}
	if err != nil {
		return h, fmt.Errorf("list %s: %w", root, err)
	}
	defer func() { _ = closer.Close() }() // frees memory only
	if err := rlp.DecodeBytes(v, &h); err != nil {
		return h, fmt.Errorf("list %s: %w", root, err)
	}
	return h, nil
}

// Of are the lists that an object is in, at most limit, as far as this node knows them.
func (s *Store) Of(objKey format.Hash, limit int) (found []Membership, err error) {
	roots, err := s.candidates(objKey)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		if len(found) == limit {
			break
		}
		h, err := s.Head(root)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		place, _, err := s.find(h, objKey)
		if err != nil {
			return nil, err
		}
		if place != nil {
			found = append(found, Membership{h, *place})
		}
	}
	return found, nil
}

// In are the roots of the lists that an object is in: Of without the paths, for who asks about many objects.
func (s *Store) In(objKey format.Hash) (found []common.Hash, err error) {
	roots, err := s.candidates(objKey)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		h, err := s.Head(root)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entry := format.ListEntry(h.Salt, objKey)
		p, err := s.pageOf(root, entry)
		if err != nil {
			return nil, err
		}
		if p != nil && slices.Contains(p.entries, entry) {
			found = append(found, root)
		}
	}
	return found, nil
}

// candidates are the roots of lists that an object may be in.
func (s *Store) candidates(objKey format.Hash) (roots []common.Hash, err error) {
	lower := objectKey(objKey, 0)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: append(objectKey(objKey, 1<<32-1), 0)})
	if err != nil {
		return nil, fmt.Errorf("read the lists: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		v, closer, err := s.db.Get(numberKey(binary.BigEndian.Uint32(it.Key()[13:])))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read the lists: %w", err), it.Close())
		}
		// A list that was dropped and put again has two numbers.
		if root := common.Hash(v); !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
		_ = closer.Close() // frees memory only
	}
	return roots, errors.Join(it.Error(), it.Close())
}

// Absence are the neighbours between which an object would stand in a list that doesn't have it; nil at the list's ends.
type Absence struct{ Before, After *format.ListPlace }

// Prove shows that an object is in a list, or that it isn't: one of the two answers is nil.
func (s *Store) Prove(root common.Hash, objKey format.Hash) (*Membership, *Absence, error) {
	h, err := s.Head(root)
	if err != nil {
		return nil, nil, err
	}
	place, at, err := s.find(h, objKey)
	if err != nil {
		return nil, nil, err
	}
	if place != nil {
		return &Membership{h, *place}, nil, nil
	}
	out := new(Absence)
	if at > 0 {
		if out.Before, err = s.placeAt(h, at-1); err != nil {
			return nil, nil, err
		}
	}
	if at < h.Count {
		if out.After, err = s.placeAt(h, at); err != nil {
			return nil, nil, err
		}
	}
	return nil, out, nil
}

// find looks an object up in a list: its place, or where it would stand.
func (s *Store) find(h Head, objKey format.Hash) (*format.ListPlace, uint64, error) {
	entry := format.ListEntry(h.Salt, objKey)
	p, err := s.pageOf(h.Root, entry)
	if err != nil || p == nil { // before the first entry
		return nil, 0, err
	}
	j := sort.Search(len(p.entries), func(i int) bool { return format.CompareHashes(p.entries[i], entry) >= 0 })
	at := uint64(p.number)*pageSize + uint64(j)
	if j == len(p.entries) || p.entries[j] != entry {
		return nil, at, nil
	}
	place, err := s.place(h, p, j)
	return place, at, err
}

// placeAt is the place of an entry by its number.
func (s *Store) placeAt(h Head, at uint64) (*format.ListPlace, error) {
	p, err := s.pageAt(h, at/pageSize)
	if err != nil {
		return nil, err
	}
	return s.place(h, p, int(at%pageSize))
}

func (s *Store) place(h Head, p *page, j int) (*format.ListPlace, error) {
	tops, err := s.topsOf(h.Root)
	if err != nil {
		return nil, err
	}
	out := &format.ListPlace{Entry: p.entries[j], Index: uint64(p.number)*pageSize + uint64(j)}
	out.Path = append(format.ListPath(p.entries, j, pageLevels), format.ListPath(tops, p.number, 64)...)
	return out, nil
}

// topsOf are the tops of a list's pages.
func (s *Store) topsOf(root common.Hash) ([]format.Hash, error) {
	s.recent.Lock()
	defer s.recent.Unlock()
	if s.recent.root == root && s.recent.tops != nil {
		return s.recent.tops, nil
	}
	v, closer, err := s.db.Get(key('t', root))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	tops := hashes(v)
	_ = closer.Close() // frees memory only
	s.recent.root, s.recent.tops = root, tops
	return tops, nil
}

func hashes(v []byte) []format.Hash {
	out := make([]format.Hash, len(v)/32)
	for i := range out {
		out[i] = format.Hash(v[32*i:])
	}
	return out
}

// page is a page of entries with their names, packed.
type page struct {
	number  int
	entries []format.Hash
	names   []byte
}

func readPage(v []byte) (*page, error) {
	if len(v) < 6 {
		return nil, errors.New("a page of a list is cut short")
	}
	n := int(binary.BigEndian.Uint16(v[4:]))
	if n == 0 || len(v) < 6+32*n {
		return nil, errors.New("a page of a list is cut short")
	}
	return &page{number: int(binary.BigEndian.Uint32(v)), entries: hashes(v[6 : 6+32*n]), names: bytes.Clone(v[6+32*n:])}, nil
}

// pageOf is the page in which an entry stands or would stand; nil if it comes before the first.
func (s *Store) pageOf(root common.Hash, entry format.Hash) (p *page, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: key('p', root), UpperBound: pageEnd(root)})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	if !it.SeekLT(append(pageKey(root, entry), 0)) {
		return nil, it.Error()
	}
	return readPage(it.Value())
}

// pageAt is a page by its number. Pages are found by their first entry; entries are hashes, so the page is near where
// its share of all hashes begins.
func (s *Store) pageAt(h Head, number uint64) (p *page, err error) {
	pages := (h.Count + pageSize - 1) / pageSize
	var guess format.Hash
	binary.BigEndian.PutUint64(guess[:], ^uint64(0)/pages*number)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: key('p', h.Root), UpperBound: pageEnd(h.Root)})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", h.Root, err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	if !it.SeekLT(append(pageKey(h.Root, guess), 0)) {
		it.First()
	}
	for it.Valid() {
		if p, err = readPage(it.Value()); err != nil {
			return nil, err
		}
		switch {
		case uint64(p.number) == number:
			return p, nil
		case uint64(p.number) < number:
			it.Next()
		default:
			it.Prev()
		}
	}
	return nil, errors.Join(fmt.Errorf("list %s has no page %d", h.Root, number), it.Error())
}

// Names calls f with the canonical names of everything in a list, in the list's order.
func (s *Store) Names(root common.Hash, f func(name string) error) error {
	if _, err := s.Head(root); err != nil {
		return err
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: key('p', root), UpperBound: pageEnd(root)})
	if err != nil {
		return fmt.Errorf("list %s: %w", root, err)
	}
	_, dec := zstdCoder()
	for ok := it.First(); ok; ok = it.Next() {
		p, err := readPage(it.Value())
		if err != nil {
			return errors.Join(err, it.Close())
		}
		names, err := dec.DecodeAll(p.names, nil)
		if err != nil {
			return errors.Join(fmt.Errorf("list %s: %w", root, err), it.Close())
		}
		for name := range strings.Lines(string(names)) {
			if err := f(strings.TrimSuffix(name, "\n")); err != nil {
				return errors.Join(err, it.Close())
			}
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// First is the name of the first thing in a list.
func (s *Store) First(root common.Hash) (name string, err error) {
	stop := errors.New("one is enough")
	err = s.Names(root, func(n string) error {
		name = n
		return stop
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return name, err
}

// Heads are all lists of the store.
func (s *Store) Heads() (list []Head, err error) {
	err = s.each('h', func(k, v []byte) error {
		var h Head
		if err := rlp.DecodeBytes(v, &h); err != nil {
			return fmt.Errorf("list %x: %w", k[1:], err)
		}
		list = append(list, h)
		return nil
	})
	return list, err
}
