package trace

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// identify fills in what the object is said to be and what to compare on the pack.
func (s *telling) identify() error {
	id := &s.story.Identity
	id.GTIN, id.Serial = s.id.GTIN(), s.id.Serial()
	if s.id.Key() == "00" {
		id.SSCC = s.id.Value()
	}
	if id.GTIN == "" && id.SSCC == "" {
		id.Code = codeOf(s.id)
	}
	prefer := zeroAddress
	if id.DeclaredBy != nil {
		prefer = id.DeclaredBy.Address
	}
	id.Name = s.productName(s.id, prefer)
	s.identifyLot()
	s.readAttributes()
	now := s.opts.Now
	id.Printed.Lot = s.given.Lot()
	for _, a := range s.opts.Printed {
		d, ok := gs1.Date(a.Value, now)
		switch {
		case a.AI == "10":
			id.Printed.Lot = a.Value
		case a.AI == "17" && ok:
			id.Printed.Expiry = d.Format(time.DateOnly)
		case a.AI == "15" && ok:
			id.Printed.BestBefore = d.Format(time.DateOnly)
		}
	}
	for _, f := range []struct{ name, value string }{
		{"lot", id.Lot}, {"expiry", id.Expiry}, {"bestBefore", id.BestBefore}, {"serial", id.Serial},
	} {
		if f.value != "" {
			id.Compare = append(id.Compare, f.name)
		}
	}
	switch s.story.Kind {
	case KindClass:
		id.Ask = []string{"lot", "serial"}
	case KindLot:
		id.Ask = []string{"serial"}
	}
	return nil
}

// identifyLot takes the dates of the lot's commissioning where the instance's own says nothing, and those of its units
// where nobody commissioned the lot itself.
func (s *telling) identifyLot() {
	id := &s.story.Identity
	for _, st := range s.byTime() {
		e := st.event
		ofLot := st.source.relation == RelationLot || st.source.relation == RelationUnits
		if e == nil || !ofLot || !commissions(e, st.role) || st.struck {
			continue
		}
		if st.source.relation == RelationUnits && id.Commissioned == nil {
			id.Commissioned = &EventRef{ID: st.rec.ID(), Time: st.rec.EventTime()}
			p := s.party(st.rec.Party)
			id.DeclaredBy = &p
		}
		id.Expiry = first(id.Expiry, dateIn(e, "itemExpirationDate", "expirationDate"))
		id.BestBefore = first(id.BestBefore, dateIn(e, "bestBeforeDate", "itemBestBeforeDate"))
		id.Production = first(id.Production, dateIn(e, "productionDate", "itemProductionDate", "packagingDate"))
	}
}

// readAttributes lists the declared facts of the product and of the commissioning event, the latter first.
func (s *telling) readAttributes() {
	id := &s.story.Identity
	seen := make(map[string]bool)
	add := func(name, value string, by Party) {
		if !seen[name] && value != "" {
			seen[name] = true
			id.Attributes = append(id.Attributes, Attribute{Name: name, Value: value, DeclaredBy: &by})
		}
	}
	for _, st := range s.byTime() {
		own := st.source.relation == RelationOwn || st.source.relation == RelationLot || st.source.relation == RelationUnits
		if st.event == nil || !own || !commissions(st.event, st.role) || st.struck {
			continue
		}
		var facts []Attribute
		for _, f := range st.event.ILMD {
			facts = appendFact(facts, f.Local(), f.Value, s.opts.Lang)
		}
		for _, a := range facts {
			add(a.Name, a.Value, s.party(st.rec.Party))
		}
	}
	ids := []gs1.ID{s.id}
	if class, ok := s.id.Class(); ok {
		ids = append(ids, class)
	}
	for _, x := range ids {
		for _, d := range s.declared(x.String()) {
			names := make(map[string]bool)
			for _, a := range d.Attributes {
				if n := a.Local(); !names[n] && a.Name != ExpectedStep {
					names[n] = true
					text, _ := attribute(d.Attributes, s.opts.Lang, n)
					add(n, text, s.party(d.Party))
				}
			}
		}
	}
}

