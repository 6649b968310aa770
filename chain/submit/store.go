package submit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

// The store holds, by first byte of the key:
//
//	r ID          record of a request
//	d TIME8 ID    nothing: when a result may be forgotten, in order of block time
//	c             the cursor
const (
	prefixRecord = 'r'
	prefixDone   = 'd'
	keyCursor    = "c"
)

// status of a stored request.
type status uint8

const (
	statusSent    status = 1 // signed; the bytes may be anywhere
	statusFinal   status = 2 // in a final block
	statusRefused status = 3 // signed, then refused; the bytes may still be anywhere
)

// record is what the store keeps of a request.
type record struct {
	Status status
	Digest common.Hash // of key, to and data
	Key    common.Address
	Filler bool
	Raw    []byte // the signed transaction; empty once final
	Reason uint8  // of a refusal
	Detail string
	Result []result // one once final
}

// result is a Final with the answer of a revert, as stored.
type result struct {
	Height     uint64
	Number     uint64
	BlockHash  common.Hash
	BlockTime  uint64
	TxHash     common.Hash
	TxIndex    uint64
	Nonce      uint64
	GasUsed    uint64
	Cumulative uint64
	Status     uint64
	Type       uint8
	Contract   common.Address
	Logs       []rlp.RawValue // none; outboxes of before kept the logs here
	Explained  bool           // the revert's answer was looked for
	Name       string
	Reason     string
	Data       []byte
}

// position is the cursor as stored.
type position struct {
	Height uint64
	Number uint64
	Hash   common.Hash
}

type store struct{ db *pebble.DB }

func openStore(dir string, fs vfs.FS, log *slog.Logger) (*store, error) {
	if fs == nil {
		fs = vfs.Default
	}
	cache := pebble.NewCache(8 << 20)
	defer cache.Unref()
	db, err := manifest.Open(dir, &pebble.Options{FS: fs, Cache: cache, MemTableSize: 8 << 20, Logger: pebblelog.Of("the outbox", log)})
	if err != nil {
		return nil, fmt.Errorf("submit: open the outbox in %s: %w", dir, err)
	}
	return &store{db}, nil
}

func recordKey(id [32]byte) []byte { return append([]byte{prefixRecord}, id[:]...) }

func doneKey(time uint64, id [32]byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{prefixDone}, time), id[:]...)
}

// load finds a request's record.
func (s *store) load(id [32]byte) (record, bool, error) {
	var r record
	raw, closer, err := s.db.Get(recordKey(id))
	if errors.Is(err, pebble.ErrNotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("submit: read the outbox: %w", err)
	}
	defer closer.Close()
	if err := rlp.DecodeBytes(raw, &r); err != nil {
		return r, false, fmt.Errorf("submit: record %x of the outbox is damaged: %w", id, err)
	}
	return r, true, nil
}

// save writes a record; durable says whether to wait for the disk.
func (s *store) save(id [32]byte, r record, durable bool) error {
	raw, err := rlp.EncodeToBytes(&r)
	if err != nil {
		return fmt.Errorf("submit: encode a record: %w", err)
	}
	sync := pebble.NoSync
	if durable {
		sync = pebble.Sync
	}
	if err := s.db.Set(recordKey(id), raw, sync); err != nil {
		return fmt.Errorf("submit: write the outbox: %w", err)
	}
	return nil
}

// open calls fn for every record that is not final.
func (s *store) open(fn func(id [32]byte, r record) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefixRecord}, UpperBound: []byte{prefixRecord + 1}})
	if err != nil {
		return fmt.Errorf("submit: read the outbox: %w", err)
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		var r record
		if err := rlp.DecodeBytes(it.Value(), &r); err != nil {
			return fmt.Errorf("submit: record %x of the outbox is damaged: %w", it.Key(), err)
		}
		if r.Status == statusFinal {
			continue
		}
		if err := fn([32]byte(it.Key()[1:]), r); err != nil {
			return err
		}
	}
	return it.Error()
}

func (s *store) cursor() (position, error) {
	var p position
	raw, closer, err := s.db.Get([]byte(keyCursor))
	if errors.Is(err, pebble.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("submit: read the outbox's cursor: %w", err)
	}
	defer closer.Close()
	if err := rlp.DecodeBytes(raw, &p); err != nil {
		return p, fmt.Errorf("submit: the outbox's cursor is damaged: %w", err)
	}
	return p, nil
}

// consume writes the results of one block and the cursor behind it as one batch. It need not wait for
// the disk: a batch that is lost takes the cursor with it, and the block comes again.
func (s *store) consume(p position, final map[[32]byte]record, gone [][32]byte, durable bool) error {
	b := s.db.NewBatch()
	defer b.Close()
	for id, r := range final {
		raw, err := rlp.EncodeToBytes(&r)
		if err != nil {
			return fmt.Errorf("submit: encode a record: %w", err)
		}
		if err := errors.Join(b.Set(recordKey(id), raw, nil), b.Set(doneKey(r.Result[0].BlockTime, id), nil, nil)); err != nil {
			return err
		}
	}
	for _, id := range gone {
		if err := b.Delete(recordKey(id), nil); err != nil {
			return err
		}
	}
	raw, err := rlp.EncodeToBytes(&p)
	if err != nil {
		return err
	}
	if err := b.Set([]byte(keyCursor), raw, nil); err != nil {
		return err
	}
	sync := pebble.NoSync
	if durable {
		sync = pebble.Sync
	}
	if err := b.Commit(sync); err != nil {
		return fmt.Errorf("submit: write the outbox: %w", err)
	}
	return nil
}

// forget deletes results of blocks before the time, at most some thousands at once.
func (s *store) forget(before uint64) error {
	const most = 10_000
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefixDone}, UpperBound: doneKey(before, [32]byte{})})
	if err != nil {
		return fmt.Errorf("submit: read the outbox: %w", err)
	}
	defer it.Close()
	b := s.db.NewBatch()
	defer b.Close()
	n := 0
	for it.First(); it.Valid() && n < most; it.Next() {
		id := [32]byte(bytes.Clone(it.Key()[9:]))
		if err := errors.Join(b.Delete(it.Key(), nil), b.Delete(recordKey(id), nil)); err != nil {
			return err
		}
		n++
	}
	if err := it.Error(); err != nil || n == 0 {
		return err
	}
	return b.Commit(pebble.NoSync)
}

func (s *store) drop(id [32]byte) error {
	if err := s.db.Delete(recordKey(id), pebble.NoSync); err != nil {
		return fmt.Errorf("submit: write the outbox: %w", err)
	}
	return nil
}

func (s *store) close() error { return s.db.Close() }
