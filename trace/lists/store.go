package lists

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/klauspost/compress/zstd"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Head is what the store knows of a list beside its entries.
type Head struct {
	Root, Salt, Top common.Hash
	Count           uint64
	Party           common.Address // who listed
	Event           string         // ID of the event that names the list
	Created         uint64         // seconds since 1970, by this node's clock
}

// ErrUnknown means that this node doesn't have the list.
var ErrUnknown = errors.New("this node doesn't have the list")

// Store is the lists of a node. It is safe for concurrent use.
type Store struct {
	db *pebble.DB
	mu sync.Mutex // guards numbering

	version atomic.Uint64
	recent  recent
}

// Version changes whenever a list comes or goes.
func (s *Store) Version() uint64 { return s.version.Load() }

// recent is the tops of the list that was asked last: folding them again is most of the work of a look-up.
type recent struct {
	sync.Mutex
	root common.Hash
	tops []format.Hash
}

// Open opens or creates the store in dir, and drops what a crash left half written. fs is the operating system's if nil.
func Open(dir string, fs vfs.FS) (*Store, error) {
	cache := pebble.NewCache(8 << 20)
	defer cache.Unref()
	db, err := manifest.Open(dir, &pebble.Options{FS: fs, Cache: cache, FormatMajorVersion: pebble.FormatNewest,
		MemTableSize: 8 << 20, Logger: pebblelog.Of("lists", nil)})
	if err != nil {
		return nil, fmt.Errorf("open the lists in %s: %w", dir, err)
	}
	s := &Store{db: db}
	if err := s.sweep(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

func key(kind byte, root common.Hash) []byte { return append([]byte{kind}, root[:]...) }

func pageKey(root common.Hash, first format.Hash) []byte { return append(key('p', root), first[:]...) }

// objectKey finds lists of an object. 12 bytes tell objects apart well enough: what is found is checked.
func objectKey(objKey format.Hash, number uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{'k'}, objKey[:12]...), number)
}

func numberKey(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{'n'}, n) }

var zstdCoder = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // options are constant
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(err)
	}
	return e, d
})

// Put stores a list. It is there, for good, when Put returns, or not at all. keys are the objects' keys by name, so that
// the list is found by what is in it; progress, if not nil, is told how many entries are written.
func (s *Store) Put(l *List, head Head, objKey func(name string) (format.Hash, error), progress func(done int)) error {
	head.Root, head.Salt, head.Top, head.Count = l.Root, l.Salt, l.Top, l.Count()
	number, err := s.begin(head.Root)
	if err != nil {
		return err
	}
	for i := range l.b.pages() {
		b := s.db.NewBatch()
		if err := putPage(b, l, i, number, objKey); err != nil {
			return errors.Join(err, b.Close())
		}
		if err := b.Commit(pebble.NoSync); err != nil {
			return fmt.Errorf("store a page of list %s: %w", head.Root, err)
		}
		if progress != nil {
			progress(min((i+1)*pageSize, len(l.b.entries)))
		}
	}
	enc, err := rlp.EncodeToBytes(&head)
	if err != nil {
		return fmt.Errorf("encode the head of list %s: %w", head.Root, err)
	}
	tops := make([]byte, 0, 32*len(l.tops))
	for _, t := range l.tops {
		tops = append(tops, t[:]...)
	}
	b := s.db.NewBatch()
	err = errors.Join(b.Set(key('t', head.Root), tops, nil), b.Set(key('h', head.Root), enc, nil),
		b.Delete(key('w', head.Root), nil))
	if err != nil {
		return errors.Join(err, b.Close())
	}
	if err := b.Commit(pebble.Sync); err != nil { // what was written before is in the same log
		return fmt.Errorf("store list %s: %w", head.Root, err)
	}
	s.version.Add(1)
	return nil
}

// begin marks a list as being written and numbers it.
func (s *Store) begin(root common.Hash) (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := uint32(0)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'n'}, UpperBound: []byte{'n' + 1}})
	if err != nil {
		return 0, fmt.Errorf("number a list: %w", err)
	}
	if it.Last() {
		n = binary.BigEndian.Uint32(it.Key()[1:]) + 1
	}
	if err := it.Close(); err != nil {
		return 0, fmt.Errorf("number a list: %w", err)
	}
	b := s.db.NewBatch()
	if err := errors.Join(b.Set(numberKey(n), root[:], nil), b.Set(key('w', root), nil, nil)); err != nil {
		return 0, errors.Join(err, b.Close())
	}
	return n, b.Commit(pebble.Sync)
}

func putPage(b *pebble.Batch, l *List, i int, number uint32, objKey func(string) (format.Hash, error)) error {
	hashes := l.b.page(i)
	var names []byte
	for j := range hashes {
		name := l.b.name(i*pageSize + j)
		names = append(append(names, name...), '\n')
		k, err := objKey(name)
		if err != nil {
			return err
		}
		if err := b.Set(objectKey(k, number), nil, nil); err != nil {
			return err
		}
	}
	v := binary.BigEndian.AppendUint32(nil, uint32(i))
	v = binary.BigEndian.AppendUint16(v, uint16(len(hashes)))
	for _, h := range hashes {
		v = append(v, h[:]...)
	}
	enc, _ := zstdCoder()
	return b.Set(pageKey(l.Root, hashes[0]), enc.EncodeAll(names, v), nil)
}

// sweep removes lists that were not written to the end.
func (s *Store) sweep() error {
	var roots []common.Hash
	err := s.each('w', func(k, _ []byte) error {
		roots = append(roots, common.Hash(k[1:]))
		return nil
	})
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := s.Drop(root); err != nil {
			return err
		}
	}
	return nil
}

// Drop removes a list. What leads to it from its objects stays, and leads nowhere.
func (s *Store) Drop(root common.Hash) error {
	s.recent.forget(root)
	defer s.version.Add(1)
	b := s.db.NewBatch()
	err := errors.Join(b.DeleteRange(key('p', root), pageEnd(root), nil), b.Delete(key('h', root), nil),
		b.Delete(key('t', root), nil), b.Delete(key('w', root), nil))
	if err != nil {
		return errors.Join(err, b.Close())
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("drop list %s: %w", root, err)
	}
	return nil
}

// pageEnd is above every page key of a list.
func pageEnd(root common.Hash) []byte {
	end := key('p', root)
	for range 33 {
		end = append(end, 0xff)
	}
	return end
}

func (s *Store) each(kind byte, f func(k, v []byte) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kind}, UpperBound: []byte{kind + 1}})
	if err != nil {
		return fmt.Errorf("read the lists: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := f(it.Key(), it.Value()); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

func (r *recent) forget(root common.Hash) {
	r.Lock()
	defer r.Unlock()
	if r.root == root {
		r.root, r.tops = common.Hash{}, nil
	}
}
