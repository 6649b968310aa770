package capture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// accept plans, checks and stores a document and sets it going.
func (s *Service) accept(ctx context.Context, c Caller, doc *epcis.Document, mode Mode, strict bool) (*job, error) {
	done, err := s.Turn(ctx)
	if err != nil {
		return nil, err
	}
	turn := sync.OnceFunc(done)
	defer turn()
	items, faulty, err := s.newPlanner(ctx, c, mode).plan(doc)
	if err != nil {
		s.dropLists(items)
		return nil, err
	}
	j := &job{done: make(chan struct{}), errors: faulty, rec: jobRecord{Party: c.Party, Key: c.Key.Address(),
		Created: uint64(time.Now().UnixMilli()), Events: uint64(len(doc.Events) + len(doc.Faulty)), Proceed: mode.Proceed,
		Master: doc.MasterData != nil && len(doc.MasterData.Vocabularies) > 0}}
	if err := s.admit(ctx, c, j, items, mode, strict, turn); err != nil {
		s.dropLists(items)
		return nil, err
	}
	return j, nil
}

// admit checks what a job is to record, stores it and sets it going.
func (s *Service) admit(ctx context.Context, c Caller, j *job, items []item, mode Mode, strict bool, turn func()) (err error) {
	if j.id, err = newJobID(); err != nil {
		return err
	}
	if items, err = s.scoped(c, j, items, mode); err != nil {
		return err
	}
	// Claimed before it is looked up: what is claimed afterwards is in the index by then, or was never recorded.
	if err := s.claimAll(j, items, strict); err != nil {
		return err
	}
	claimed := items
	defer func() { // what isn't sent by this job after all may be sent by others
		s.mu.Lock()
		defer s.mu.Unlock()
		sent := make(map[identity]bool)
		for i := range j.items {
			sent[identityOf(c.Party, &j.items[i])] = err == nil
		}
		for i := range claimed {
			if !sent[identityOf(c.Party, &claimed[i])] {
				s.settled(j, &claimed[i])
			}
		}
	}()
	if items, err = s.taken(j, items, strict, mode); err != nil {
		return err
	}
	fresh, known, err := s.skipRecorded(c.Party, items)
	if err != nil {
		return err
	}
	if strict && len(known) > 0 {
		return &Problem{Type: ResourceAlreadyExists, Title: "The event is recorded already", Status: http.StatusConflict,
			Detail: "the party has recorded this very event before", Instance: "/epcis/events/" + items[0].EventID}
	}
	if fresh, err = s.check(ctx, c, j, fresh, mode); err != nil {
		return err
	}
	if fresh, err = s.lifts(j, fresh, mode); err != nil {
		return err
	}
	if err := s.units(c, j, fresh, mode); err != nil {
		return err
	}
	turn() // the disk is waited for without it
	j.items, j.pending = fresh, len(fresh)
	j.rec.Items, j.rec.Already = uint64(len(fresh)), countEvents(known)
	if err := s.keep(j, c.Key); err != nil {
		return err
	}
	s.dropLists(known)
	return nil
}

func countEvents(items []item) (n uint64) {
	for i := range items {
		if items[i].Event > 0 {
			n++
		}
	}
	return n
}

// keep puts a job on disk and sets it going.
func (s *Service) keep(j *job, key submit.Signer) error {
	size := 0
	for i := range j.items {
		size += len(j.items[i].Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.queued+size > s.cfg.MaxQueued:
		return &Problem{Type: TooManyRequests, Title: "Too much is waiting", Status: http.StatusTooManyRequests,
			Detail: strconv.Itoa(s.queued) + " bytes of events wait for blocks; " + s.waitingFor(), RetryAfter: retryAfter}
	}
	s.queued += size
	s.mu.Unlock()
	err := s.putSealed(j.items) // both on disk, and not under the lock
	if err == nil {
		err = s.store(j)
	}
	s.mu.Lock()
	if err != nil {
		s.queued -= size
		return err
	}
	if s.closed {
		return nil // on disk: goes on after the next start
	}
	if len(j.items) == 0 {
		return s.finish(j)
	}
	s.jobs[j.id] = j
	s.takeAll(j, key, nil)
	return nil
}

// dropLists forgets lists that won't take effect.
func (s *Service) dropLists(items []item) {
	for i := range items {
		s.dropList(&items[i])
	}
}

// recorded says that a list's leaf and event are on the ledger.
func (s *Service) recorded(root common.Hash) (ok bool, err error) {
	v, err := s.Index.View()
	if err != nil {
		return false, err
	}
	_, ok, err = v.List(root)
	return ok, errors.Join(err, v.Close())
}

func (s *Service) dropList(it *item) {
	if it.List == (common.Hash{}) || it.Event == 0 {
		return
	}
	// An earlier try may have been recorded with this very list; what the ledger holds is kept.
	if recorded, err := s.recorded(it.List); err != nil || recorded {
		return
	}
	if err := s.Lists.Drop(it.List); err != nil {
		s.Log.Warn("a list that wasn't recorded can't be removed", "root", it.List, "err", err)
	}
}

// forget takes a job's events off the books; the lock is held.
func (s *Service) forget(j *job) {
	for i := range j.items {
		s.queued -= len(j.items[i].Body)
		s.settled(j, &j.items[i])
	}
}

// finish ends a job that had nothing to send; the lock is held.
func (s *Service) finish(j *job) error {
	b := s.db.NewBatch()
	if err := j.end(b); err != nil {
		return err
	}
	if err := b.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("store the end of job %s: %w", j.id, err)
	}
	s.release(j)
	return nil
}

// release forgets an ended job and wakes who waits for it; the lock is held.
func (s *Service) release(j *job) {
	s.forget(j)
	j.items = nil
	delete(s.jobs, j.id)
	close(j.done)
}
