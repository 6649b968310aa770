package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net/http"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// Keys: j id -> job; w id -> items of a running job, see pack; s id n -> nothing: item n is settled; b batch id -> batch
// being sent; l party ^created id -> nothing; d finished id -> party, created: when a job may be forgotten.

func jobKey(id jobID) []byte { return append([]byte{'j'}, id[:]...) }

func workKey(id jobID) []byte { return append([]byte{'w'}, id[:]...) }

func settledKey(id jobID, n uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{'s'}, id[:]...), n)
}

func doneKey(finished uint64, id jobID) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{'d'}, finished), id[:]...)
}

func batchKey(id [32]byte) []byte { return append([]byte{'b'}, id[:]...) }

func listKey(party common.Address, created uint64, id jobID) []byte {
	k := append([]byte{'l'}, party[:]...)
	return append(binary.BigEndian.AppendUint64(k, ^created), id[:]...)
}

func putJob(b *pebble.Batch, j *job) error {
	v, err := rlp.EncodeToBytes(&j.rec)
	if err != nil {
		return fmt.Errorf("encode job %s: %w", j.id, err)
	}
	return b.Set(jobKey(j.id), v, nil)
}

// store puts a job and its items on disk.
func (s *Service) store(j *job) error {
	b := s.db.NewBatch()
	if err := putJob(b, j); err != nil {
		return err
	}
	if len(j.items) > 0 {
		v, err := pack(withoutContent(j.items))
		if err != nil {
			return fmt.Errorf("encode the events of job %s: %w", j.id, err)
		}
		if err := b.Set(workKey(j.id), v, nil); err != nil {
			return err
		}
	}
	if err := b.Set(listKey(j.rec.Party, j.rec.Created, j.id), nil, nil); err != nil {
		return err
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("store job %s: %w", j.id, err)
	}
	return nil
}

func (s *Service) storeBatch(id [32]byte, r *batchRecord) error {
	v, err := rlp.EncodeToBytes(r)
	if err != nil {
		return fmt.Errorf("encode a batch: %w", err)
	}
	return s.db.Set(batchKey(id), v, pebble.Sync)
}

func (s *Service) dropBatch(id [32]byte) {
	if err := s.db.Delete(batchKey(id), pebble.NoSync); err != nil {
		s.Log.Error("drop a batch of captured events", "err", err)
	}
}

// Start goes on with what was unfinished: batches on disk are asked for by their IDs, other items are packed anew.
func (s *Service) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadJobs(); err != nil {
		return err
	}
	var sent []func()
	inBatch := make(map[storedRef]bool)
	err := s.each([]byte{'b'}, func(k, v []byte) error {
		var r batchRecord
		if err := rlp.DecodeBytes(v, &r); err != nil {
			return fmt.Errorf("batch %x: %w", k[1:], err)
		}
		var refs []ref
		for _, x := range r.Refs {
			inBatch[x] = true
			if j := s.jobs[x.Job]; j != nil && int(x.Item) < len(j.items) && j.items[x.Item].Body != nil {
				s.claim(j, &j.items[x.Item])
				refs = append(refs, ref{j, int(x.Item)})
			}
		}
		id := [32]byte(k[1:])
		sent = append(sent, func() { s.resume(id, &r, refs) })
		return nil
	})
	if err != nil {
		return err
	}
	for _, j := range s.jobs {
		if j.pending == 0 {
			if err := s.finish(j); err != nil {
				return err
			}
			continue
		}
		if key := s.Signer(j.rec.Key); key != nil {
			s.takeAll(j, key, inBatch)
			continue
		}
		for i := range j.items {
			if j.items[i].Body != nil && !inBatch[storedRef{Job: j.id, Item: uint32(i)}] {
				s.abandon(j.rec.Key, ref{j, i})
			}
		}
	}
	for _, f := range sent {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			f()
		}()
	}
	s.work.Add(1)
	go s.forgetInTime()
	return nil
}

// resume asks for a batch that may have been sent before the restart.
func (s *Service) resume(id [32]byte, b *batchRecord, refs []ref) {
	if len(refs) == 0 {
		s.dropBatch(id)
		return
	}
	key := s.Signer(b.Key)
	if key == nil {
		key = absent(b.Key) // the outbox may know the answer all the same
	}
	s.submit(key, id, b, refs)
}

func (s *Service) abandon(address common.Address, r ref) {
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.settle([32]byte{}, []ref{r}, nil, fmt.Errorf("key %s: %w", address, errAbsent))
	}()
}

