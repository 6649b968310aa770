package capture

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// An eventID is different from that of any other event, declarations of error aside (EPCIS 2.0, 7.4.1). So a party's event
// under the eventID of another event of its own is refused here. Two nodes may take one each at the same time: the index
// tells of what reached the ledger all the same.

// name is an eventID of a party.
type name struct {
	party   common.Address
	eventID string
}

func nameOf(party common.Address, it *item) name { return name{party, it.EventID} }

// names says that an item claims an eventID: declarations go by that of the event they are about, lists and master data by
// none.
func (it *item) names() bool {
	return it.Event > 0 && it.EventID != "" && format.LeafKind(it.Kind) != format.LeafErrorDecl
}

// taken leaves out, or refuses, events whose eventID is that of another event of the party, on the ledger or on its way there.
func (s *Service) taken(j *job, items []item, strict bool, mode Mode) ([]item, error) {
	where := s.namedNow(j, items) // before the index is looked at: what is no longer on its way then is in it
	v, err := s.Index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	refusals := make(map[*item]*Problem)
	var faults []epcis.Fault
	for i := range items {
		it := &items[i]
		where := where[it]
		if where == "" && it.names() {
			if where, err = s.namedBefore(v, j.rec.Party, it); err != nil {
				return nil, err
			}
		}
		if where == "" {
			continue
		}
		f := eventIDFault(int(it.Event)-1, it.EventID, where+"; record this one under an eventID of its own")
		faults = append(faults, f)
		refusals[it] = Invalid(&epcis.Invalid{Faults: []epcis.Fault{f}})
	}
	switch {
	case len(faults) == 0:
		return items, nil
	case strict:
		return nil, &Problem{Type: ResourceAlreadyExists, Title: "The eventID is taken", Status: http.StatusConflict,
			Detail: faults[0].Message, Instance: "/epcis/events/" + items[0].EventID, Errors: faults}
	case !mode.Proceed:
		return nil, Invalid(&epcis.Invalid{Faults: faults})
	}
	return s.leaveOut(j, items, refusals), nil
}

// eventIDFault is the fault of an event whose eventID is another's.
func eventIDFault(event int, id, message string) epcis.Fault {
	f := faultAt(event, epcis.RuleEventID, quote(id), "%s", message)
	f.Pointer += "/eventID"
	return f
}

// namedNow says of which items another event with their eventID is on its way to the ledger.
func (s *Service) namedNow(j *job, items []item) map[*item]string {
	where := make(map[*item]string)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		it := &items[i]
		if other, sent := s.named[nameOf(j.rec.Party, it)]; sent && it.names() && other.hash != it.Hash {
			where[it] = "is the eventID of another event, which job " + s.pending[other].job.String() + " is recording"
		}
	}
	return where
}

// namedBefore says where the party recorded another event under an item's eventID; "" if it didn't.
func (s *Service) namedBefore(v *index.View, party common.Address, it *item) (where string, err error) {
	seq, ok, err := v.EventOf(party, it.EventID)
	if err != nil {
		return "", err
	}
	if ok {
		if _, known, err := v.RecordOf(it.Hash, false, party); err != nil || known {
			return "", err // recorded under it as well: it is there already
		}
		rec, err := v.Record(seq)
		if err != nil {
			return "", err
		}
		same, err := s.sameEvent(&rec, it)
		if err != nil || same {
			return "", err
		}
		return fmt.Sprintf("is the eventID of another event, which the party recorded at %s (%s)", seq, index.HashID(rec.EventHash)), nil
	}
	return s.namedSealed(v, party, it)
}

// sameEvent says that a record is of this very event. What a list stands for is compared as far as both can be seen: their
// roots differ by their salts.
func (s *Service) sameEvent(rec *index.Record, it *item) (bool, error) {
	if it.List == (common.Hash{}) {
		return rec.EventHash == it.Hash, nil
	}
	was, err := epcis.ParseBody(rec.Body)
	if err != nil {
		return false, nil
	}
	is, err := epcis.ParseBody(it.Body)
	if err != nil {
		return false, fmt.Errorf("the body of event %s: %w", it.EventID, err)
	}
	ref, listed := was.List()
	if own, ok := is.List(); !ok || !listed || own.Field != ref.Field || own.Count != ref.Count ||
		was.WithoutList().HashID() != is.WithoutList().HashID() {
		return false, nil
	}
	return s.sameThings(common.Hash(ref.Root), it.List)
}

// sameThings says that two lists hold the same, or that one of them isn't here to be looked at.
func (s *Service) sameThings(a, b common.Hash) (bool, error) {
	if a == b || s.Lists == nil {
		return true, nil
	}
	held := make(map[string]bool)
	err := s.Lists.Names(a, func(n string) error {
		held[n] = true
		return nil
	})
	if errors.Is(err, lists.ErrUnknown) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	same := true
	err = s.Lists.Names(b, func(n string) error {
		same = same && held[n]
		return nil
	})
	return same, err
}

// namedSealed looks among the party's sealed events whose bodies are here: only vaults know their eventIDs.
func (s *Service) namedSealed(v *index.View, party common.Address, it *item) (where string, err error) {
	if s.Vault == nil || s.Vault.Held() == 0 {
		return "", nil
	}
	heads, err := s.Vault.ByEventID(it.EventID)
	if err != nil {
		return "", err
	}
	for i := range heads {
		h := &heads[i]
		if h.Party != party || h.Hash == it.Hash {
			continue
		}
		rec, _, ok, err := v.SealedRecord(h.Commitment, h.Party)
		if err != nil {
			return "", err
		}
		if ok && !rec.IsError() {
			return fmt.Sprintf("is the eventID of another event, which the party recorded sealed at %s", rec.Seq), nil
		}
	}
	return "", nil
}
