package gs1

import (
	"fmt"
	"strings"
)

// Specification is one row of the table, for comparison.
type Specification struct {
	Key       bool
	Sequences string
	Parts     []SpecificationPart
}

// SpecificationPart is one component as the Syntax Dictionary writes it.
type SpecificationPart struct{ Shape, Check string }

// ExpandAIs is exported for tests.
var ExpandAIs = expandAIs

// Specifications is the whole table.
func Specifications() map[string]Specification {
	out := map[string]Specification{}
	for ai, a := range applications {
		var seqs []string
		for _, s := range a.sequences {
			seqs = append(seqs, strings.Join(s, ","))
		}
		spec := Specification{Key: a.key, Sequences: strings.Join(seqs, "|")}
		for _, p := range a.parts {
			shape := fmt.Sprintf("%c%d", p.set, p.max)
			if p.min != p.max {
				shape = fmt.Sprintf("%c..%d", p.set, p.max)
			}
			if p.optional {
				shape = "[" + shape + "]"
			}
			spec.Parts = append(spec.Parts, SpecificationPart{shape, p.check})
		}
		out[ai] = spec
	}
	return out
}
