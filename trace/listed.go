package trace

import (
	"errors"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Bounds on the lists looked at for one story.
const (
	maxListsOfUnit = 100
	maxListsOfLot  = 1_000
)

// Listing says what sealed lists tell of a unit: lists of units that stand on a lot or container with nothing but their
// root and the number of their entries. A node can look only into those it holds.
type Listing struct {
	State ListingState `json:"state"`
	// Lot is the lot through which the unit was looked for.
	Lot string `json:"lot,omitempty"`
	// In are the lists that hold the unit; each was checked against the root on the ledger.
	In []Listed `json:"in"`
	// Out counts the lists of the lot that don't hold it, Closed those that this node can't look into.
	Out    int `json:"out"`
	Closed int `json:"closed"`
}

// ListingState sums a Listing up.
type ListingState string

// States of a listing.
const (
	ListingIn      ListingState = "listed"   // in a list this node holds
	ListingOut     ListingState = "unlisted" // the lot has lists, this node holds all of them, and none has the unit
	ListingClosed  ListingState = "closed"   // the lot has lists that this node can't look into
	ListingLotOnly ListingState = "lot only" // the lot is recorded, and no list of its units
)

// Listed is a list that holds the unit.
type Listed struct {
	Root  common.Hash `json:"root"`
	Count uint64      `json:"count"`
	Index uint64      `json:"index"` // place among the sorted entries
	Event EventRef    `json:"event"`
	By    Party       `json:"by"`
}

// inList is a list that holds the object of the story.
type inList struct {
	index.List
	event *epcis.Event
	role  index.Role
}

// WithLists lets the teller look into the lists that the node holds.
func (t *Teller) WithLists(l *lists.Store) *Teller {
	t.lists = l
	return t
}

// readLists takes the events whose lists hold the object into the story: they name it, though not in the open.
func (s *telling) readLists(own []common.Hash) error {
	if s.lists == nil {
		return nil
	}
	for _, obj := range own {
		found, err := s.lists.Of(format.Hash(obj), maxListsOfUnit)
		if err != nil {
			return err
		}
		for _, m := range found {
			l, ok, err := s.view.List(m.Head.Root)
			if err != nil {
				return err
			}
			if !ok || format.CheckListed(l.Head.Root(), l.Head.Count, m.Head.Salt, format.Hash(obj), m.Place) != nil {
				continue // not on the ledger, or a damaged store: it proves nothing
			}
			if err := s.takeListed(obj, l, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *telling) takeListed(obj common.Hash, l index.List, m lists.Membership) error {
	e := s.event(&l.Event)
	if e == nil || s.taken[l.Event.Seq] {
		return nil
	}
	ref, ok := e.List()
	if !ok {
		return nil
	}
	role := roleBit(ref.Role())
	st := s.open(source{obj: obj, relation: RelationOwn}, index.Entry{Seq: l.Event.Seq, Millis: int64(l.Event.Millis), Role: role}, l.Event)
	st.Listed = true
	if err := s.take(st, false); err != nil {
		return err
	}
	s.inLists = append(s.inLists, inList{l, e, role})
	if s.story.Listing == nil {
		s.story.Listing = &Listing{State: ListingIn}
	}
	s.story.Listing.In = append(s.story.Listing.In, Listed{
		Root: m.Head.Root, Count: l.Head.Count, Index: m.Place.Index,
		Event: EventRef{ID: l.Event.ID(), Time: l.Event.EventTime()}, By: s.party(l.Event.Party),
	})
	return nil
}

// listedMoves are the object's moves into and out of containers that lists tell.
func (s *telling) listedMoves(obj common.Hash) (moves []index.Move) {
	for _, l := range s.inLists {
		if l.role&index.RoleChild == 0 || !s.isOwn(obj) {
			continue
		}
		m := index.Move{Entry: index.Entry{Seq: l.Event.Seq, Millis: int64(l.Event.Millis), Role: l.role},
			In: l.event.Action != epcis.ActionDelete, Association: l.event.Type == epcis.AssociationEvent}
		if o, err := l.event.ParentID.Canonical().Object(""); err == nil && l.On(o) {
			m.Container = o.Key()
		}
		moves = append(moves, m)
	}
	return moves
}

// listedOutputs are the transformations that put the object out, as lists tell.
func (s *telling) listedOutputs(obj common.Hash) (list []index.Entry) {
	for _, l := range s.inLists {
		if l.role&index.RoleOutput != 0 && s.isOwn(obj) {
			list = append(list, index.Entry{Seq: l.Event.Seq, Millis: int64(l.Event.Millis), Role: l.role})
		}
	}
	return list
}

func (s *telling) isOwn(obj common.Hash) bool {
	objs, err := s.objectsOf(s.id)
	return err == nil && slices.Contains(objs, obj)
}

// lotOfList is the lot that a list's event names for a unit, where its master data names none.
func lotOfList(e *epcis.Event, id gs1.ID) (lot string) {
	if _, ok := e.List(); !ok {
		return ""
	}
	for _, list := range [][]epcis.Quantity{e.Quantities, e.OutputQuants} {
		for _, q := range list {
			if q.Class.GTIN() != id.GTIN() || q.Class.Lot() == "" {
				continue
			}
			if lot != "" && lot != q.Class.Lot() {
				return "" // units of several lots: the list doesn't say which
			}
			lot = q.Class.Lot()
		}
	}
	return lot
}

// readPrintedLot looks for a unit that no record names through the lot that its link names. The lot's story is told in
// its place, and the verdict says so.
func (s *telling) readPrintedLot(own []common.Hash) error {
	if s.story.Kind != KindInstance || len(s.steps) > 0 {
		return nil
	}
	printed := s.given.Lot()
	for _, a := range s.opts.Printed {
		if a.AI == "10" && printed == "" {
			printed = a.Value
		}
	}
	lot := s.id.WithLot(printed)
	if printed == "" || lot.IsZero() {
		return nil
	}
	objs, err := s.objectsOf(lot)
	if err != nil {
		return err
	}
	listing := &Listing{State: ListingLotOnly, Lot: lot.Lot(), In: []Listed{}}
	declared := false
	for _, obj := range objs {
		head, err := s.view.Head(common.Hash(format.LaneKey(format.Trunk, format.Hash(obj))))
		if err != nil {
			return err
		}
		declared = declared || head.Count > 0
		leaves, more, err := s.view.Lists(obj, maxListsOfLot)
		if err != nil {
			return err
		}
		s.story.Truncated = s.story.Truncated || more
		for _, leaf := range leaves {
			absent, err := s.absent(leaf.Root, own)
			if err != nil {
				return err
			}
			if absent {
				listing.Out++
			} else {
				listing.Closed++
			}
		}
	}
	if !declared {
		return nil
	}
	switch {
	case listing.Closed > 0:
		listing.State = ListingClosed
	case listing.Out > 0:
		listing.State = ListingOut
	}
	s.lot, s.story.Listing = lot, listing
	return nil
}

// absent says that this node holds a list and the unit isn't in it.
func (s *telling) absent(root common.Hash, own []common.Hash) (bool, error) {
	if s.lists == nil {
		return false, nil
	}
	for _, obj := range own {
		_, out, err := s.lists.Prove(root, format.Hash(obj))
		if errors.Is(err, lists.ErrUnknown) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if out == nil {
			return false, nil
		}
	}
	return true, nil
}

// lotAlone says that the story is told from the lot, because nothing seen here names the unit.
func (s *telling) lotAlone() bool {
	return s.story.Listing != nil && s.story.Listing.State != ListingIn
}

// listingReasons put the listing into the verdict on the record.
func (s *telling) listingReasons() []Reason {
	l := s.story.Listing
	if l == nil {
		return nil
	}
	switch l.State {
	case ListingIn:
		return []Reason{newReason(ReasonListed, nil, "count", strconv.FormatUint(l.In[0].Count, 10))}
	case ListingOut:
		return []Reason{newReason(ReasonUnlisted, nil, "lot", l.Lot)}
	case ListingClosed:
		return []Reason{newReason(ReasonListClosed, nil, "lot", l.Lot)}
	}
	return []Reason{newReason(ReasonLotOnly, nil, "lot", l.Lot)}
}

// byMoveTime orders moves by event time, then by the ledger.
func byMoveTime(a, b index.Move) int {
	switch {
	case a.Millis != b.Millis:
		return int(min(max(a.Millis-b.Millis, -1), 1))
	case a.Seq.Less(b.Seq):
		return -1
	}
	return 1
}
