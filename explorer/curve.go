package explorer

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/suyuan-ledger/suyuan/trace"
)

// Size of a curve in its own units, and the longest pause drawn to scale: days without a reading would squeeze an hour
// that matters into nothing, so longer pauses are drawn as one break of this length.
const (
	chartW, chartH = 600.0, 120.0
	chartPad       = 8.0
	maxPause       = 40 * time.Minute
	breakAfter     = 3 * time.Hour
	chartColumns   = 200 // of more readings only the lowest and highest in each column are drawn
	maxColdRows    = 60
)

// sample is one corner of the curve.
type sample struct {
	x, low, high float64
	out          bool
	gap          bool // a pause lies before it
}

// curve draws the readings with their limits. The table beside it says all that it shows.
func (v *coldView) curve(l Lang, st *trace.Story, c trace.ColdChain) {
	if len(c.Readings) < 3 {
		return
	}
	list := samples(c.Readings)
	limitMin, limitMax := number(c.LimitMin), number(c.LimitMax)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range list {
		lo, hi = min(lo, s.low), max(hi, s.high)
	}
	if limitMax != nil {
		hi = max(hi, *limitMax)
	}
	if limitMin != nil {
		lo = min(lo, *limitMin)
	}
	span := max(hi-lo, 1)
	lo, hi = lo-span*0.14, hi+span*0.14
	y := func(value float64) float64 { return chartH - (value-lo)/(hi-lo)*chartH }

	first, last := c.Readings[0], c.Readings[len(c.Readings)-1]
	zone := journeyZone(st)
	v.From, v.To = l.Moment(first.Start.In(zone)), l.Moment(last.End.In(zone))
	var b bytes.Buffer
	b.WriteString(`<svg class="curve" role="img" aria-label="`)
	xmlEscape(&b, l.Say("cold.chart", "type", measureName(l, c.Type), "from", v.From, "to", v.To, "min", c.Min, "max", c.Max, "unit", c.Unit))
	fmt.Fprintf(&b, `"><svg width="100%%" height="100%%" viewBox="0 0 %.0f %.0f" preserveAspectRatio="none">`, chartW, chartH)
	if limitMax != nil {
		ly := y(*limitMax)
		fmt.Fprintf(&b, `<path class="over" d="M0 0H%.0fV%.1fH0z"/><path class="limit" d="M0 %.1fH%.0f"/>`, chartW, ly, ly, chartW)
	}
	if limitMin != nil {
		ly := y(*limitMin)
		fmt.Fprintf(&b, `<path class="over" d="M0 %.0fH%.0fV%.1fH0z"/><path class="limit" d="M0 %.1fH%.0f"/>`, chartH, chartW, ly, ly, chartW)
	}
	for i, s := range list {
		if s.gap {
			fmt.Fprintf(&b, `<path class="gap" d="M%.1f 0V%.0f"/>`, (list[i-1].x+s.x)/2, chartH)
		}
	}
	dots(&b, list, y)
	line(&b, "line", list, y, func(sample) bool { return true })
	line(&b, "out", list, y, func(s sample) bool { return s.out })
	b.WriteString(`</svg>`)
	// Words stand outside of the stretched drawing, so that they stay letters.
	for _, limit := range []struct {
		at   *float64
		text string
		key  string
		dy   string
	}{{limitMax, c.LimitMax, "cold.chart.limit", "-.4em"}, {limitMin, c.LimitMin, "cold.chart.limit.min", "-.4em"}} {
		if limit.at != nil {
			fmt.Fprintf(&b, `<text class="limit-text" x="8" y="%.1f%%" dy="%s">`, y(*limit.at)/chartH*100, limit.dy)
			xmlEscape(&b, l.Say(limit.key, "max", limit.text+" "+c.Unit))
			b.WriteString(`</text>`)
		}
	}
	b.WriteString(`</svg>`)
	v.Chart = template.HTML(b.String()) //nolint:gosec // numbers of ours and escaped texts
}

// line draws the corners that are in, with a break at every pause; a lone one is a dot.
func line(b *bytes.Buffer, class string, list []sample, y func(float64) float64, in func(sample) bool) {
	fmt.Fprintf(b, `<path class="%s" d="`, class)
	for i, s := range list {
		if !in(s) {
			continue
		}
		middle := y((s.low + s.high) / 2)
		switch {
		case i > 0 && !s.gap && in(list[i-1]):
			fmt.Fprintf(b, "L%.1f %.1f", s.x, middle)
		default:
			fmt.Fprintf(b, "M%.1f %.1f", s.x, middle)
			if i+1 == len(list) || list[i+1].gap || !in(list[i+1]) {
				b.WriteString("h.1")
			}
		}
		if s.high > s.low {
			fmt.Fprintf(b, "M%.1f %.1fV%.1fM%.1f %.1f", s.x, y(s.low), y(s.high), s.x, middle)
		}
	}
	b.WriteString(`"/>`)
}