// loadJobs reads the unfinished jobs; the lock is held.
func (s *Service) loadJobs() error {
	err := s.each([]byte{'w'}, func(k, v []byte) error {
		id := jobID(k[1:])
		rec, err := s.readJob(id)
		if err != nil {
			return err
		}
		j := &job{id: id, rec: *rec, done: make(chan struct{}), errors: decodeProblems(rec.Problems)}
		if j.items, err = unpack(v); err != nil {
			return fmt.Errorf("events of job %s: %w", id, err)
		}
		if err := s.readSealed(rec.Party, j.items); err != nil {
			return fmt.Errorf("events of job %s: %w", id, err)
		}
		j.pending = len(j.items)
		s.jobs[id] = j
		return nil
	})
	if err != nil {
		return err
	}
	err = s.each([]byte{'s'}, func(k, _ []byte) error {
		id, n := jobID(k[1:17]), binary.BigEndian.Uint32(k[17:])
		j := s.jobs[id]
		if j == nil || int(n) >= len(j.items) {
			return fmt.Errorf("job %s has no item %d", id, n)
		}
		j.items[n] = item{}
		j.booked = append(j.booked, n)
		j.pending--
		return nil
	})
	if err != nil {
		return err
	}
	for _, j := range s.jobs {
		for i := range j.items {
			s.queued += len(j.items[i].Body)
		}
	}
	// A job that had nothing to send may not have been ended before a crash.
	return s.each([]byte{'j'}, func(k, v []byte) error {
		id := jobID(k[1:])
		var rec jobRecord
		if err := rlp.DecodeBytes(v, &rec); err != nil {
			return fmt.Errorf("job %s: %w", id, err)
		}
		if rec.Finished == 0 && s.jobs[id] == nil {
			j := &job{id: id, rec: rec, done: make(chan struct{}), errors: decodeProblems(rec.Problems)}
			if rec.Items > 0 {
				j.errors = append(j.errors, &Problem{Type: ImplementationException, Title: "The events of the job are lost", Status: 500})
			}
			s.jobs[id] = j
		}
		return nil
	})
}

func (s *Service) each(prefix []byte, f func(k, v []byte) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: []byte{prefix[0] + 1}})
	if err != nil {
		return fmt.Errorf("read the capture jobs: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := f(append([]byte(nil), it.Key()...), append([]byte(nil), it.Value()...)); err != nil {
			return errors.Join(err, it.Close())
		}
	}
	return errors.Join(it.Error(), it.Close())
}

func (s *Service) readJob(id jobID) (*jobRecord, error) {
	v, closer, err := s.db.Get(jobKey(id))
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", id, err)
	}
	defer func() { _ = closer.Close() }() // frees memory only
	rec := new(jobRecord)
	if err := rlp.DecodeBytes(v, rec); err != nil {
		return nil, fmt.Errorf("job %s: %w", id, err)
	}
	return rec, nil
}

// Job answers a party's job; another's is unknown to it.
func (s *Service) Job(party common.Address, id string) (Job, error) {
	unknown := &Problem{Type: NoSuchResource, Title: "No such capture job", Status: http.StatusNotFound,
		Detail: fmt.Sprintf("%s is no job of yours, or ended more than %d hours ago: the events of ended jobs are found by GET /epcis/events",
			id, int(s.cfg.Keep.Hours()))}
	parsed, ok := parseJobID(id)
	if !ok {
		return Job{}, unknown
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Job{}, ErrClosed
	}
	if j := s.jobs[parsed]; j != nil && j.rec.Party == party {
		view := j.view()
		s.mu.Unlock()
		return s.waiting(view), nil
	}
	s.work.Add(1) // keeps the store open
	defer s.work.Done()
	s.mu.Unlock() // many ask at once, and every one would wait for the disk of the others
	rec, err := s.readJob(parsed)
	if errors.Is(err, pebble.ErrNotFound) || err == nil && rec.Party != party {
		return Job{}, unknown
	}
	if err != nil {
		return Job{}, err
	}
	return s.waiting(viewOf(parsed, rec, decodeProblems(rec.Problems))), nil
}

// Jobs lists a party's jobs, newest first, at most limit, behind the one named by after (empty: from the newest).
// next is the name to go on behind, empty at the end.
func (s *Service) Jobs(party common.Address, after string, limit int) (list []Job, next string, err error) {
	prefix := append([]byte{'l'}, party[:]...)
	lower := prefix
	if after != "" {
		id, ok := parseJobID(after)
		if !ok {
			return nil, "", &Problem{Type: QueryParameterException, Title: "Not a page token", Status: http.StatusBadRequest}
		}
		rec, err := s.readJob(id)
		if err != nil || rec.Party != party {
			return nil, "", &Problem{Type: QueryParameterException, Title: "Not a page token", Status: http.StatusBadRequest}
		}
		lower = append(listKey(party, rec.Created, id), 0)
	}
	upper := append(append([]byte(nil), prefix...), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, "", fmt.Errorf("read the capture jobs: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	list = []Job{}
	for ok := it.First(); ok; ok = it.Next() {
		if len(list) == limit {
			return list, list[limit-1].ID, nil
		}
		id := jobID(it.Key()[len(it.Key())-16:])
		j, err := s.Job(party, id.String())
		var gone *Problem
		if errors.As(err, &gone) && gone.Type == NoSuchResource {
			continue // forgotten meanwhile
		}
		if err != nil {
			return nil, "", err
		}
		list = append(list, j)
	}
	return list, "", it.Error()
}

var errAbsent = errors.New("this node doesn't have the key any more")

// absentKey stands for a key that this node lost: it can name its account, but not sign.
type absentKey struct{ address common.Address }

func absent(address common.Address) submit.Signer { return &absentKey{address: address} }

// Address is the lost key's account.
func (k *absentKey) Address() common.Address { return k.address }

// SignTx fails.
func (k *absentKey) SignTx(*types.Transaction, *big.Int) (*types.Transaction, error) {
	return nil, fmt.Errorf("key %s: %w", k.address, errAbsent)
}
