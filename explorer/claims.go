package explorer

import (
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// claimView is a certificate or report in words, with what it rests on.
type claimView struct {
	Title, Grade, How string
	Class             string // of the grade, for the style
	ID                string
	Facts             []pair
	Revoked           bool
}

func newClaim(l Lang, c trace.Claim) claimView {
	v := claimView{Title: l.Say("claim." + string(c.Kind)), Grade: l.Say("grade." + string(c.Grade)), ID: c.ID,
		Class: string(c.Grade), Revoked: c.Revoked}
	if c.Standard != "" {
		v.Title = inLang(l, c.Standard)
	} else if c.Result != "" {
		v.Title += l.Say("colon") + l.Vocabulary("disposition", c.Result)
	}
	by := partyName(c.By)
	switch {
	case c.Issuer != nil:
		v.How = l.Say("grade.verified.how", "party", partyName(*c.Issuer))
	case c.Grade == trace.GradeDocument:
		v.How = l.Say("grade.document.how", "party", by)
	default:
		v.How = l.Say("grade.self-declared.how", "party", by)
	}
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, pair{l.Say(key), value})
		}
	}
	agency := c.Agency
	if agency == "" && c.Issuer == nil {
		agency = l.Say("claim.issuer.none")
	}
	add("claim.issuer", agency)
	add("claim.about", about(l, c))
	add("claim.from", l.Date(c.From))
	add("claim.to", l.Date(c.To))
	return v
}

// about says which thing's event names the claim.
func about(l Lang, c trace.Claim) string {
	what := l.Say("relation." + string(c.Relation))
	if id, err := gs1.Parse(c.Via); err == nil && c.Via != "" {
		what += " " + shortCode(id)
	}
	return what
}

// expectedView compares the journey with the brand's template.
type expectedView struct {
	Sum     string
	Missing []string
	Present []string
}

// newExpected is nil where the object is no unit or lot of a class, for then no template could apply.
func newExpected(l Lang, st *trace.Story) *expectedView {
	if st.Kind != trace.KindInstance && st.Kind != trace.KindLot {
		return nil
	}
	if st.Expected == nil {
		return &expectedView{Sum: l.Say("expected.none")}
	}
	v := &expectedView{}
	for _, x := range st.Expected.Steps {
		text := expectation(l, x)
		if len(x.Events) == 0 {
			v.Missing = append(v.Missing, text)
		} else {
			v.Present = append(v.Present, text)
		}
	}
	v.Sum = l.Say("expected.sum", "party", partyName(st.Expected.DeclaredBy), "n", len(st.Expected.Steps), "found", len(v.Present))
	return v
}

// expectation writes one expected step: "storing or holding, with temperature (ingredients)".
func expectation(l Lang, x trace.Expectation) string {
	var steps, measures []string
	for _, s := range x.BizSteps {
		steps = append(steps, l.Vocabulary("step", s))
	}
	text := l.Or(steps)
	for _, m := range x.Measures {
		measures = append(measures, measureName(l, m))
	}
	if len(measures) > 0 {
		text = l.Say("expected.measured", "step", text, "measures", l.List(measures))
	}
	if x.Input {
		text = l.Say("expected.input", "step", text)
	}
	return text
}
