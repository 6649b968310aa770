package explorer

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// maxFacts is how many measurements of a step are shown at once; the others are in its details.
const maxFacts = 4

func newStep(l Lang, st *trace.Step) stepView {
	local := localTime(st)
	v := stepView{
		Trace: st, Clock: local.Format("15:04"), Time: local.Format(time.RFC3339), Signer: partyName(st.Signer.Party),
		Corrects: st.Corrects != "",
	}
	if st.Damaged {
		v.What = l.Say("step.withheld")
		v.Damaged = l.Say("step.damaged", "party", v.Signer)
	} else if st.Sealed != nil && st.BizStep == "" && st.Type == "" {
		v.What = l.Say("step.sealed")
	} else if st.BizStep == "commissioning" && st.Type == "ObjectEvent" && len(st.Quantity) > 0 {
		v.What = l.Say("step.commissioning.lot")
	} else if st.BizStep != "" {
		v.What = l.Vocabulary("step", st.BizStep)
	} else {
		v.What = l.Vocabulary("step", st.Type)
	}
	if st.Disposition != "" && telling[st.Disposition] {
		v.State = l.Vocabulary("disposition", st.Disposition)
	}
	if st.Relation != trace.RelationOwn && st.Relation != "" {
		v.Tag = l.Say("relation." + string(st.Relation))
	}
	if id, err := gs1.Parse(st.Via); err == nil && st.Via != "" {
		v.Path = id.Path()
		switch st.Relation {
		case trace.RelationInput:
			v.Tag = shortCode(id)
		case trace.RelationContainer:
			v.Tag = l.Say("relation.inside", "code", tail(shortCode(id)))
		}
	}
	if st.Place != nil {
		v.Place = placeName(l, st.Place)
	}
	if st.Late {
		v.Late = l.Say("step.late.by", "event", l.Moment(local), "record", l.Moment(st.RecordTime.In(local.Location())),
			"span", l.Minutes(int(time.Duration(st.LateBy)/time.Minute)))
	}
	if c := st.Corrected; c != nil {
		at := l.Moment(c.Declared.In(local.Location()))
		if c.Reason != "" {
			v.Withdrawn = l.Say("step.corrected", "reason", l.Vocabulary("reason-word", c.Reason), "time", at)
		} else {
			v.Withdrawn = l.Say("step.corrected.plain", "time", at)
		}
	}
	v.sealed(l, st)
	v.facts(l, st)
	v.details(l, st, local)
	return v
}

// sealed says what isn't public of a sealed record, who has it, and what its party discloses.
func (v *stepView) sealed(l Lang, st *trace.Step) {
	s := st.Sealed
	if s == nil || s.Opened {
		return
	}
	v.Sealed = l.Say("step.sealed."+s.Policy, "withheld", s.Withheld, "fields", s.Fields, "party", v.Signer)
	timed := false
	for _, f := range s.Disclosed {
		timed = timed || f.Pointer == "/eventTime"
		value := string(f.Value)
		var text string
		if json.Unmarshal(f.Value, &text) == nil {
			value = text
		}
		v.Details = append(v.Details, pair{l.Say("step.sealed.shown") + " " + f.Pointer, value})
	}
	if !timed {
		v.Sealed += l.Say("step.sealed.time")
	}
	v.Details = append(v.Details, pair{l.Say("step.sealed.fields"), l.Say("step.sealed.count", "withheld", s.Withheld, "fields", s.Fields)})
}

// telling are the dispositions that say something their business step doesn't.
var telling = map[string]bool{
	"conformant": true, "non_conformant": true, "damaged": true, "destroyed": true, "disposed": true, "expired": true,
	"recalled": true, "returned": true, "stolen": true, "non_sellable_other": true, "available": true,
	"retail_sold": true, "mismatch_class": true, "mismatch_instance": true, "mismatch_quantity": true,
	"no_pedigree_match": true, "needs_replacement": true, "unavailable": true,
}

// facts are amounts, hand-overs and measurements, the first of which are shown at once.
func (v *stepView) facts(l Lang, st *trace.Step) {
	for _, q := range st.Quantity {
		if q.Value == "" {
			continue
		}
		name := ""
		if q.Role == trace.RoleInput || q.Role == trace.RoleOutput {
			name = l.Say("role." + string(q.Role))
		}
		what := amount(q.Value, q.UOM)
		if q.Name != nil && q.Name.Text != "" {
			what += " " + q.Name.Text
		}
		if id, err := gs1.Parse(q.Class); err == nil && id.Lot() != "" && q.Class != st.Via {
			what += " " + id.Lot()
		}
		v.put(name, what)
	}
	for _, c := range st.Counterparts {
		if c.Direction != "destination" || c.Type == "location" || c.Party != nil && c.Party.Address == st.Signer.Party.Address {
			continue // it keeps what it has
		}
		v.put(l.Vocabulary("transfer", c.Direction+"."+c.Type), counterpart(l, c))
	}
	temps := 0
	for _, s := range st.Sensors {
		if s.Alarm {
			v.Alarm = true
		}
		if s.Type == "Temperature" {
			temps++
		}
	}
	for _, s := range st.Sensors {
		if s.Type == "Temperature" && temps > 2 {
			continue // a curve, drawn once for the whole journey
		}
		v.put(measureName(l, s.Type), measured(s))
	}
	if temps > 2 {
		lo, hi, unit := extremes(st.Sensors)
		v.put(l.Say("measure.Temperature"), l.Say("cold.range", "min", lo, "max", hi, "unit", unit))
	}
}

