package trace

import (
	"fmt"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

func (s *telling) judgeUnit() {
	v := &s.story.Unit
	v.NotProven = []Reason{newReason(NotProvenGenuine, nil)}
	if s.story.Kind == KindLot || s.story.Kind == KindClass {
		v.NotProven = append(v.NotProven, newReason(NotProvenUnit, nil))
	}
	for _, st := range s.story.Journey {
		if st.Possible {
			v.NotProven = append(v.NotProven, newReason(NotProvenPossible, nil))
			break
		}
	}
	v.NotProven = append(v.NotProven, newReason(NotProvenComplete, nil))
	found := map[UnitState][]Reason{UnitNotChecked: {newReason(ReasonNoCheck, nil)}}
	for _, r := range s.story.Recalls {
		if r.Active {
			found[UnitRecalled] = append(found[UnitRecalled], s.told(ReasonRecalled, &r.Step))
		}
	}
	s.judgeLife(found)
	if hasExpired(s.story.Identity.Expiry, s.opts.Now) {
		found[UnitExpired] = append(found[UnitExpired], newReason(ReasonExpired, nil, "date", s.story.Identity.Expiry))
	}
	for _, state := range UnitOrder {
		if reasons, ok := found[state]; ok {
			v.State, v.Reasons = state, reasons
			return
		}
	}
}

// judgeLife follows the object's own events by event time.
func (s *telling) judgeLife(found map[UnitState][]Reason) {
	var sold []Reason
	active, encoded := false, false
	for _, st := range s.byTime() {
		e := st.event
		if e == nil || st.source.relation != RelationOwn || st.struck {
			continue
		}
		active = active || commissions(e, st.role)
		encoded = encoded || e.BizStep == "encoding" || e.Disposition == "encoded"
		if st.role&index.RoleQuantity != 0 { // some of a lot, not this lot as a whole
			continue
		}
		switch {
		case e.BizStep == "destroying" || e.Disposition == "destroyed" || e.Disposition == "disposed":
			found[UnitDestroyed] = append(found[UnitDestroyed], s.told(ReasonDestroyed, &st.Step))
		case e.BizStep == "decommissioning" && e.Action == epcis.ActionDelete:
			found[UnitDestroyed] = append(found[UnitDestroyed], s.told(ReasonDecommissioned, &st.Step))
		case e.Disposition == "returned":
			sold = []Reason{s.told(ReasonReturned, &st.Step)}
		case e.BizStep == "retail_selling" || e.Disposition == "retail_sold" || e.Disposition == "dispensed":
			sold = []Reason{s.told(ReasonSold, &st.Step)}
		case e.Disposition == "sellable_accessible" || e.Disposition == "sellable_not_accessible" ||
			e.Disposition == "available":
			sold = nil // back on sale
		}
	}
	if s.story.Kind == KindInstance && sold != nil {
		found[UnitSold] = sold
	}
	if s.lotAlone() && s.story.Listing.State != ListingOut {
		return // what this node can't see may have brought it into being
	}
	if !active && (s.story.Kind == KindInstance || s.story.Kind == KindLot) && !s.lotActive() {
		if s.story.Closed() > 0 {
			found[UnitNotChecked] = append([]Reason{newReason(ReasonSealedLife, nil)}, found[UnitNotChecked]...)
			return
		}
		code := ReasonNotCommission
		if encoded {
			code = ReasonEncodedOnly
		}
		found[UnitNotYetActive] = []Reason{newReason(code, nil)}
	}
}

// lotActive says that a lot exists because instances of it were recorded with its number: such lots are seldom
// commissioned themselves.
func (s *telling) lotActive() bool {
	return s.story.Kind == KindLot && s.held > 0
}

// told is a reason that names when and who.
func (s *telling) told(code ReasonCode, st *Step) Reason {
	who := first(st.Signer.Party.Name, st.Signer.Party.Address.Hex())
	date := fmt.Sprintf("%.10s", first(st.Local, st.EventTime.Format(time.RFC3339)))
	return newReason(code, []string{st.EventID}, "date", date, "party", who)
}

// hasExpired says that the day of an expiry date, YYYY-MM-DD, is over. No date never expires.
func hasExpired(date string, now time.Time) bool {
	d, err := time.Parse(time.DateOnly, date)
	return err == nil && now.After(d.AddDate(0, 0, 1))
}