// dots marks the readings that stand alone between two pauses.
func dots(b *bytes.Buffer, list []sample, y func(float64) float64) {
	b.WriteString(`<path class="dot" d="`)
	for i, s := range list {
		if (i == 0 || s.gap) && (i+1 == len(list) || list[i+1].gap) {
			fmt.Fprintf(b, "M%.1f %.1fh.1", s.x, y((s.low+s.high)/2))
		}
	}
	b.WriteString(`"/>`)
}

// samples places the readings from left to right, long pauses shortened, and thins them where there are more than can
// be seen. A reading over a span has two corners.
func samples(readings []trace.Reading) []sample {
	var list []sample
	var x float64
	var before time.Time
	for i, r := range readings {
		low, high := number(r.Low), number(r.High)
		if low == nil || high == nil {
			continue
		}
		pause := r.Start.Sub(before)
		if i == 0 || len(list) == 0 {
			pause = 0
		}
		x += max(min(pause, maxPause), 0).Seconds()
		s := sample{x: x, low: *low, high: *high, out: r.Out, gap: len(list) > 0 && pause > breakAfter}
		list = append(list, s)
		if before = r.Start; r.End.After(r.Start) {
			x += min(r.End.Sub(r.Start), breakAfter).Seconds()
			s.x, s.gap = x, false
			list = append(list, s)
			before = r.End
		}
	}
	width := max(x, 1)
	for i := range list {
		list[i].x = chartPad + list[i].x/width*(chartW-2*chartPad)
	}
	if len(list) <= 2*chartColumns {
		return list
	}
	var thin []sample
	for _, s := range list {
		column := math.Floor(s.x / chartW * chartColumns)
		if n := len(thin); n > 0 && !s.gap && math.Floor(thin[n-1].x/chartW*chartColumns) == column {
			t := &thin[n-1]
			t.low, t.high, t.out = min(t.low, s.low), max(t.high, s.high), t.out || s.out
			continue
		}
		thin = append(thin, s)
	}
	return thin
}

// journeyZone is the time zone of the last step.
func journeyZone(st *trace.Story) *time.Location {
	if n := len(st.Journey); n > 0 {
		return localTime(&st.Journey[n-1]).Location()
	}
	return time.UTC
}

// table lists the readings, or, where they are many, what each record read.
func (v *coldView) table(l Lang, st *trace.Story, c trace.ColdChain) {
	where := make(map[string]string)
	zones := make(map[string]*time.Location)
	for i := range st.Journey {
		s := &st.Journey[i]
		if zones[s.EventID] == nil && s.Corrected == nil {
			zones[s.EventID] = localTime(s).Location()
			if p := s.Place; p != nil {
				where[s.EventID] = placeName(l, p)
			}
		}
	}
	type run struct {
		trace.Reading
		low, high float64
		end       time.Time
	}
	var runs []run
	for _, r := range c.Readings {
		low, high := number(r.Low), number(r.High)
		if low == nil || high == nil {
			continue
		}
		if n := len(runs); n > 0 && len(c.Readings) > maxColdRows && runs[n-1].EventID == r.EventID {
			p := &runs[n-1]
			if *low < p.low {
				p.low, p.Low = *low, r.Low
			}
			if *high > p.high {
				p.high, p.High = *high, r.High
			}
			p.end, p.Out = r.End, p.Out || r.Out
			continue
		}
		runs = append(runs, run{r, *low, *high, r.End})
	}
	for i, r := range runs {
		if i == maxColdRows {
			v.Left = len(runs) - i
			break
		}
		zone := zones[r.EventID]
		if zone == nil {
			zone = time.UTC
		}
		row := coldRow{Time: l.Moment(r.Start.In(zone)), Value: r.Low + " " + c.Unit, Where: where[r.EventID], Out: r.Out}
		if r.end.After(r.Start) {
			row.Time += "–" + r.end.In(zone).Format("15:04")
		}
		if r.High != r.Low {
			row.Value = r.Low + "–" + r.High + " " + c.Unit
		}
		v.Rows = append(v.Rows, row)
	}
}
