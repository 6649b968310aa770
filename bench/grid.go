package bench

import (
	"context"
	"fmt"
	"io"
	"time"
)

// CaptureGrid says which rates of capture to measure on one network.
type CaptureGrid struct {
	Capture               // Rate is ignored
	Rates   []float64     // events a second, one after another
	Peak    bool          // instead: raise the rate until it no longer holds, and measure at half of the peak
	Step    time.Duration // of each rate tried on the way to the peak
	P99     time.Duration // of commit latency; a rate above it doesn't hold
	Say     func(format string, args ...any)
}

// GridReport are the runs of a grid.
type GridReport struct {
	Peak  float64          `json:"peak_events_per_second,omitempty"`
	Steps []Step           `json:"steps,omitempty"`
	Runs  []*CaptureReport `json:"runs"`
}

// CaptureGrid measures several rates. Idle time and restarts are those of the first and the last run.
func (n *Network) CaptureGrid(ctx context.Context, g CaptureGrid) (*GridReport, error) {
	for _, rate := range g.Rates {
		if !(rate > 0) {
			return nil, fmt.Errorf("rates: %v is not above 0", rate)
		}
	}
	r := new(GridReport)
	rates := g.Rates
	if g.Peak {
		const first = 100
		var err error
		if r.Peak, r.Steps, err = ramp(ctx, first, func(ctx context.Context, rate float64) (Step, error) { return n.captureStep(ctx, g, rate) }); err != nil {
			return nil, err
		}
		rates = []float64{r.Peak / 2}
	}
	for i, rate := range rates {
		c := g.Capture
		c.Rate, c.Restarts = rate, g.Restarts && i == len(rates)-1
		if i > 0 || g.Peak {
			c.Idle = 0
		}
		run, err := n.Capture(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("at %.0f events/s: %w", rate, err)
		}
		g.Say("%.0f events/s: %.0f committed a second, p99 %s", rate, run.PerSecond, ms(run.Commit.P99))
		r.Runs = append(r.Runs, run)
	}
	return r, nil
}

// captureStep tries one rate on the way to the peak.
func (n *Network) captureStep(ctx context.Context, g CaptureGrid, rate float64) (Step, error) {
	c := g.Capture
	c.Rate, c.Duration, c.Warmup, c.Idle, c.Restarts, c.Profiles = rate, g.Step, g.Step/3, 0, false, ""
	run, err := n.Capture(ctx, c)
	if err != nil {
		return Step{}, err
	}
	s := Step{Rate: rate, Did: run.PerSecond, P99: run.Commit.P99}
	s.judge(run.Refused+run.Failed, g.P99)
	g.Say("%.0f events/s: p99 %s %s", rate, ms(s.P99), s.Why)
	return s, nil
}

// Write prints the report for people.
func (r *GridReport) Write(w io.Writer) {
	for _, s := range r.Steps {
		word := "held"
		if !s.Held {
			word = s.Why
		}
		fmt.Fprintf(w, "tried       %.0f events/s: %.0f done a second, p99 %s: %s\n", s.Rate, s.Did, ms(s.P99), word)
	}
	if r.Peak > 0 {
		fmt.Fprintf(w, "peak        %.0f events/s\n", r.Peak)
	}
	for _, run := range r.Runs {
		run.Write(w)
	}
}
