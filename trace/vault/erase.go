package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
)

// Erasure is what stays of an erased record.
type Erasure struct {
	Ref
	Number uint64 // in the order in which this node made or learned of erasures; from 1
	Time   uint64 // seconds since 1970, by the clock of whoever erased it first
}

// remover removes files that Pebble needs no more. Pebble would overwrite old logs from their beginning instead, and
// leave the rest of what they held; a cleaner that has ArchiveCleaner's mark of needing files whole keeps it from that.
type remover struct {
	pebble.DeleteCleaner // what it does
	marked
}

type marked struct{ pebble.ArchiveCleaner }

// Erase removes everything of records but their commitments, and answers once no file of the store holds it: with the
// commitments that weren't erased before. A record that isn't here is marked too, so that it won't come later. The
// numbers of erasures are given by the store.
func (s *Store) Erase(list ...Erasure) (fresh []Ref, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, err := s.lastErasure()
	if err != nil {
		return nil, err
	}
	b := s.db.NewBatch()
	var held []Ref
	var ranges []keyRange
	for _, e := range list {
		_, gone, err := s.get(key('t', e.Ref))
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
		if gone || slices.Contains(fresh, e.Ref) {
			continue
		}
		last++
		fresh = append(fresh, e.Ref)
		was, err := s.erase(b, e, last)
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
		if was != nil {
			held, ranges = append(held, e.Ref), append(ranges, was...)
		}
	}
	if len(fresh) == 0 {
		return nil, b.Close()
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return nil, fmt.Errorf("erase sealed bodies: %w", err)
	}
	s.erased.Add(int64(len(fresh)))
	s.held.Add(-int64(len(held)))
	s.version.Add(1)
	return fresh, s.scrub(held, ranges)
}

// erase puts an erasure into a batch, and answers where what it erases may be: nil if there is nothing.
func (s *Store) erase(b *pebble.Batch, e Erasure, n uint64) ([]keyRange, error) {
	errs := []error{b.Set(key('t', e.Ref), append(number(e.Time), number(n)...), nil),
		b.Set(append([]byte{'q'}, number(n)...), key(0, e.Ref)[1:], nil)}
	head, err := s.head(e.Ref)
	if errors.Is(err, ErrUnknown) {
		return nil, errors.Join(errs...)
	}
	if err != nil {
		return nil, err
	}
	units, err := s.unitKeys(e.Ref)
	if err != nil {
		return nil, err
	}
	ranges := rangesOf([]Ref{e.Ref})
	for _, k := range append(units, key('l', e.Ref)) {
		errs = append(errs, b.Delete(k, nil))
		ranges = append(ranges, only(k))
	}
	errs = append(errs, b.Delete(key('h', e.Ref), nil), b.Delete(key('b', e.Ref), nil),
		b.Set(key('x', e.Ref), nil, nil))
	for _, name := range head.names() {
		errs = append(errs, b.Delete(nameKey(name, e.Ref), nil))
	}
	return ranges, errors.Join(errs...)
}

