package trace

import (
	"sort"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// measures are the kinds of measurement summed up over a journey, and the unit they are shown in.
var measures = []struct {
	kind, unit, minimum, maximum string
}{
	{"Temperature", "°C", "minimumTemperature", "maximumTemperature"},
	{"RelativeHumidity", "%", "minimumHumidity", "maximumHumidity"},
}

// maxGap is how long one spot reading speaks for the time after it: until the next one, but no longer than this.
const maxGap = 2 * time.Hour

// reading is one report in the unit of its measure.
type reading struct {
	start, end time.Time
	spot       bool // taken at one moment
	low, high  apd.Decimal
	mean       *apd.Decimal // nil if none was reported
	alarm      bool
	st         *step
}

// readColdChain sums up what sensors said of the object, its lot and its containers. What an input went through before
// it became this product has other limits and is not counted.
func (s *telling) readColdChain() error {
	for _, m := range measures {
		var list []reading
		for _, st := range s.byTime() {
			if st.event == nil || st.source.relation == RelationInput || st.struck {
				continue
			}
			for _, el := range st.event.SensorElements {
				for _, r := range el.Reports {
					if r.Type == m.kind {
						if rd, ok := readingOf(el.Metadata, r, st); ok {
							list = append(list, rd)
						}
					}
				}
			}
		}
		if len(list) > 0 {
			s.story.ColdChain = append(s.story.ColdChain, s.sumUp(list, m.kind, m.unit, m.minimum, m.maximum))
		}
	}
	return nil
}

func readingOf(meta epcis.SensorMetadata, r epcis.SensorReport, st *step) (rd reading, ok bool) {
	rd = reading{st: st, alarm: r.Exception == "ALARM_CONDITION"}
	low, high := first(r.MinValue, r.Value, r.MeanValue), first(r.MaxValue, r.Value, r.MeanValue)
	if low == "" {
		low = high
	}
	if high == "" {
		high = low
	}
	if !toUnit(&rd.low, low, r.UOM) || !toUnit(&rd.high, high, r.UOM) {
		return rd, false
	}
	if mean := new(apd.Decimal); r.MeanValue != "" && toUnit(mean, r.MeanValue, r.UOM) {
		rd.mean = mean
	}
	switch {
	case !r.Time.IsZero():
		rd.start, rd.end, rd.spot = r.Time, r.Time, true
	case !meta.StartTime.IsZero() && !meta.EndTime.IsZero() && !meta.EndTime.Before(meta.StartTime):
		rd.start, rd.end = meta.StartTime, meta.EndTime
	case !meta.Time.IsZero():
		rd.start, rd.end, rd.spot = meta.Time, meta.Time, true
	default:
		rd.start, rd.end, rd.spot = st.event.EventTime, st.event.EventTime, true
	}
	return rd, true
}

// decimals is the precision of conversions between units: enough for whatever number a capture accepts.
var decimals = apd.BaseContext.WithPrecision(60)

// toUnit reads a number and converts it to the unit of its measure (degrees Celsius, per cent).
func toUnit(out *apd.Decimal, text, uom string) bool {
	if _, _, err := out.SetString(text); err != nil || out.Form != apd.Finite || out.Exponent > 40 || out.Exponent < -200 {
		return false // no capture accepts it; a party that writes to the ledger by itself may send anything
	}
	_, err := decimals.Round(out, out)
	if err != nil {
		return false
	}
	switch uom {
	case "FAH": // (x - 32) * 5 / 9
		if _, err = decimals.Sub(out, out, apd.New(32, 0)); err == nil {
			if _, err = decimals.Mul(out, out, apd.New(5, 0)); err == nil {
				_, err = decimals.Quo(out, out, apd.New(9, 0))
			}
		}
		if err == nil {
			_, err = decimals.Quantize(out, out, -1)
		}
	case "KEL":
		_, err = decimals.Sub(out, out, apd.New(27315, -2))
	}
	return err == nil
}

// sumUp makes the line of one measure.
func (s *telling) sumUp(list []reading, kind, unit, minimum, maximum string) ColdChain {
	sort.SliceStable(list, func(i, j int) bool { return list[i].start.Before(list[j].start) })
	line := ColdChain{Type: kind, Unit: unit, Reports: len(list), Excursions: []Excursion{}, Readings: []Reading{}}
	line.kinetic(list)
	var limitMin, limitMax *apd.Decimal
	line.LimitMin, line.LimitMax, line.LimitsBy = s.limits(minimum, maximum)
	limitMin, limitMax = decimal(line.LimitMin), decimal(line.LimitMax)
	low, high := list[0].low, list[0].high
	var open *Excursion
	var peak apd.Decimal
	for i, r := range list {
		if r.low.Cmp(&low) < 0 {
			low = r.low
		}
		if r.high.Cmp(&high) > 0 {
			high = r.high
		}
		worst, out := r.out(limitMin, limitMax)
		if len(line.Readings) < MaxReadings {
			line.Readings = append(line.Readings, Reading{Start: r.start.UTC(), End: r.end.UTC(), Low: r.low.Text('f'),
				High: r.high.Text('f'), Out: out, EventID: r.st.EventID})
		}
		if !out {
			if open != nil && r.start.After(open.End) && r.start.Sub(open.End) <= maxGap && r.spot && list[i-1].spot {
				open.End = r.start // it was out until this reading
			}
			open = nil
			continue
		}
		if open != nil && !r.start.After(open.End.Add(maxGap)) && (r.spot && list[i-1].spot || !r.start.After(open.End)) {
			if r.end.After(open.End) {
				open.End = r.end
			}
			if farther(&worst, &peak, limitMin, limitMax) {
				peak = worst
				open.Peak = peak.Text('f')
			}
			continue
		}
		line.Excursions = append(line.Excursions, Excursion{Start: r.start.UTC(), End: r.end.UTC(), Peak: worst.Text('f'),
			Local:   r.start.In(r.st.event.Offset()).Format("2006-01-02T15:04:05-07:00"),
			EventID: r.st.EventID, Place: r.st.Place, By: r.st.Signer.Party})
		open, peak = &line.Excursions[len(line.Excursions)-1], worst
	}
	for i := range line.Excursions {
		x := &line.Excursions[i]
		x.End = x.End.UTC()
		x.Minutes = int((x.End.Sub(x.Start) + 30*time.Second) / time.Minute)
		line.Minutes += x.Minutes
		x.AcceptedBy = s.acceptance(x)
	}
	line.Min, line.Max = low.Text('f'), high.Text('f')
	return line
}

// out says whether a reading is outside the limits, or flagged by its device where there are none, and its worst value.
func (r *reading) out(limitMin, limitMax *apd.Decimal) (worst apd.Decimal, out bool) {
	switch {
	case limitMax != nil && r.high.Cmp(limitMax) > 0:
		return r.high, true
	case limitMin != nil && r.low.Cmp(limitMin) < 0:
		return r.low, true
	case limitMin == nil && limitMax == nil && r.alarm:
		return r.high, true
	}
	return r.high, false
}

// farther says that a lies farther outside of the limits than b.
func farther(a, b, limitMin, limitMax *apd.Decimal) bool {
	return distance(a, limitMin, limitMax).Cmp(distance(b, limitMin, limitMax)) > 0
}

func distance(x, limitMin, limitMax *apd.Decimal) *apd.Decimal {
	var d apd.Decimal
	switch {
	case limitMax != nil && x.Cmp(limitMax) > 0:
		_, _ = decimals.Sub(&d, x, limitMax)
	case limitMin != nil && x.Cmp(limitMin) < 0:
		_, _ = decimals.Sub(&d, limitMin, x)
	case limitMin == nil && limitMax == nil:
		d.Set(x)
	}
	return &d
}

func decimal(text string) *apd.Decimal {
	d, _, err := apd.NewFromString(text)
	if err != nil || d.Form != apd.Finite {
		return nil
	}
	return d
}

// limits are those declared for the product, or for the very lot or unit.
func (s *telling) limits(minimum, maximum string) (low, high string, by *Party) {
	ids := []gs1.ID{s.id}
	if !s.lot.IsZero() {
		ids = append(ids, s.lot)
	}
	if class, ok := s.id.Class(); ok {
		ids = append(ids, class)
	}
	for _, id := range ids {
		for _, d := range s.declared(id.String()) {
			low, _ = attribute(d.Attributes, "", minimum)
			high, _ = attribute(d.Attributes, "", maximum)
			if decimal(low) == nil {
				low = ""
			}
			if decimal(high) == nil {
				high = ""
			}
			if low != "" || high != "" {
				p := s.party(d.Party)
				return low, high, &p
			}
		}
	}
	return "", "", nil
}

// acceptance is the first event after an excursion in which another party took the goods over as conformant.
func (s *telling) acceptance(x *Excursion) *EventRef {
	for _, st := range s.byTime() {
		if st.event == nil || st.struck || st.source.relation == RelationInput || st.rec.Party == x.By.Address ||
			!st.event.EventTime.After(x.End) {
			continue
		}
		if st.event.BizStep == "accepting" || st.event.BizStep == "receiving" && st.event.Disposition == "conformant" {
			return &EventRef{ID: st.rec.ID(), Time: st.event.EventTime}
		}
	}
	return nil
}

// sensorOf sums up one report for a step.
func sensorOf(meta epcis.SensorMetadata, r epcis.SensorReport) Sensor {
	out := Sensor{
		Type: r.Type, Value: first(r.Value, r.StringValue, r.PercValue), Min: r.MinValue, Max: r.MaxValue, Mean: r.MeanValue,
		UOM: r.UOM, Unit: units[r.UOM], Alarm: r.Exception == "ALARM_CONDITION", Device: first(r.DeviceID, meta.DeviceID),
	}
	if out.Value == "" && r.BooleanValue != nil {
		out.Value = map[bool]string{true: "true", false: "false"}[*r.BooleanValue]
	}
	start, end := meta.StartTime, meta.EndTime
	if t := r.Time; !t.IsZero() {
		start, end = t, time.Time{}
	} else if start.IsZero() {
		start = meta.Time
	}
	if !start.IsZero() {
		out.Start = &start
	}
	if !end.IsZero() {
		out.End = &end
	}
	return out
}

// units are the symbols of some UN/CEFACT Recommendation 20 codes.
var units = map[string]string{
	"CEL": "°C", "FAH": "°F", "KEL": "K", "P1": "%", "A93": "g/m³", "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "l",
	"MLT": "ml", "MTQ": "m³", "MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km", "SEC": "s", "MIN": "min", "HUR": "h",
	"DAY": "d", "PAL": "Pa", "HPA": "hPa", "KPA": "kPa", "BAR": "bar", "LUX": "lx", "MTS": "m/s", "K14": "G", "WTT": "W",
	"KWH": "kWh", "VLT": "V", "AMP": "A", "HTZ": "Hz", "DD": "°", "NEW": "N", "MTK": "m²", "4H": "µm", "Q30": "pH", "59": "ppm", "H87": "", "EA": "",
}
