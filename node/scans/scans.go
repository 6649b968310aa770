// Package scans counts how often the pages of an object were opened on this node. The counts never reach the ledger.
//
// What it promises:
//
//   - No personal data: no address, no browser, no time of day. An object has a number for each UTC day it was scanned,
//     of the last Days days; older ones are added up.
//   - No list of what was scanned: objects are kept under a keyed hash, with a key that only this store has.
//   - Coarse answers: ranges, never a number, and nothing below five.
//   - Bounded: at most Objects objects, those scanned longest ago are forgotten first; none is kept beyond Retention
//     without a scan. Some 64 bytes an object on disk, four thousand counters in memory.
//   - Erasable: one object by Erase, all of them by removing the folder.
//
// A crash loses the scans of the last seconds.
package scans

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Bounds of the store; see the package comment.
const (
	Days      = 90
	Retention = 400 // days
	Objects   = 500_000
	pending   = 4096
	interval  = 10 * time.Second
)

// Store is the counters on disk and those not written yet. Its methods may be called from many goroutines.
type Store struct {
	db      *pebble.DB
	salt    []byte
	objects int // bound on them
	log     *slog.Logger

	mu     sync.Mutex
	fresh  map[name]map[uint32]uint32 // scans by day, not on disk yet
	size   int                        // entries in fresh
	held   int                        // objects on disk
	closed bool
}

// name is an object's keyed hash.
type name [16]byte

// Keys: 'o' name is an object's counter, 't' day name leads from the last day of a scan to the object.
const (
	kindObject = 'o'
	kindTouch  = 't'
)

// Open opens or creates the store in dir.
func Open(dir string, log *slog.Logger) (*Store, error) { return open(dir, log, Objects) }

func open(dir string, log *slog.Logger, objects int) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("scan counts: %w", err)
	}
	salt, err := readSalt(filepath.Join(dir, "salt"))
	if err != nil {
		return nil, err
	}
	cache := pebble.NewCache(1 << 20)
	defer cache.Unref()
	db, err := pebble.Open(filepath.Join(dir, "counts"), &pebble.Options{Cache: cache, MemTableSize: 1 << 20,
		FormatMajorVersion: pebble.FormatNewest, Logger: pebblelog.Of("scan counts", log)})
	if err != nil {
		return nil, fmt.Errorf("scan counts in %s: %w", dir, err)
	}
	s := &Store{db: db, salt: salt, objects: objects, log: log, fresh: make(map[name]map[uint32]uint32)}
	if err := s.scan(kindTouch, func([]byte) bool { s.held++; return true }); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// readSalt reads the key of the hashes, or makes one.
func readSalt(file string) ([]byte, error) {
	salt, err := os.ReadFile(file)
	switch {
	case err == nil && len(salt) == 32:
		return salt, nil
	case err == nil:
		return nil, fmt.Errorf("scan counts: %s has %d bytes, must have 32; remove its folder to begin anew", file, len(salt))
	case !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("scan counts: %w", err)
	}
	salt = make([]byte, 32)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("scan counts: %w", err)
	}
	if err := os.WriteFile(file, salt, 0o600); err != nil {
		return nil, fmt.Errorf("scan counts: %w", err)
	}
	return salt, nil
}

func (s *Store) name(id gs1.ID) (n name) {
	h := hmac.New(sha256.New, s.salt)
	h.Write([]byte(id.Canonical().String()))
	copy(n[:], h.Sum(nil))
	return n
}

func dayOf(t time.Time) uint32 { return uint32(max(t.Unix(), 0) / 86400) }

