package explorer

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// scanView is a story in the reader's words, ready for the template.
type scanView struct {
	Story      *trace.Story
	ID         gs1.ID
	Title      string // of the page and its link preview
	Name       string // product name, or the code
	Declared   bool   // Name was declared
	Preview    string
	Recalls    []recallView // active ones
	Lifted     []recallView
	Compare    []compareRow
	Codes      []pair
	More       []pair // declared attributes
	MoreBy     string // who declared them
	Record     verdictView
	Unit       verdictView
	Cold       []coldView
	Map        *mapView // nil where no step has coordinates
	Claims     []claimView
	Expected   *expectedView
	Counted    bool          // scans are counted, and the first gap says how many
	Code       template.HTML // the QR code, as a drawing
	Link       string        // the address in it
	Origins    []chapter     // steps of what the object was made of
	OriginsSum string        // how many, by whom
	Own        []chapter     // its own steps, its lot's and its containers'
	Inputs     []inputView
	Notes      []stepView
	Contents   []contentView
	MoreIn     int // contents not listed
	Sum        string
	Path       string // of the page
	QR         string // path of the QR image, without extension
}

type pair struct{ Name, Value string }

type compareRow struct {
	Name, Value string
	Mono        bool   // a code to be read character by character
	Printed     string // what the link says, if it differs
}

type verdictView struct {
	State   string // word of the state, for the style
	Title   string
	Reasons []string
	Not     []string // what it doesn't prove
}

type recallView struct {
	Title, By, Scope, Reason, Instructions string

	Leaf string // commitment of its leaf
}

type contentView struct {
	Path, Code, Amount string
	Possible           bool
}

type inputView struct {
	Path, Name, Lot, Amount, Place, By string
	Depth                              int
	Recalled                           bool
}

// chapter is a run of steps signed by one organisation.
type chapter struct {
	Party     string
	Suspended bool
	Span      string // dates
	Steps     []stepView
}

type stepView struct {
	N         int // its number in the journey; 0 for a note
	Trace     *trace.Step
	Day       string // set where the day differs from the step before
	Clock     string
	Time      string // machine-readable, with offset
	What      string
	State     string // disposition in words; empty where it says nothing new
	Tag       string // relation to the object, empty for its own
	Place     string
	Facts     []pair // shown at once
	Details   []pair // shown on demand
	Late      string
	Withdrawn string // set for a corrected step: who said why
	Corrects  bool
	Damaged   string
	Sealed    string // set where the body isn't public: what is withheld, and who has it
	Alarm     bool
	Signer    string
	Path      string // scan page of the object through which the step belongs here
}

// Unseen says that the unit may have been registered in a list that this node can't look into.
func (v *scanView) Unseen() bool {
	return v.Story.Listing != nil && v.Story.Listing.State == trace.ListingClosed
}

// newScanView puts a story into words.
func newScanView(l Lang, st *trace.Story, id gs1.ID) *scanView {
	v := &scanView{Story: st, ID: id, Path: id.FullPath(), QR: "/qr" + id.FullPath()}
	v.Name = id.ElementString()
	v.Title = l.Say("title.code", "code", v.Name)
	if n := st.Identity.Name; n != nil && n.Text != "" {
		v.Name, v.Declared = n.Text, true
		v.Title = l.Say("title.scan", "name", n.Text)
	}
	v.identity(l)
	for _, r := range st.Recalls {
		if r.Active {
			v.Recalls = append(v.Recalls, newRecall(l, r))
		} else {
			v.Lifted = append(v.Lifted, newRecall(l, r))
		}
	}
	v.Record = verdictView{State: slug(string(st.Record.State)), Title: l.Say("record." + string(st.Record.State)),
		Reasons: reasons(l, st.Record.Reasons)}
	v.Unit = verdictView{State: slug(string(st.Unit.State)), Title: l.Say("unit." + string(st.Unit.State)),
		Reasons: reasons(l, st.Unit.Reasons), Not: reasons(l, st.Unit.NotProven)}
	v.Cold = newCold(l, st)
	v.journey(l)
	for _, in := range st.Inputs {
		v.Inputs = append(v.Inputs, newInput(l, in))
	}
	for i := range st.Notes.Latest {
		v.Notes = append(v.Notes, newStep(l, &st.Notes.Latest[i]))
	}
	v.contents(l)
	v.Map = newMap(l, st)
	for _, c := range st.Claims {
		v.Claims = append(v.Claims, newClaim(l, c))
	}
	v.Expected = newExpected(l, st)
	if st.Shown >= st.Records {
		v.Sum = l.Say("sum.all", "n", st.Records)
	} else {
		v.Sum = l.Say("sum.some", "n", st.Records, "shown", st.Shown)
	}
	v.Preview = l.Say("preview.scan", "n", st.Records, "parties", countParties(st), "record", v.Record.Title,
		"unit", v.Unit.Title)
	return v
}

