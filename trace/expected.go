package trace

import (
	"slices"
	"strings"

	"github.com/suyuan-ledger/suyuan/trace/index"
)

// ExpectedStep is the name of the master data attribute of a product class by which the holder of its licence says
// which steps a unit of it should have, once per step:
//
//	{"id": "urn:suyuan:voc:expectedStep", "attribute": "inspecting"}
//
// The value is a business step of CBV, or a URI; several that do as well stand with "|" between them. "input/" in front
// means a step of something the product was made of. Kinds of measurement that must be in the same event follow, after
// spaces:
//
//	storing|holding Temperature
//	input/commissioning
//
// It is master data, so every node tells the same, and it is the holder's own word: nobody else can set the bar.
const ExpectedStep = "urn:suyuan:voc:expectedStep"

// maxExpected bounds a template.
const maxExpected = 40

// Expected is what the holder of the product's licence says should be on record, and what of it is.
type Expected struct {
	DeclaredBy Party         `json:"declaredBy"`
	Steps      []Expectation `json:"steps"`
}

// Expectation is one expected step.
type Expectation struct {
	BizSteps []string `json:"bizSteps"` // any of them
	Input    bool     `json:"input"`    // of what it was made of, not of itself
	Measures []string `json:"measures"` // kinds of measurement that belong to it
	// Events are those that meet it, by time; none means that it is not on record.
	Events []string `json:"events"`
}

// readExpected compares the journey with the template of the product's class. Without one Expected stays nil: then
// nobody can say what is missing.
func (s *telling) readExpected() {
	class, ok := s.id.Class()
	if !ok || s.story.Kind != KindInstance && s.story.Kind != KindLot {
		return
	}
	for _, d := range s.declared(class.String()) {
		steps := template(d.Attributes)
		if len(steps) == 0 || s.standing(d.Party, class.String()) < standingDelegate {
			continue
		}
		for i := range steps {
			for j := range s.story.Journey {
				if st := &s.story.Journey[j]; steps[i].metBy(st) {
					steps[i].Events = append(steps[i].Events, st.EventID)
				}
			}
		}
		s.story.Expected = &Expected{DeclaredBy: s.party(d.Party), Steps: steps}
		return
	}
}

// template reads the expected steps of a declaration. What isn't written as it should be is left out.
func template(list []index.MasterAttribute) (out []Expectation) {
	for _, a := range list {
		if a.Name != ExpectedStep || len(out) >= maxExpected {
			continue
		}
		words := strings.Fields(a.Text)
		if len(words) == 0 {
			continue
		}
		steps, input := strings.CutPrefix(words[0], "input/")
		x := Expectation{BizSteps: strings.Split(steps, "|"), Input: input, Measures: words[1:], Events: []string{}}
		if !slices.Contains(x.BizSteps, "") {
			out = append(out, x)
		}
	}
	return out
}

// metBy says whether a step is the one expected.
func (x *Expectation) metBy(st *Step) bool {
	if st.Corrected != nil || st.Damaged || st.Declaration || x.Input != (st.Relation == RelationInput) ||
		!slices.Contains(x.BizSteps, st.BizStep) {
		return false
	}
	for _, m := range x.Measures {
		if !slices.ContainsFunc(st.Sensors, func(r Sensor) bool { return localName(r.Type) == localName(m) }) {
			return false
		}
	}
	return true
}