// Count adds one scan.
func (s *Store) Count(id gs1.ID, at time.Time) {
	n, day := s.name(id), dayOf(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	days := s.fresh[n]
	if days == nil {
		days = make(map[uint32]uint32, 1)
		s.fresh[n] = days
	}
	if days[day]++; days[day] == 1 {
		s.size++
	}
	if s.size >= pending {
		if err := s.flush(); err != nil {
			s.log.Error("scan counts can't be written", "err", err)
		}
	}
}

// Scans says how often an object was scanned and on how many days, in ranges.
func (s *Store) Scans(id gs1.ID) explorer.ScanCount {
	n := s.name(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return explorer.ScanCount{}
	}
	c, err := s.read(n)
	if err != nil {
		s.log.Error("scan counts can't be read", "err", err)
	}
	for day, k := range s.fresh[n] {
		c.add(day, k)
	}
	return explorer.ScanCount{Scans: coarse(c.scans()), Days: coarse(c.days())}
}

// steps are the lower ends of the ranges.
var steps = []int{1, 5, 10, 20, 50, 100, 200, 500, 1000}

func coarse(n int) explorer.Range {
	if n < 1 {
		return explorer.Range{}
	}
	for i, from := range steps {
		if i+1 == len(steps) || n < steps[i+1] {
			r := explorer.Range{From: from}
			if i+1 < len(steps) {
				r.To = steps[i+1] - 1
			}
			return r
		}
	}
	return explorer.Range{}
}

// Erase forgets an object.
func (s *Store) Erase(id gs1.ID) error {
	n := s.name(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.size -= len(s.fresh[n])
	delete(s.fresh, n)
	c, err := s.read(n)
	if err != nil || c.last() == 0 {
		return err
	}
	b := s.db.NewBatch()
	if err := errors.Join(b.Delete(objectKey(n), nil), b.Delete(touchKey(c.last(), n), nil)); err != nil {
		return err
	}
	s.held--
	return b.Commit(pebble.Sync)
}

var errClosed = errors.New("scan counts: closed")

// Run writes what was counted every few seconds until ctx is done.
func (s *Store) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.mu.Lock()
			err := s.flush()
			s.mu.Unlock()
			if err != nil {
				s.log.Error("scan counts can't be written", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Close writes what was counted and closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	err := s.flush()
	s.closed = true
	return errors.Join(err, s.db.Close())
}

// flush writes fresh counts, and forgets objects beyond the bounds. Called with mu held.
func (s *Store) flush() error {
	if s.size == 0 || s.closed {
		return nil
	}
	b := s.db.NewBatch()
	today, held := uint32(0), s.held
	for n, days := range s.fresh {
		c, err := s.read(n)
		if err != nil {
			return errors.Join(err, b.Close())
		}
		before := c.last()
		for day, k := range days {
			c.add(day, k)
		}
		today = max(today, c.last())
		if before == 0 {
			held++
		} else if before != c.last() {
			if err := b.Delete(touchKey(before, n), nil); err != nil {
				return errors.Join(err, b.Close())
			}
		}
		if err := errors.Join(b.Set(objectKey(n), c.encode(), nil), b.Set(touchKey(c.last(), n), nil, nil)); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	s.held, s.size = held, 0
	clear(s.fresh)
	return s.forget(today)
}

// forget removes objects not scanned for Retention days, and of too many those not scanned for longest.
func (s *Store) forget(today uint32) error {
	b := s.db.NewBatch()
	gone := 0
	var failed error
	err := s.scan(kindTouch, func(k []byte) bool {
		day, n := binary.BigEndian.Uint32(k[1:]), name(k[5:])
		if day+Retention >= today && s.held-gone <= s.objects {
			return false
		}
		gone++
		failed = errors.Join(b.Delete(k, nil), b.Delete(objectKey(n), nil))
		return failed == nil
	})
	if err := errors.Join(err, failed); err != nil || gone == 0 {
		return errors.Join(err, b.Close())
	}
	s.held -= gone
	return b.Commit(pebble.Sync)
}

func (s *Store) read(n name) (counter, error) {
	value, closer, err := s.db.Get(objectKey(n))
	if errors.Is(err, pebble.ErrNotFound) {
		return counter{}, nil
	}
	if err != nil {
		return counter{}, fmt.Errorf("read: %w", err)
	}
	c := decode(value)
	return c, closer.Close()
}

// scan calls f with the keys of a kind in order until it answers false.
func (s *Store) scan(kind byte, f func(key []byte) bool) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kind}, UpperBound: []byte{kind + 1}})
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if !f(it.Key()) {
			break
		}
	}
	return errors.Join(it.Error(), it.Close())
}

func objectKey(n name) []byte { return append([]byte{kindObject}, n[:]...) }

func touchKey(day uint32, n name) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kindTouch}, day), n[:]...)
}