// identity fills what to compare on the pack, the codes and the declared facts.
func (v *scanView) identity(l Lang) {
	d := &v.Story.Identity
	value := map[string]string{"lot": d.Lot, "serial": d.Serial, "expiry": l.Date(d.Expiry),
		"bestBefore": l.Date(d.BestBefore), "production": l.Date(d.Production)}
	printed := map[string]string{}
	if p := d.Printed.Lot; p != "" && d.Lot != "" && p != d.Lot {
		printed["lot"] = p
	}
	if p := d.Printed.Expiry; p != "" && d.Expiry != "" && p != d.Expiry {
		printed["expiry"] = l.Date(p)
	}
	if p := d.Printed.BestBefore; p != "" && d.BestBefore != "" && p != d.BestBefore {
		printed["bestBefore"] = l.Date(p)
	}
	listed := map[string]bool{}
	for _, field := range d.Compare {
		if value[field] == "" || listed[field] {
			continue
		}
		listed[field] = true
		v.Compare = append(v.Compare, compareRow{Name: l.Say("compare." + field), Value: value[field],
			Mono: field == "lot" || field == "serial", Printed: printed[field]})
	}
	for _, field := range []string{"lot", "serial", "expiry", "bestBefore", "production"} {
		if value[field] != "" && !listed[field] {
			v.Codes = append(v.Codes, pair{l.Say("compare." + field), value[field]})
		}
	}
	for _, c := range []pair{{"gtin", d.GTIN}, {"sscc", d.SSCC}, {"code", d.Code}} {
		if c.Value != "" {
			v.Codes = append(v.Codes, pair{l.Say("compare." + c.Name), c.Value})
		}
	}
	var by []string
	told := map[string]bool{v.Name: true} // once is enough
	for _, f := range value {
		told[f] = true
	}
	for _, a := range d.Attributes {
		if told[attributeValue(l, a.Value)] {
			continue
		}
		v.More = append(v.More, pair{attributeName(l, a.Name), attributeValue(l, a.Value)})
		if a.DeclaredBy != nil && !slices.Contains(by, partyName(*a.DeclaredBy)) {
			by = append(by, partyName(*a.DeclaredBy))
		}
	}
	if len(by) > 0 {
		v.MoreBy = l.Say("identity.declared", "parties", l.List(by))
	}
}

// journey splits the steps into what the object was made of and its own way, and into runs of one signer.
func (v *scanView) journey(l Lang) {
	for i := range v.Story.Journey {
		st := &v.Story.Journey[i]
		into := &v.Own
		if st.Relation == trace.RelationInput {
			into = &v.Origins
		}
		step := newStep(l, st)
		step.N = i + 1
		party := partyName(st.Signer.Party)
		n := len(*into)
		if n == 0 || (*into)[n-1].Party != party {
			*into = append(*into, chapter{Party: party, Suspended: st.Signer.Party.Suspended})
			n++
		}
		ch := &(*into)[n-1]
		day := l.Date(localTime(st))
		if len(ch.Steps) == 0 || day != lastDay(ch.Steps) {
			step.Day = day
		}
		ch.Steps = append(ch.Steps, step)
	}
	steps, seen, names := 0, map[string]bool{}, []string(nil)
	for _, ch := range v.Origins {
		steps += len(ch.Steps)
		if !seen[ch.Party] {
			seen[ch.Party] = true
			names = append(names, ch.Party)
		}
	}
	if steps > 0 {
		v.OriginsSum = l.Say("chapter.origin.sum", "n", steps, "names", l.List(names))
	}
}

func lastDay(steps []stepView) string {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Day != "" {
			return steps[i].Day
		}
	}
	return ""
}

