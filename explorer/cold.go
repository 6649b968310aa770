package explorer

import (
	"html/template"
	"strconv"
	"time"

	"github.com/suyuan-ledger/suyuan/trace"
)

// coldView is one line of measurements over the journey, with its curve.
type coldView struct {
	Heading    string
	Range      string
	Limits     string
	Out        string // total time out of limits; empty if none
	Within     string
	Kinetic    string // mean kinetic temperature; empty for other measures
	Energy     string // what it was computed with
	Covered    string // the time readings speak for
	Excursions []excursionView
	Chart      template.HTML
	From, To   string // first and last reading, under the curve
	Rows       []coldRow
	Left       int // readings not in Rows
}

// coldRow is a line of the table beside the curve: one reading, or those of one record.
type coldRow struct {
	Time, Value, Where string
	Out                bool
}

type excursionView struct{ What, Where, By, Accepted string }

func newCold(l Lang, st *trace.Story) []coldView {
	var out []coldView
	for _, c := range st.ColdChain {
		v := coldView{Heading: l.Say("cold.heading"), Range: l.Say("cold.range", "min", c.Min, "max", c.Max, "unit", c.Unit)}
		if c.Type != "Temperature" {
			v.Heading = l.Say("cold.heading.other", "type", measureName(l, c.Type))
		}
		by := ""
		if c.LimitsBy != nil {
			by = partyName(*c.LimitsBy)
		}
		switch {
		case c.LimitMin != "" && c.LimitMax != "":
			v.Limits = l.Say("cold.limits", "min", c.LimitMin, "max", c.LimitMax, "unit", c.Unit, "party", by)
		case c.LimitMax != "":
			v.Limits = l.Say("cold.limit.max", "max", c.LimitMax, "unit", c.Unit, "party", by)
		case c.LimitMin != "":
			v.Limits = l.Say("cold.limit.min", "min", c.LimitMin, "unit", c.Unit, "party", by)
		default:
			v.Limits = l.Say("cold.limits.none")
		}
		switch {
		case len(c.Excursions) > 0:
			v.Out = l.Minutes(c.Minutes)
		case st.Record.State == trace.RecordAltered: // what the altered record said isn't among the readings
			v.Out, v.Within = l.Say("cold.unknown"), l.Say("cold.altered", "n", c.Reports)
		case c.LimitMin == "" && c.LimitMax == "":
			v.Within = l.Say("cold.within.nolimits", "n", c.Reports)
		default:
			v.Within = l.Say("cold.within", "n", c.Reports)
		}
		for _, e := range c.Excursions {
			v.Excursions = append(v.Excursions, newExcursion(l, st, e, c.Unit))
		}
		v.Covered = l.Minutes(int(time.Duration(c.Covered) / time.Minute))
		if c.MKT != "" {
			v.Kinetic = c.MKT + " " + c.Unit
			v.Energy = l.Say("cold.kinetic.how", "energy", c.ActivationEnergy)
		}
		v.curve(l, st, c)
		v.table(l, st, c)
		out = append(out, v)
	}
	return out
}

func newExcursion(l Lang, st *trace.Story, e trace.Excursion, unit string) excursionView {
	start := e.Start
	if t, err := time.Parse(time.RFC3339Nano, e.Local); err == nil {
		start = t
	}
	v := excursionView{What: l.Say("cold.excursion", "span", l.Minutes(e.Minutes), "time", l.Moment(start), "peak", e.Peak, "unit", unit),
		By: l.Say("cold.reported", "party", partyName(e.By))}
	if e.Place != nil {
		v.Where = placeName(l, e.Place)
	}
	if e.AcceptedBy != nil {
		at := l.Moment(e.AcceptedBy.Time.In(start.Location()))
		v.Accepted = l.Say("cold.accepted", "time", at)
		for i := range st.Journey {
			if s := &st.Journey[i]; s.EventID == e.AcceptedBy.ID && s.Corrected == nil {
				v.Accepted = l.Say("cold.accepted.by", "party", partyName(s.Signer.Party), "time", at)
			}
		}
	}
	return v
}

func number(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &f
}
