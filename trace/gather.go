package trace

import (
	"sort"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// source is an object whose events belong to the story, and why.
type source struct {
	obj      common.Hash
	relation Relation
	via      string // canonical name, empty for the object itself
	depth    int
	possible bool
	span     index.Span // zero: always
	whole    bool       // told in full: its heads are checked, its leaves counted
}

// step is a step with what it was made from.
type step struct {
	Step
	rec    index.Record
	event  *epcis.Event // nil if damaged, or sealed and not opened
	opened *opened      // nil: not sealed
	struck bool         // its own party declared it an error, or it is such a declaration
	role   index.Role
	source source

	issued  bool // a certificate signed by the third party that issues it
	revoked bool
}

// gather takes an object's trunk events into the story and marks the late ones. A record already taken stays where it
// was found first, nearest to the object.
func (s *telling) gather(src source) error {
	span := src.span
	if span == (index.Span{}) {
		span = index.Always
	}
	room := min(MaxSteps, MaxStory-len(s.steps))
	list, more, err := s.view.Own(src.obj, format.Trunk, span, room)
	if err != nil {
		return err
	}
	if more {
		s.story.Truncated = true
	}
	if src.whole {
		if err := s.checkLane(src.obj, format.Trunk, src.via); err != nil {
			return err
		}
	}
	if list, err = s.inTime(src.obj, span, list); err != nil {
		return err
	}
	records := make([]index.Record, len(list))
	for i, e := range list {
		if records[i], err = s.view.Record(e.Seq); err != nil {
			return err
		}
		o, err := s.unseal(&records[i])
		if err != nil {
			return err
		}
		if o != nil && o.sealed.Opened {
			list[i].Role = roleIn(&records[i], src.obj)
		}
	}
	late := lateRecords(records)
	for i, e := range list {
		if s.taken[e.Seq] {
			continue
		}
		st := s.open(src, e, records[i])
		// What else was packed into the container is another object's story; associations with it are not packing.
		if src.relation == RelationContainer && e.Role == index.RoleParent &&
			(st.event == nil || st.event.Type != epcis.AssociationEvent) {
			continue
		}
		if err := s.take(st, late[e.Seq]); err != nil {
			return err
		}
	}
	return nil
}

// lateRecords are the records of one object that were made in a later block than another one, of an event that happened
// at least LateAfter after theirs. What one party records in one go is not late among itself: the other record must be
// another party's, or as much older. One dated ahead of its own block makes nobody late: it can't have happened by then.
func lateRecords(list []index.Record) map[index.Seq]bool {
	byLedger := append([]index.Record(nil), list...)
	sort.Slice(byLedger, func(i, j int) bool { return byLedger[i].Seq.Less(byLedger[j].Seq) })
	late := make(map[index.Seq]bool)
	type newest struct{ event, block int64 } // latest event of a party, and when it was recorded
	seen := make(map[common.Address]newest)
	for i := 0; i < len(byLedger); {
		end := i
		for end < len(byLedger) && byLedger[end].Seq.Height == byLedger[i].Seq.Height {
			end++
		}
		for _, r := range byLedger[i:end] {
			for party, n := range seen {
				old := int64(r.BlockTime)-n.block >= int64(LateAfter/time.Second)
				if (party != r.Party || old) && int64(r.Millis)+LateAfter.Milliseconds() <= n.event {
					late[r.Seq] = true
				}
			}
		}
		for _, r := range byLedger[i:end] {
			ahead := int64(r.Millis) > int64(r.BlockTime)*1000+MaxAhead.Milliseconds()
			if n, ok := seen[r.Party]; !ahead && (!ok || int64(r.Millis) > n.event) {
				seen[r.Party] = newest{int64(r.Millis), int64(r.BlockTime)}
			}
		}
		i = end
	}
	return late
}

// take puts one record into the story: as a step, as a witness of a step, or as the declaration that a step is wrong.
func (s *telling) take(st *step, late bool) error {
	rec := st.rec
	s.taken[rec.Seq] = true
	if elsewhere, err := s.toldElsewhere(st); err != nil || elsewhere {
		return err
	}
	if st.event != nil && rec.IsError() {
		if _, found, err := s.view.Original(&rec); err != nil || found {
			return err // told with the event it strikes out
		}
	}
	if st.event != nil && !rec.IsError() {
		if i, ok := s.primary[rec.EventHash]; ok {
			return s.addWitness(s.steps[i], rec)
		}
		s.primary[rec.EventHash] = len(s.steps)
	}
	if st.source.relation == RelationOwn {
		s.trusted[rec.Party] = true
	}
	st.Late = late
	s.steps = append(s.steps, st)
	return nil
}

// open reads a record's event, and checks that the stored body is still the one committed to.
func (s *telling) open(src source, e index.Entry, rec index.Record) *step {
	st := &step{rec: rec, role: e.Role, source: src}
	st.event = s.event(&st.rec)
	st.opened = s.unsealed[rec.Seq]
	st.rec.Damaged = st.event == nil && st.opened == nil
	st.struck = rec.IsError() || s.corrects(rec.Seq)
	return st
}

// event reads the event of a record, once; nil if it is damaged or not the one committed to.
func (s *telling) event(rec *index.Record) *epcis.Event {
	if e, ok := s.events[rec.Seq]; ok {
		if o, ok := s.unsealed[rec.Seq]; ok {
			*rec = o.rec
		}
		return e
	}
	o, err := s.unseal(rec)
	var e *epcis.Event
	switch {
	case err != nil, rec.Damaged, o != nil && !o.sealed.Opened:
	case o != nil:
		if parsed, err := epcis.ParseBody(rec.Body); err == nil {
			e = parsed
		}
	case !rec.Matches():
		s.mismatch = append(s.mismatch, newReason(ReasonAltered, nil, "event", rec.Seq.String()))
	default:
		if parsed, err := epcis.ParseBody(rec.Body); err == nil {
			e = parsed
		}
	}
	s.events[rec.Seq] = e
	return e
}

// corrects says that a record's own party declared it an error.
func (s *telling) corrects(seq index.Seq) bool {
	_, ok, err := s.view.Correction(seq)
	return err == nil && ok
}

func (s *telling) addWitness(st *step, rec index.Record) error {
	signer, err := s.signer(&rec)
	if err != nil {
		return err
	}
	st.Witnesses = append(st.Witnesses, Witness{Signer: signer, RecordTime: rec.RecordTime(), Ledger: recordRef(&rec)})
	return nil
}

// checkLane counts a lane's leaves and, where the index stands at the ledger's own head, compares the two.
func (s *telling) checkLane(obj common.Hash, lane format.Lane, via string) error {
	key := common.Hash(format.LaneKey(lane, obj))
	head, err := s.view.Head(key)
	if err != nil {
		return err
	}
	s.held += int(head.Count)
	if s.ledger == nil || s.ledger.Final().Hash != s.view.Position().Hash {
		return nil
	}
	real, err := s.headOf(s.ctx, key)
	if err != nil {
		return err
	}
	if real != head && s.ledger.Final().Hash == s.view.Position().Hash {
		if via == "" {
			via = s.id.String()
		}
		s.mismatch = append(s.mismatch, newReason(ReasonHeadDiffers, nil, "object", via))
	}
	return nil
}

// readCommissioning finds what the commissioning events say of an instance's lot and dates: of several that disagree
// the first by event time holds, and the verdict says so.
func (s *telling) readCommissioning() {
	for _, st := range s.byTime() {
		e := st.event
		if e == nil || st.source.relation != RelationOwn || !commissions(e, st.role) || st.struck {
			continue
		}
		id := &s.story.Identity
		if id.Commissioned == nil {
			id.Commissioned = &EventRef{ID: st.rec.ID(), Time: st.rec.EventTime()}
			p := s.party(st.rec.Party)
			id.DeclaredBy = &p
		}
		lot := lotIn(e, s.id)
		if lot != "" {
			if s.lots[lot] = true; id.Lot == "" {
				id.Lot = lot
			}
		}
		if d := dateIn(e, "itemExpirationDate", "expirationDate"); d != "" {
			if s.expiries[d] = true; id.Expiry == "" {
				id.Expiry = d
			}
		}
		id.BestBefore = first(id.BestBefore, dateIn(e, "bestBeforeDate", "itemBestBeforeDate"))
		id.Production = first(id.Production, dateIn(e, "productionDate", "itemProductionDate", "packagingDate"))
	}
	if s.story.Kind == KindInstance && s.story.Identity.Lot != "" {
		s.lot = s.id.WithLot(s.story.Identity.Lot)
	}
	if s.story.Kind == KindLot && s.story.Identity.Lot == "" {
		s.story.Identity.Lot = s.id.Lot()
	}
}

// commissions says whether an event brings its object into being.
func commissions(e *epcis.Event, role index.Role) bool {
	switch e.Type {
	case epcis.ObjectEvent:
		return e.Action == epcis.ActionAdd && role&index.RoleObject != 0
	case epcis.TransformationEvent:
		return role&index.RoleOutput != 0
	}
	return false
}

// lotIn is the lot a commissioning event gives to an identifier: its own qualifier, the ILMD's, or that of the lot the
// same event puts out.
func lotIn(e *epcis.Event, id gs1.ID) string {
	for _, list := range [][]gs1.ID{e.EPCs, e.OutputEPCs} {
		for _, x := range list {
			if x.Lot() != "" && x.Canonical() == id {
				return x.Lot()
			}
		}
	}
	if v := e.Lookup("lotNumber").Text(); v != "" {
		return v
	}
	if lot := lotOfList(e, id); lot != "" {
		return lot
	}
	for _, q := range e.OutputQuants {
		if q.Class.GTIN() == id.GTIN() && q.Class.Lot() != "" {
			return q.Class.Lot()
		}
	}
	return ""
}

// dateIn is a calendar date of the ILMD under one of several names, YYYY-MM-DD, or empty.
func dateIn(e *epcis.Event, names ...string) string {
	for _, n := range names {
		text := e.Lookup(n).Text()
		if len(text) > 10 {
			text = text[:10]
		}
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			return text
		}
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// byTime are the steps in the order of the journey: event time, then ledger order.
func (s *telling) byTime() []*step {
	if len(s.ordered) == len(s.steps) {
		return s.ordered
	}
	out := append([]*step(nil), s.steps...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.rec.Millis != b.rec.Millis {
			return int64(a.rec.Millis) < int64(b.rec.Millis)
		}
		return a.rec.Seq.Less(b.rec.Seq)
	})
	s.ordered = out
	return out
}
