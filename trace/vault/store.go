package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Ref names a record: what the ledger commits to, and who recorded it. Anybody could record another party's commitment
// as its own, and would then decide who gets the body.
type Ref struct {
	Commitment common.Hash
	Party      common.Address
}

// Head is what the store knows of a record beside its fields.
type Head struct {
	Ref
	Policy   string      // epcis.PolicyChain or PolicyPrivate
	EventID  string      // as sent; empty if none was
	Hash     common.Hash // digest in the GS1 event hash ID
	Disclose []string    // RFC 6901 pointers of the fields that everybody may see
	Captured uint64      // when this node got it, seconds since 1970, by this node's clock
}

// Record is the body of a sealed event.
type Record struct {
	Head
	Fields []format.SealedField
}

// Body is the canonical body.
func (r *Record) Body() ([]byte, error) { return format.Unseal(r.Fields) }

// Errors of the store.
var (
	// ErrUnknown means that this node doesn't have the body.
	ErrUnknown = errors.New("this node doesn't have the body of the sealed event")
	// ErrErased means that the body was erased. It doesn't come back.
	ErrErased = errors.New("the body of the sealed event was erased")
)

// Store is the sealed bodies of a node. It is safe for concurrent use.
type Store struct {
	db  *pebble.DB
	dir string
	fs  vfs.FS
	log *slog.Logger
	// lost is why there is no database any more; see reopen.
	lost error

	// mu keeps readers and writers apart: an iterator that is open while a record is erased would keep its files.
	mu      sync.RWMutex
	id      [16]byte
	version atomic.Uint64
	held    atomic.Int64
	erased  atomic.Int64
}

// Open opens or creates the store in dir, and finishes what a crash cut off. fs is the operating system's if nil; log, where
// work that takes long at the start is told of, may be nil.
func Open(dir string, fs vfs.FS, log *slog.Logger) (*Store, error) {
	if fs == nil {
		fs = vfs.Default
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{dir: dir, fs: fs, log: log}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("open the vault in %s: %w", dir, err)
	}
	if err := s.resume(); err != nil {
		if s.lost == nil {
			err = errors.Join(err, s.db.Close())
		}
		return nil, err
	}
	return s, nil
}

func (s *Store) open() (err error) {
	cache := pebble.NewCache(4 << 20)
	defer cache.Unref()
	opts := &pebble.Options{FS: s.fs, Cache: cache, FormatMajorVersion: pebble.FormatNewest, MemTableSize: 4 << 20,
		Logger: pebblelog.Of("sealed bodies", nil), Cleaner: remover{}}
	opts.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	s.db, err = manifest.Open(s.dir, opts)
	return err
}

// resume counts what is there and finishes erasures.
func (s *Store) resume() error {
	if err := s.name(); err != nil {
		return err
	}
	var halfway []Ref
	for kind, f := range map[byte]func(k []byte){
		'h': func([]byte) { s.held.Add(1) },
		't': func([]byte) { s.erased.Add(1) },
		'x': func(k []byte) { halfway = append(halfway, refAtEnd(k)) },
	} {
		if err := s.each([]byte{kind}, func(k, _ []byte) error { f(k); return nil }); err != nil {
			return err
		}
	}
	if len(halfway) > 0 { // what these stood under is forgotten
		if err := s.scrub(halfway, append(rangesOf(halfway), keyRange{{'l'}, {'l' + 1}}, keyRange{{'u'}, {'u' + 1}})); err != nil {
			return err
		}
	}
	return s.layOut()
}

// Close closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return nil
	}
	return s.db.Close()
}

// Version changes whenever a record comes or goes.
func (s *Store) Version() uint64 { return s.version.Load() }

// Held and Erasures count the records that are here and those that were erased.
func (s *Store) Held() int     { return int(s.held.Load()) }
func (s *Store) Erasures() int { return int(s.erased.Load()) }

