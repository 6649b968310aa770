package explorer

import (
	"bytes"
	"fmt"
	"html/template"
	"sort"
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
	Excursions []excursionView
	Chart      template.HTML
	From, To   string // first and last reading, under the curve
	LimitText  string
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
			v.Out = l.Say("cold.out", "span", l.Minutes(c.Minutes))
		case c.LimitMin == "" && c.LimitMax == "":
			v.Within = l.Say("cold.within.nolimits", "n", c.Reports)
		default:
			v.Within = l.Say("cold.within", "n", c.Reports)
		}
		for _, e := range c.Excursions {
			v.Excursions = append(v.Excursions, newExcursion(l, st, e, c.Unit))
		}
		v.curve(l, st, c)
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

// reading is one value at a time; a report over a span gives two.
type reading struct {
	at    time.Time
	value float64
	out   bool
}

// readings collects what was measured along the object's own way, in order.
func readings(st *trace.Story, kind string, limitMin, limitMax *float64) []reading {
	var out []reading
	for i := range st.Journey {
		s := &st.Journey[i]
		if s.Relation == trace.RelationInput || s.Corrected != nil || s.Damaged {
			continue
		}
		for _, r := range s.Sensors {
			v, ok := sensorValue(r)
			if r.Type != kind || !ok {
				continue
			}
			rd := reading{at: s.EventTime, value: v, out: r.Alarm || limitMax != nil && v > *limitMax || limitMin != nil && v < *limitMin}
			if r.Start != nil {
				rd.at = *r.Start
			}
			out = append(out, rd)
			if r.End != nil && r.End.After(rd.at) {
				rd.at = *r.End
				out = append(out, rd)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at.Before(out[j].at) })
	return out
}

func sensorValue(r trace.Sensor) (float64, bool) {
	for _, s := range []string{r.Value, r.Mean, r.Max, r.Min} {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return v, true
		}
	}
	return 0, false
}

func extremes(sensors []trace.Sensor) (lo, hi, unit string) {
	var min, max float64
	for _, s := range sensors {
		v, ok := sensorValue(s)
		if s.Type != "Temperature" || !ok {
			continue
		}
		if lo == "" || v < min {
			min, lo = v, strconv.FormatFloat(v, 'f', -1, 64)
		}
		if hi == "" || v > max {
			max, hi = v, strconv.FormatFloat(v, 'f', -1, 64)
		}
		unit = unitName(s)
	}
	return lo, hi, unit
}

// Size of a curve in its own units, and the longest pause drawn to scale: days without a reading would squeeze an hour
// that matters into nothing, so longer pauses are drawn as one break of this length.
const (
	chartW, chartH = 600.0, 120.0
	chartPad       = 8.0
	maxPause       = 40 * time.Minute
	breakAfter     = 3 * time.Hour
)

// curve draws the readings. The words beside it say all that it shows.
func (v *coldView) curve(l Lang, st *trace.Story, c trace.ColdChain) {
	limitMin, limitMax := number(c.LimitMin), number(c.LimitMax)
	rs := readings(st, c.Type, limitMin, limitMax)
	if len(rs) < 3 {
		return
	}
	lo, hi := rs[0].value, rs[0].value
	for _, r := range rs {
		lo, hi = min(lo, r.value), max(hi, r.value)
	}
	if limitMax != nil {
		hi = max(hi, *limitMax)
	}
	span := max(hi-lo, 1)
	lo, hi = lo-span*0.12, hi+span*0.12

	// Horizontal place of each reading, long pauses shortened.
	pos := make([]float64, len(rs))
	for i := 1; i < len(rs); i++ {
		pos[i] = pos[i-1] + min(rs[i].at.Sub(rs[i-1].at), maxPause).Seconds()
	}
	width := max(pos[len(pos)-1], 1)
	x := func(i int) float64 { return chartPad + pos[i]/width*(chartW-2*chartPad) }
	y := func(value float64) float64 { return chartH - (value-lo)/(hi-lo)*chartH }

	var b bytes.Buffer
	zone := rs[0].at.Location()
	if len(st.Journey) > 0 {
		zone = localTime(&st.Journey[len(st.Journey)-1]).Location()
	}
	v.From, v.To = l.Moment(rs[0].at.In(zone)), l.Moment(rs[len(rs)-1].at.In(zone))
	fmt.Fprintf(&b, `<svg class="curve" viewBox="0 0 %.0f %.0f" preserveAspectRatio="none" role="img" aria-label="`, chartW, chartH)
	xmlEscape(&b, l.Say("cold.chart", "type", measureName(l, c.Type), "from", v.From, "to", v.To, "min", c.Min, "max", c.Max, "unit", c.Unit))
	b.WriteString(`">`)
	if limitMax != nil {
		ly := y(*limitMax)
		fmt.Fprintf(&b, `<path class="over" d="M0 0H%.0fV%.1fH0z"/><path class="limit" d="M0 %.1fH%.0f"/>`, chartW, ly, ly, chartW)
		v.LimitText = l.Say("cold.chart.limit", "max", c.LimitMax+" "+c.Unit)
	}
	b.WriteString(`<path class="line" d="`)
	for i, r := range rs {
		cmd := "L"
		if i == 0 || r.at.Sub(rs[i-1].at) > breakAfter {
			cmd = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", cmd, x(i), y(r.value))
		if cmd == "M" && (i+1 == len(rs) || rs[i+1].at.Sub(r.at) > breakAfter) {
			b.WriteString("h.1") // a lone reading is a dot
		}
	}
	b.WriteString(`"/><path class="out" d="`)
	for i, r := range rs {
		if !r.out {
			continue
		}
		if i > 0 && rs[i-1].out && r.at.Sub(rs[i-1].at) <= breakAfter {
			fmt.Fprintf(&b, "L%.1f %.1f", x(i), y(r.value))
		} else {
			fmt.Fprintf(&b, "M%.1f %.1fh.1", x(i), y(r.value))
		}
	}
	b.WriteString(`"/></svg>`)
	v.Chart = template.HTML(b.String()) //nolint:gosec // numbers of ours and one escaped text
}

func number(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &f
}