// scrub makes sure that nothing of records that are deleted is left in the store's files, then forgets that it had to.
func (s *Store) scrub(refs []Ref, ranges []keyRange) error {
	if len(refs) == 0 {
		return nil
	}
	if err := s.purge(ranges); err != nil {
		return fmt.Errorf("erase sealed bodies: %w", err)
	}
	b := s.db.NewBatch()
	for _, r := range refs {
		if err := b.Delete(key('x', r), nil); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	return b.Commit(pebble.Sync)
}

// keyRange is the keys from the first, up to and without the second.
type keyRange [2][]byte

// only is the range of one key.
func only(k []byte) keyRange { return keyRange{k, append(slices.Clone(k), 0)} }

// rangesOf is where heads and fields of records are.
func rangesOf(refs []Ref) (ranges []keyRange) {
	for _, r := range refs {
		ranges = append(ranges, only(key('h', r)), only(key('b', r)))
	}
	return ranges
}

// gonePatience bounds the wait for Pebble to remove the files it needs no more, which it does in the background.
const gonePatience = 30 * time.Second

// purge rewrites what holds the deleted entries of some ranges of keys, and answers once the files that held them are gone.
// Nobody may have an iterator open.
func (s *Store) purge(ranges []keyRange) error {
	before, err := s.fs.List(s.dir)
	if err != nil {
		return err
	}
	// A flush begins a new log, and the old ones are needed no more once it is done.
	if err := s.db.Flush(); err != nil {
		return err
	}
	for _, r := range ranges {
		if err := s.db.Compact(context.Background(), r[0], r[1], false); err != nil {
			return err
		}
	}
	// A MANIFEST holds the first and the last key of every table there was since it was begun. Opening begins another
	// one, and the last but one is removed.
	for range 2 {
		if err := s.reopen(); err != nil {
			return err
		}
	}
	return s.waitGone(before)
}

// reopen closes the database and opens it again. If that can't be done the store is of no use any more: whatever it is asked
// for, it answers why.
func (s *Store) reopen() error {
	err := s.db.Close()
	if err == nil {
		err = s.open()
	}
	if err != nil {
		s.db, s.lost = nil, fmt.Errorf("the vault in %s can't be opened again after an erasure: %w", s.dir, err)
	}
	return s.lost
}

// waitGone waits until those of some files are gone that Pebble doesn't need.
func (s *Store) waitGone(before []string) error {
	levels, err := s.db.SSTables()
	if err != nil {
		return err
	}
	needed := make(map[string]bool)
	for _, level := range levels {
		for i := range level {
			needed[fmt.Sprintf("%06d.sst", uint64(level[i].BackingSSTNum))] = true
		}
	}
	old := func(name string) bool {
		return slices.Contains(before, name) && !needed[name] &&
			(strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".sst") || strings.HasPrefix(name, "MANIFEST-"))
	}
	tick, late := time.NewTicker(time.Millisecond), time.After(gonePatience)
	defer tick.Stop()
	for {
		now, err := s.fs.List(s.dir)
		if err != nil {
			return err
		}
		left := slices.IndexFunc(now, old)
		if left < 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-late:
			return fmt.Errorf("what was deleted may still be in %s, which isn't removed after %s", filepath.Join(s.dir, now[left]), gonePatience)
		}
	}
}

// Erased says when a record was erased, and whether.
func (s *Store) Erased(ref Ref) (e Erasure, ok bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.erasure(ref)
}

// ErasedAs lists the erasures of a commitment: one, unless another party recorded it too.
func (s *Store) ErasedAs(commitment common.Hash) (list []Erasure, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	err = s.each(append([]byte{'t'}, commitment[:]...), func(k, _ []byte) error {
		e, _, err := s.erasure(refAtEnd(k))
		list = append(list, e)
		return err
	})
	return list, err
}

func (s *Store) erasure(ref Ref) (e Erasure, ok bool, err error) {
	v, ok, err := s.get(key('t', ref))
	if err != nil || !ok {
		return e, false, err
	}
	if len(v) != 16 {
		return e, false, fmt.Errorf("erasure of %s in the vault: %d bytes instead of 16", ref.Commitment, len(v))
	}
	return Erasure{Ref: ref, Number: binary.BigEndian.Uint64(v[8:]), Time: binary.BigEndian.Uint64(v)}, true, nil
}

// ErasedSince lists erasures numbered above after, in order, at most limit.
func (s *Store) ErasedSince(after uint64, limit int) (list []Erasure, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if after == math.MaxUint64 {
		return nil, nil
	}
	var order []Ref
	err = s.span(append([]byte{'q'}, number(after+1)...), []byte{'q' + 1}, func(_, v []byte) error {
		if len(order) == limit {
			return errEnough
		}
		order = append(order, refAtEnd(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range order {
		e, _, err := s.erasure(r)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func (s *Store) lastErasure() (n uint64, err error) {
	if s.lost != nil {
		return 0, s.lost
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'q'}, UpperBound: []byte{'q' + 1}})
	if err != nil {
		return 0, fmt.Errorf("read the vault: %w", err)
	}
	if it.Last() {
		n = binary.BigEndian.Uint64(it.Key()[1:])
	}
	return n, errors.Join(it.Error(), it.Close())
}