func key(kind byte, r Ref) []byte {
	return append(append([]byte{kind}, r.Commitment[:]...), r.Party[:]...)
}

// refAtEnd reads the record that ends a key.
func refAtEnd(k []byte) (r Ref) {
	if n := len(k) - len(r.Commitment) - len(r.Party); n >= 0 {
		copy(r.Commitment[:], k[n:])
		copy(r.Party[:], k[n+len(r.Commitment):])
	}
	return r
}

// The names a record is found by.
func hashName(hash common.Hash) []byte { return append([]byte("hash"), hash[:]...) }
func idName(id string) []byte          { return append([]byte("id"), id...) }

// namePrefix leads to the records of a name, and to one in 65,536 others. Erasing deletes the key and doesn't purge it: with
// more bits a guess at the erased content could be confirmed.
func namePrefix(name []byte) []byte {
	h := sha256.Sum256(name)
	return []byte{'n', h[0], h[1]}
}

func (h *Head) names() [][]byte {
	names := [][]byte{hashName(h.Hash)}
	if h.EventID != "" {
		names = append(names, idName(h.EventID))
	}
	return names
}

func nameKey(name []byte, r Ref) []byte { return append(namePrefix(name), key(0, r)[1:]...) }

// Check refuses a record that isn't what the ledger committed to.
func (r *Record) Check() error {
	if !epcis.Seals(r.Policy) {
		return fmt.Errorf("sealed body: policy %q is not one of %s, %s", r.Policy, epcis.PolicyChain, epcis.PolicyPrivate)
	}
	root, err := format.SealedRoot(r.Fields)
	if err != nil {
		return err
	}
	if c := common.Hash(format.Commitment(format.Sealed, root)); c != r.Commitment {
		return fmt.Errorf("sealed body: its fields make the commitment %s, not %s", c, r.Commitment)
	}
	return nil
}

// Put stores records that are on disk, for good, when it returns. It refuses a record whose fields don't make its
// commitment, and with ErrErased one that was erased; a record that is there already stays as it is.
func (s *Store) Put(records ...Record) error {
	for i := range records {
		if err := records[i].Check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	b := s.db.NewBatch()
	fresh := make(map[Ref]bool)
	for i := range records {
		r := &records[i]
		_, there, err := s.get(key('h', r.Ref))
		_, gone, goneErr := s.get(key('t', r.Ref))
		switch {
		case err != nil || goneErr != nil:
			return errors.Join(err, goneErr, b.Close())
		case gone:
			return errors.Join(fmt.Errorf("sealed body %s: %w", r.Commitment, ErrErased), b.Close())
		case there || fresh[r.Ref]:
			continue
		}
		if err := put(b, r); err != nil {
			return errors.Join(err, b.Close())
		}
		fresh[r.Ref] = true
	}
	if len(fresh) == 0 {
		return b.Close()
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("store sealed bodies: %w", err)
	}
	s.held.Add(int64(len(fresh)))
	s.version.Add(1)
	return nil
}

func put(b *pebble.Batch, r *Record) error {
	head, err := rlp.EncodeToBytes(&r.Head)
	if err != nil {
		return fmt.Errorf("encode the head of sealed body %s: %w", r.Commitment, err)
	}
	fields := format.EncodeSealed(r.Fields)
	errs := []error{b.Set(key('h', r.Ref), head, nil), b.Set(key('b', r.Ref), fields, nil)}
	for _, name := range r.names() {
		errs = append(errs, b.Set(nameKey(name, r.Ref), nil, nil))
	}
	return errors.Join(append(errs, putUnits(b, r))...)
}

// Get reads a record: ErrErased or ErrUnknown if it isn't there.
func (s *Store) Get(ref Ref) (*Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	head, err := s.head(ref)
	if err != nil {
		return nil, err
	}
	v, ok, err := s.get(key('b', ref))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("sealed body %s: the vault has its head and no fields", ref.Commitment)
	}
	fields, err := format.DecodeSealed(v)
	if err != nil {
		return nil, fmt.Errorf("sealed body %s in the vault: %w", ref.Commitment, err)
	}
	return &Record{Head: *head, Fields: fields}, nil
}

