package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Comparison sets the cost of the same questions on two ledgers side by side.
type Comparison struct {
	Small  int     `json:"small_events"`
	Large  int     `json:"large_events"`
	Within float64 `json:"within"` // cost is flat where it grew to at most so many times
	Flat   bool    `json:"flat"`   // of all kinds together, in both rounds
	Rows   []Ratio `json:"rows"`
}

// Ratio is one kind of question.
type Ratio struct {
	Round string  `json:"round"` // first or again
	Kind  string  `json:"kind"`
	Small float64 `json:"small_cpu_ms"`
	Large float64 `json:"large_cpu_ms"`
	CPU   float64 `json:"cpu_ratio"`
	P50   float64 `json:"p50_ratio"`
	Flat  bool    `json:"flat"` // by processor time, which other work on the machine disturbs least
}

// ReadQueryReport reads a report that was written as JSON.
func ReadQueryReport(path string) (*QueryReport, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(QueryReport)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: not a report of bench query --output json: %w", path, err)
	}
	if len(r.First) == 0 {
		return nil, fmt.Errorf("%s: not a report of bench query --output json: it has no answers", path)
	}
	return r, nil
}

// Compare tells how the cost grew from the smaller ledger to the larger one. Kinds are judged together: a few
// milliseconds of one kind are lost in the ten that the kernel counts in.
func Compare(a, b *QueryReport, within float64) (*Comparison, error) {
	switch {
	case a.Queries != b.Queries || a.Seed != b.Seed || a.Within != b.Within || a.Ledger.Seed != b.Ledger.Seed:
		return nil, fmt.Errorf("the two asked different questions: %d of seed %d about %d events, and %d of seed %d about %d",
			a.Queries, a.Seed, a.Within, b.Queries, b.Seed, b.Within)
	case within < 1:
		return nil, fmt.Errorf("within: %v is less than 1", within)
	}
	if a.Ledger.Events > b.Ledger.Events {
		a, b = b, a
	}
	c := &Comparison{Small: a.Ledger.Events, Large: b.Ledger.Events, Within: within, Flat: true}
	for _, round := range []struct {
		name string
		a, b []Answers
	}{{"first", a.First, b.First}, {"again", a.Again, b.Again}} {
		if len(round.a) != len(round.b) {
			return nil, errors.New("the two asked in different rounds or kinds")
		}
		for i, x := range round.a {
			y := round.b[i]
			row := Ratio{Round: round.name, Kind: x.Kind, Small: x.CPU, Large: y.CPU, CPU: ratio(y.CPU, x.CPU), P50: ratio(y.Latency.P50, x.Latency.P50)}
			row.Flat = row.CPU <= within
			if x.Kind == allKinds {
				c.Flat = c.Flat && row.Flat
			}
			c.Rows = append(c.Rows, row)
		}
	}
	return c, nil
}

func ratio(large, small float64) float64 {
	if small == 0 {
		return 0
	}
	return large / small
}

// Write prints the comparison for people.
func (c *Comparison) Write(w io.Writer) {
	fmt.Fprintf(w, "the same questions on %d and on %d events\n", c.Small, c.Large)
	for _, r := range c.Rows {
		fmt.Fprintf(w, "%-6s %-17s processor %7.3f ms -> %7.3f ms: %5.2f times; p50 %5.2f times\n", r.Round, r.Kind, r.Small, r.Large, r.CPU, r.P50)
	}
	word := "flat"
	if !c.Flat {
		word = "NOT flat"
	}
	fmt.Fprintf(w, "cost of all kinds is %s: within %.1f times\n", word, c.Within)
}