// put adds a fact where there is room, else a detail.
func (v *stepView) put(name, value string) {
	if value == "" {
		return
	}
	if len(v.Facts) < maxFacts {
		v.Facts = append(v.Facts, pair{name, value})
	} else {
		v.Details = append(v.Details, pair{name, value})
	}
}

// details are everything else a record says, and where on the ledger it is.
func (v *stepView) details(l Lang, st *trace.Step, local time.Time) {
	add := func(name, value string) {
		if value != "" {
			v.Details = append(v.Details, pair{name, value})
		}
	}
	for _, f := range st.Facts {
		add(attributeName(l, f.Name), attributeValue(l, f.Value))
	}
	for _, d := range st.Documents {
		add(l.Vocabulary("document", d.Type), d.ID)
	}
	for _, c := range st.Certifications {
		add(l.Say("step.certified"), c)
	}
	if st.Ahead {
		add("", l.Say("step.ahead"))
	}
	if st.SameID != "" {
		add("", l.Say("step.same-event-id", "cursor", st.SameID))
	}
	for _, w := range st.Witnesses {
		add("", l.Say("step.witness", "party", partyName(w.Signer.Party)))
	}
	signer := v.Signer
	if st.Signer.Agent != 0 {
		signer = l.Say("step.agent", "party", v.Signer, "agent", st.Signer.Agent)
	}
	add(l.Say("step.signed"), signer)
	add(l.Say("step.recorded"), l.Moment(st.RecordTime.In(local.Location())))
	if st.Sealed == nil || st.Sealed.Opened {
		add(l.Say("step.event"), st.EventID)
	}
	if st.Ledger.Height != 0 {
		add(l.Say("step.block"), st.Ledger.Cursor+" · "+st.Ledger.Tx.Hex())
	}
}

func counterpart(l Lang, c trace.Counterpart) string {
	switch {
	case c.Party != nil:
		return partyName(*c.Party)
	case c.Place != nil:
		return placeName(l, c.Place)
	}
	return c.ID
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

// shortCode is the part of an identifier a reader tells things apart by.
func shortCode(id gs1.ID) string {
	if s := id.Serial(); s != "" {
		return s
	}
	if s := id.Lot(); s != "" {
		return s
	}
	return id.Value()
}

// tail is the end of a long code, which is what people compare.
func tail(code string) string {
	if len(code) <= 10 {
		return code
	}
	return "…" + code[len(code)-6:]
}

func measureName(l Lang, kind string) string {
	if s, ok := l.say("measure." + kind); ok {
		return s
	}
	if i := strings.LastIndexAny(kind, "/#:"); i >= 0 {
		if s, ok := l.say("measure." + kind[i+1:]); ok {
			return s
		}
	}
	return plainName(kind)
}

func attributeName(l Lang, name string) string {
	last := name
	if i := strings.LastIndexAny(name, "/#:"); i >= 0 {
		last = name[i+1:]
	}
	if s, ok := l.say("attribute." + last); ok {
		return s
	}
	return plainName(name)
}

func attributeValue(l Lang, v string) string {
	if d := l.Date(v); d != v {
		return d
	}
	return inLang(l, v)
}

// measured writes a report: a value, or a range with its mean.
func measured(s trace.Sensor) string {
	unit := unitName(s)
	if unit != "" && unit != "%" {
		unit = " " + unit
	}
	switch {
	case s.Value != "":
		return s.Value + unit
	case s.Min != "" && s.Max != "":
		return s.Min + "–" + s.Max + unit
	case s.Mean != "":
		return s.Mean + unit
	case s.Max != "":
		return "≤ " + s.Max + unit
	case s.Min != "":
		return "≥ " + s.Min + unit
	}
	return ""
}

func unitName(s trace.Sensor) string {
	if s.Unit == "pH" {
		return "" // its name says it
	}
	if s.Unit != "" {
		return s.Unit
	}
	return unitSign(s.UOM)
}

// units are the UN/ECE Recommendation 20 codes seen most in food, with their signs.
var units = map[string]string{
	"CEL": "°C", "FAH": "°F", "KEL": "K", "P1": "%", "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "L", "MLT": "ml",
	"MTR": "m", "CMT": "cm", "MMT": "mm", "SEC": "s", "MIN": "min", "HUR": "h", "BAR": "bar", "PAL": "Pa", "KPA": "kPa",
	"M1": "mg/L", "GL": "g/L", "MQH": "m³/h", "J18": "°Bx", "Q30": "", "EA": "", "C62": "", "H87": "", "LUX": "lx",
	"KMH": "km/h", "A23": "g", "A86": "GHz", "DD": "°",
	"NEW": "N", "MTK": "m²", "4H": "µm", "59": "ppm", "K14": "G",
}

func unitSign(uom string) string {
	if sign, ok := units[uom]; ok {
		return sign
	}
	return uom
}

func amount(value, uom string) string {
	if value == "" {
		return ""
	}
	if sign := unitSign(uom); sign != "" {
		return value + " " + sign
	}
	return value + " ×"
}