// Head reads what there is of a record beside its fields: ErrErased or ErrUnknown if it isn't there.
func (s *Store) Head(ref Ref) (*Head, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.head(ref)
}

func (s *Store) head(ref Ref) (*Head, error) {
	v, ok, err := s.get(key('h', ref))
	if err != nil {
		return nil, err
	}
	if !ok {
		_, gone, err := s.get(key('t', ref))
		switch {
		case err != nil:
			return nil, err
		case gone:
			return nil, fmt.Errorf("%w: %s", ErrErased, ref.Commitment)
		}
		return nil, fmt.Errorf("%w: %s", ErrUnknown, ref.Commitment)
	}
	var h Head
	if err := rlp.DecodeBytes(v, &h); err != nil {
		return nil, fmt.Errorf("head of sealed body %s in the vault: %w", ref.Commitment, err)
	}
	return &h, nil
}

// Has says whether the record is here.
func (s *Store) Has(ref Ref) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok, err := s.get(key('h', ref))
	return ok, err
}

// ByHash lists the records of an event by one party, by its GS1 event hash.
func (s *Store) ByHash(party common.Address, hash common.Hash) ([]Head, error) {
	return s.named(hashName(hash), func(h *Head) bool { return h.Party == party && h.Hash == hash })
}

// ByDigest lists the records of an event by its GS1 event hash, whoever recorded it.
func (s *Store) ByDigest(hash common.Hash) ([]Head, error) {
	return s.named(hashName(hash), func(h *Head) bool { return h.Hash == hash })
}

// ByEventID lists the records whose event was sent with an event ID.
func (s *Store) ByEventID(id string) ([]Head, error) {
	return s.named(idName(id), func(h *Head) bool { return h.EventID == id })
}

func (s *Store) named(name []byte, is func(*Head) bool) (list []Head, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	prefix := namePrefix(name)
	err = s.each(prefix, func(k, _ []byte) error {
		h, err := s.head(refAtEnd(k))
		if err == nil && is(h) {
			list = append(list, *h)
		}
		return err
	})
	return list, err
}

// ByCommitment lists the records of a commitment: one, unless another party recorded it too.
func (s *Store) ByCommitment(commitment common.Hash) (list []Head, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	err = s.each(append([]byte{'h'}, commitment[:]...), func(k, _ []byte) error {
		h, err := s.head(refAtEnd(k))
		if err == nil {
			list = append(list, *h)
		}
		return err
	})
	return list, err
}

// Heads lists the records behind one, in the order of their commitments, at most limit.
func (s *Store) Heads(behind Ref, limit int) (list []Head, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	err = s.span(append(key('h', behind), 0), []byte{'h' + 1}, func(k, _ []byte) error {
		if len(list) == limit {
			return errEnough
		}
		h, err := s.head(refAtEnd(k))
		if err == nil {
			list = append(list, *h)
		}
		return err
	})
	return list, err
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

func (s *Store) get(k []byte) (value []byte, ok bool, err error) {
	if s.lost != nil {
		return nil, false, s.lost
	}
	v, closer, err := s.db.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the vault: %w", err)
	}
	value = slices.Clone(v)
	return value, true, closer.Close()
}

func (s *Store) each(prefix []byte, f func(k, v []byte) error) error {
	end := slices.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			break
		}
	}
	return s.span(prefix, end, f)
}

func (s *Store) span(lower, upper []byte, f func(k, v []byte) error) error {
	if s.lost != nil {
		return s.lost
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("read the vault: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := f(it.Key(), it.Value()); errors.Is(err, errEnough) {
			break
		} else if err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