// nameInputs gives the things upstream their names and where they came from.
func (s *telling) nameInputs() error {
	type origin struct {
		place *Place
		by    Party
	}
	origins := make(map[string]origin)
	for _, st := range s.byTime() {
		if st.source.relation != RelationInput || st.event == nil || st.Corrected != nil || st.Via == "" {
			continue
		}
		if _, ok := origins[st.Via]; !ok {
			origins[st.Via] = origin{st.Place, st.Signer.Party}
		}
	}
	for i := range s.story.Inputs {
		in := &s.story.Inputs[i]
		id, err := gs1.Parse(in.ID)
		if err != nil {
			continue
		}
		prefer := zeroAddress
		if o, ok := origins[in.ID]; ok {
			by := o.by
			in.Origin, in.By, prefer = o.place, &by, by.Address
		}
		in.Name = s.productName(id, prefer)
	}
	return nil
}

// foldDispositions folds the persistent dispositions of the object's own events, and its lot's, by event time.
func (s *telling) foldDispositions() {
	set := make(map[string]bool)
	for _, st := range s.byTime() {
		own := st.source.relation == RelationOwn || st.source.relation == RelationLot && !st.Possible
		if st.event == nil || !own || st.struck {
			continue
		}
		for _, d := range st.event.PersistentDisposition.Unset {
			delete(set, d)
		}
		for _, d := range st.event.PersistentDisposition.Set {
			set[d] = true
		}
	}
	for d := range set {
		s.story.Dispositions = append(s.story.Dispositions, d)
	}
	sort.Strings(s.story.Dispositions)
}

// readContents folds what the object holds now, by event time; DELETE without children empties it.
func (s *telling) readContents() {
	in := make(map[string]Membership)
	for _, st := range s.byTime() {
		e := st.event
		if e == nil || st.source.relation != RelationOwn || st.role&index.RoleParent == 0 || st.struck {
			continue
		}
		if e.Type != epcis.AggregationEvent && e.Type != epcis.AssociationEvent {
			continue
		}
		if e.Action == epcis.ActionDelete && len(e.ChildEPCs)+len(e.ChildQuants) == 0 {
			clear(in)
			continue
		}
		for _, t := range e.Objects() {
			if t.Role != epcis.RoleChild && t.Role != epcis.RoleChildClass {
				continue
			}
			name := t.ID.String()
			if e.Action == epcis.ActionDelete {
				delete(in, name)
				continue
			}
			if _, ok := in[name]; ok || len(in) >= maxMembers {
				continue
			}
			m := Membership{ID: name, Since: e.EventTime, Possible: t.Quantity != nil}
			if t.Quantity != nil {
				m.Quantity, m.UOM = t.Quantity.Quantity, t.Quantity.UOM
			}
			in[name] = m
		}
	}
	for _, m := range in {
		s.story.Contents = append(s.story.Contents, m)
	}
	sort.Slice(s.story.Contents, func(i, j int) bool { return s.story.Contents[i].ID < s.story.Contents[j].ID })
}

// judge gives the two answers.
func (s *telling) judge() error {
	s.count()
	s.judgeRecord()
	s.judgeUnit()
	return nil
}

// count says how many records there are: all leaves of the lanes told in full, and the steps of units, containers and
// inputs.
func (s *telling) count() {
	others := 0
	for _, st := range s.steps {
		switch st.source.relation {
		case RelationContainer, RelationInput, RelationUnits:
			others++
		}
	}
	for _, l := range s.inLists { // on containers only: no lane told in full has them
		o, err := s.lot.Object("")
		if s.lot.IsZero() || err != nil || !l.On(o) {
			others += 2
		}
	}
	s.story.Records = s.held + others
	s.story.Shown = s.story.Records
	if s.story.Truncated {
		s.story.Shown = min(s.story.Records, len(s.story.Journey)+len(s.story.Recalls))
	}
}

func (s *telling) judgeRecord() {
	v := &s.story.Record
	v.Reasons = []Reason{}
	if len(s.mismatch) > 0 {
		v.State, v.Reasons = RecordAltered, s.mismatch
		return
	}
	if s.ledger != nil {
		if final := s.ledger.Final(); final.Number > s.view.Position().Number+maxBehind {
			v.State = RecordCannotCheck
			v.Reasons = append(v.Reasons, newReason(ReasonBehind, nil, "blocks",
				strconv.FormatUint(final.Number-s.view.Position().Number, 10)))
			return
		}
	}
	if s.story.Records == 0 && !(s.story.Kind == KindClass && s.story.Identity.Name != nil) {
		v.State = RecordUnknown
		if s.story.Notes.Count > 0 {
			v.Reasons = append(v.Reasons, newReason(ReasonNotDeclared, nil))
		} else {
			v.Reasons = append(v.Reasons, newReason(ReasonNoRecord, nil))
		}
		return
	}
	v.Reasons = s.warnings()
	if len(v.Reasons) > 0 {
		v.State = RecordWarnings
		v.Reasons = append(v.Reasons, s.sealedReasons()...)
		return
	}
	v.State = RecordIntact
	v.Reasons = append(v.Reasons, newReason(ReasonAllMatch, nil, "records", strconv.Itoa(s.story.Records)))
	v.Reasons = append(v.Reasons, s.listingReasons()...)
	v.Reasons = append(v.Reasons, s.sealedReasons()...)
}

