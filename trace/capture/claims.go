package capture

import (
	"errors"
	"net/http"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// identity is one party's record of one event.
type identity struct {
	party common.Address
	hash  common.Hash
	err   bool
}

// claim is a job's right to send an event. Others that have the same event wait until it is settled, and then send it only
// if it wasn't recorded: the ledger would hold it twice. What is claimed is being sent and waits for nobody, so that jobs
// never wait for each other in a circle.
type claim struct {
	job     jobID
	settled chan struct{}
}

// claimAll claims events for a job: those that no other has. A strict one wants all.
func (s *Service) claimAll(j *job, items []item, strict bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		if !s.claim(j, &items[i]) && strict {
			return &Problem{Type: ResourceAlreadyExists, Title: "The event is being recorded already", Status: http.StatusConflict,
				Instance: "/epcis/capture/" + s.pending[identityOf(j.rec.Party, &items[i])].job.String()}
		}
	}
	return nil
}

// claim claims an event for a job unless another has it; the lock is held. Master data is no event and may come often.
func (s *Service) claim(j *job, it *item) bool {
	if it.Event == 0 {
		return true
	}
	id := identityOf(j.rec.Party, it)
	if c, taken := s.pending[id]; taken {
		return c.job == j.id
	}
	s.pending[id] = claim{job: j.id, settled: make(chan struct{})}
	if n := nameOf(j.rec.Party, it); it.names() {
		if _, taken := s.named[n]; !taken {
			s.named[n] = id
		}
	}
	return true
}

// settled ends a job's claim, if it has one; the lock is held.
func (s *Service) settled(j *job, it *item) {
	if c, ok := s.pending[identityOf(j.rec.Party, it)]; ok && it.Event > 0 && c.job == j.id {
		delete(s.pending, identityOf(j.rec.Party, it))
		if n := nameOf(j.rec.Party, it); s.named[n] == identityOf(j.rec.Party, it) {
			delete(s.named, n)
		}
		close(c.settled)
	}
}

// takeAll sends a job's items, unit by unit, but those that skip names; the lock is held.
func (s *Service) takeAll(j *job, key submit.Signer, skip map[storedRef]bool) {
	units := make(map[uint32][]ref)
	var order []uint32
	for i := range j.items {
		it := &j.items[i]
		if it.Body == nil || skip[storedRef{Job: j.id, Item: uint32(i)}] {
			continue
		}
		if it.Unit == 0 {
			s.take([]ref{{j, i}}, key)
			continue
		}
		if units[it.Unit] == nil {
			order = append(order, it.Unit)
		}
		units[it.Unit] = append(units[it.Unit], ref{j, i})
	}
	for _, u := range order {
		s.take(units[u], key)
	}
}

// take sends the items of a unit, or waits while another job sends one of them; the lock is held. Who waits has claimed
// nothing. What wasn't claimed before it was last looked up may have been recorded since, and is looked up again.
func (s *Service) take(refs []ref, key submit.Signer) {
	other, late := s.claimUnit(refs)
	if late {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			s.retake(refs, key)
		}()
		return
	}
	if other != nil {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			select {
			case <-other:
				s.retake(refs, key)
			case <-s.ctx.Done(): // goes on after the next start
			}
		}()
		return
	}
	if !refs[0].item().Staged {
		s.enqueue(refs, key)
		return
	}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.sendStaged(refs, key)
	}()
}

// claimUnit claims all items of a unit, or none: then it answers what to wait for; the lock is held. late says that it
// claimed some only now.
func (s *Service) claimUnit(refs []ref) (other chan struct{}, late bool) {
	for _, r := range refs {
		if c, taken := s.pending[identityOf(r.job.rec.Party, r.item())]; taken && r.item().Event > 0 && c.job != r.job.id {
			for _, r := range refs {
				s.settled(r.job, r.item())
			}
			return c.settled, false
		}
	}
	for _, r := range refs {
		_, before := s.pending[identityOf(r.job.rec.Party, r.item())]
		late = late || !before && r.item().Event > 0
		s.claim(r.job, r.item())
	}
	return nil, late
}

// retake settles the events of a unit that another job recorded, and sends the rest.
func (s *Service) retake(refs []ref, key submit.Signer) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	items := make([]item, len(refs))
	for i, r := range refs {
		items[i] = *r.item()
	}
	_, known, err := s.skipRecorded(refs[0].job.rec.Party, items)
	if err != nil {
		s.mu.Unlock()
		s.settle([32]byte{}, refs, nil, err)
		return
	}
	var rest, recorded []ref
	for _, r := range refs {
		if slices.ContainsFunc(known, func(it item) bool { return same(&it, r.item()) }) {
			recorded = append(recorded, r)
		} else {
			rest = append(rest, r)
		}
	}
	if len(rest) > 0 {
		s.take(rest, key)
	}
	s.mu.Unlock()
	if len(recorded) > 0 {
		s.settle([32]byte{}, recorded, nil, nil)
	}
}

// same says that two items of one job are one.
func same(a, b *item) bool { return a.Event == b.Event && a.Of == b.Of && a.Kind == b.Kind }

func identityOf(party common.Address, it *item) identity {
	return identity{party: party, hash: it.Hash, err: it.Kind == 2}
}

// skipRecorded leaves out what the party recorded before: never a reason to refuse a document.
func (s *Service) skipRecorded(party common.Address, items []item) (fresh, known []item, err error) {
	v, err := s.Index.View()
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	lists := make(map[uint64]bool) // events recorded already, whose lists aren't needed
	for _, it := range items {
		var ok bool
		switch {
		case it.Event > 0 && it.List != (common.Hash{}):
			// The list is under another salt each time; the event goes by the name of the full one.
			_, ok, err = v.EventOf(party, it.EventID)
			lists[it.Event] = ok
		case it.Event > 0:
			if _, ok, err = v.RecordOf(it.Hash, it.Kind == 2, party); err == nil && !ok {
				ok, err = s.recordedSealed(v, party, &it)
			}
		default:
			ok = it.Of > 0 && lists[it.Of]
		}
		if err != nil {
			return nil, nil, err
		}
		if ok {
			known = append(known, it)
		} else {
			fresh = append(fresh, it)
		}
	}
	return fresh, known, nil
}