// maxContents is how many contents of a container a page lists.
const maxContents = 24

func (v *scanView) contents(l Lang) {
	for i, m := range v.Story.Contents {
		if i == maxContents {
			v.MoreIn = len(v.Story.Contents) - i
			break
		}
		c := contentView{Possible: m.Possible, Code: m.ID, Amount: amount(m.Quantity, m.UOM)}
		if id, err := gs1.Parse(m.ID); err == nil {
			c.Path, c.Code = id.Path(), id.ElementString()
		}
		v.Contents = append(v.Contents, c)
	}
}

func newRecall(l Lang, r trace.Recall) recallView {
	party := partyName(r.Step.Signer.Party)
	v := recallView{
		Leaf:         r.Step.Ledger.Commitment.Hex(),
		Title:        l.Say("recall.title"),
		By:           l.Say("recall.by", "party", party, "date", l.Moment(localTime(&r.Step))),
		Scope:        l.Say("recall.scope." + string(r.Level)),
		Reason:       inLang(l, r.Reason),
		Instructions: inLang(l, r.Instructions),
	}
	if r.Level == trace.RelationInput {
		v.Title = l.Say("recall.title.input")
	}
	if v.Instructions == "" {
		v.Instructions = l.Say("recall.default", "party", party)
	}
	if r.Lifted != nil {
		v.Title = l.Say("recall.lifted", "party", party, "date", l.Date(*r.Lifted))
	}
	return v
}

func newInput(l Lang, in trace.Upstream) inputView {
	v := inputView{Name: in.Code, Lot: in.Lot, Amount: amount(in.Quantity, in.UOM), Depth: in.Depth, Recalled: in.Recalled}
	if in.Name != nil && in.Name.Text != "" {
		v.Name = in.Name.Text
	}
	if id, err := gs1.Parse(in.ID); err == nil {
		v.Path = id.Path()
	}
	if in.Origin != nil {
		v.Place = placeName(l, in.Origin)
	}
	if in.By != nil {
		v.By = partyName(*in.By)
	} else {
		v.By = l.Say("origins.unrecorded")
	}
	return v
}

// reasons puts verdict reasons into words. A code this catalogue doesn't know keeps the English of its source.
func reasons(l Lang, rs []trace.Reason) []string {
	out := make([]string, 0, len(rs))
	for _, r := range rs {
		key := "reason." + string(r.Code)
		if _, ok := catalogue[key]; !ok {
			out = append(out, r.Text)
			continue
		}
		var args []any
		for name, v := range r.Args {
			switch name {
			case "date", "printed", "recorded":
				v = l.Date(v)
			}
			args = append(args, name, v)
		}
		out = append(out, l.Say(key, args...))
	}
	return out
}

// inLang picks the reader's half of a text written "中文 / English", as senders without a language tag do. Any other
// text is given whole.
func inLang(l Lang, s string) string {
	zh, en, ok := strings.Cut(s, " / ")
	if !ok || !hasHan(zh) || hasHan(en) {
		return s
	}
	if l == ZH {
		return zh
	}
	return en
}

func hasHan(s string) bool {
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fff {
			return true
		}
	}
	return false
}

func partyName(p trace.Party) string {
	if p.Name != "" {
		return p.Name
	}
	a := p.Address.Hex()
	return a[:8] + "…" + a[len(a)-4:]
}

// placeName is the declared name of a place and its city, or its code.
func placeName(l Lang, p *trace.Place) string {
	name := p.Code
	if p.Name != nil && p.Name.Text != "" {
		name = p.Name.Text
	}
	if p.City != "" && !strings.Contains(name, p.City) {
		name += l.Say("comma") + p.City
	}
	return name
}

func localTime(s *trace.Step) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, s.Local); err == nil {
		return t
	}
	return s.EventTime
}

func countParties(st *trace.Story) int {
	seen := map[any]bool{}
	for i := range st.Journey {
		seen[st.Journey[i].Signer.Party.Address] = true
	}
	return len(seen)
}

// slug makes a class name of a state.
func slug(s string) string { return strings.ReplaceAll(s, " ", "-") }

// xmlEscape writes s with the characters XML gives a meaning to escaped.
func xmlEscape(w interface{ WriteString(string) (int, error) }, s string) {
	_, _ = w.WriteString(template.HTMLEscapeString(s))
}