// sealedReasons says how many records are sealed. That is their parties' right and no warning: each is there, and counted.
func (s *telling) sealedReasons() (list []Reason) {
	if s.story.Sealed > 0 {
		list = append(list, newReason(ReasonSealed, nil, "count", strconv.Itoa(s.story.Sealed)))
	}
	return list
}

// warnings lists what a reader should know before relying on the record.
func (s *telling) warnings() (list []Reason) {
	id := &s.story.Identity
	if s.lotAlone() {
		list = append(list, s.listingReasons()...)
	}
	if id.Printed.Lot != "" && id.Lot != "" && id.Printed.Lot != id.Lot {
		list = append(list, newReason(ReasonLotDiffers, nil, "printed", id.Printed.Lot, "recorded", id.Lot))
	}
	for _, d := range [][2]string{{id.Printed.Expiry, id.Expiry}, {id.Printed.BestBefore, id.BestBefore}} {
		if d[0] != "" && d[1] != "" && d[0] != d[1] {
			list = append(list, newReason(ReasonDateDiffers, nil, "printed", d[0], "recorded", d[1]))
		}
	}
	if len(s.lots) > 1 {
		list = append(list, newReason(ReasonLotConflict, nil))
	}
	if len(s.expiries) > 1 {
		list = append(list, newReason(ReasonDateConflict, nil))
	}
	damaged := make(map[string][]string)
	var late, ahead, sameID, corrected []string
	suspended := make(map[string]bool)
	for _, st := range s.story.Journey {
		who := first(st.Signer.Party.Name, st.Signer.Party.Address.Hex())
		if st.Damaged {
			damaged[who] = append(damaged[who], st.EventID)
		}
		if st.Late {
			late = append(late, st.EventID)
		}
		if st.Ahead && st.Corrected == nil {
			ahead = append(ahead, st.EventID)
		}
		if st.SameID != "" && st.Corrected == nil {
			sameID = append(sameID, st.EventID)
		}
		if st.Corrected != nil {
			corrected = append(corrected, st.EventID)
		}
		if st.Signer.Party.Suspended && st.Relation != RelationInput {
			suspended[who] = true
		}
	}
	for _, who := range sorted(damaged) {
		list = append(list, newReason(ReasonDamaged, damaged[who], "count", strconv.Itoa(len(damaged[who])), "party", who))
	}
	for _, in := range s.story.Inputs {
		if in.Recalled {
			list = append(list, newReason(ReasonInputRecall, []string{in.EventID}, "input", inputLabel(in)))
		}
	}
	for _, r := range []struct {
		code   ReasonCode
		events []string
	}{{ReasonLate, late}, {ReasonAhead, ahead}, {ReasonSameID, sameID}, {ReasonCorrected, corrected}} {
		if len(r.events) > 0 {
			list = append(list, newReason(r.code, r.events, "count", strconv.Itoa(len(r.events))))
		}
	}
	for _, c := range s.story.ColdChain {
		if len(c.Excursions) > 0 {
			x := worstOf(c.Excursions)
			list = append(list, newReason(ReasonOutOfLimits, []string{x.EventID}, "minutes", strconv.Itoa(c.Minutes),
				"peak", x.Peak, "unit", c.Unit))
		}
	}
	for _, who := range sorted(suspended) {
		list = append(list, newReason(ReasonSuspended, nil, "party", who))
	}
	if s.story.Truncated {
		list = append(list, newReason(ReasonTruncated, nil))
	}
	return list
}

func inputLabel(in Upstream) string {
	if in.Name != nil {
		return strings.TrimSpace(in.Name.Text + " " + in.Lot)
	}
	return in.Code
}

// worstOf is the excursion that lasted longest.
func worstOf(list []Excursion) Excursion {
	best := list[0]
	for _, x := range list[1:] {
		if x.Minutes > best.Minutes {
			best = x
		}
	}
	return best
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
