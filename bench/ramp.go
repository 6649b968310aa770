package bench

import (
	"context"
	"fmt"
	"time"
)

// Step is one rate that was tried on the way to the peak.
type Step struct {
	Rate float64 `json:"rate"` // asked for
	Did  float64 `json:"did"`  // answered or committed a second
	P99  float64 `json:"p99_ms"`
	Held bool    `json:"held"`
	Why  string  `json:"why,omitempty"` // it didn't hold
}

// judge says whether a rate holds: nearly all of it was done, nothing failed, and p99 stays within the bound. One that
// doesn't keep up shows as a backlog: what isn't done within the time is missing in Did.
func (s *Step) judge(failed int64, bound time.Duration) {
	const nearly = 0.95
	switch limit := float64(bound) / float64(time.Millisecond); {
	case failed > 0:
		s.Why = fmt.Sprintf("%d failed", failed)
	case s.Did < nearly*s.Rate:
		s.Why = fmt.Sprintf("a backlog grows: %.0f/s done", s.Did)
	case s.P99 > limit:
		s.Why = fmt.Sprintf("p99 %s is above %s", ms(s.P99), bound)
	default:
		s.Held = true
	}
}

// ramp looks for the highest rate that holds: it doubles until one doesn't, then halves the gap a few times.
func ramp(ctx context.Context, first float64, try func(ctx context.Context, rate float64) (Step, error)) (peak float64, steps []Step, err error) {
	const halvings = 3
	rate, broken := first, 0.0
	for n := 0; n < halvings || broken == 0; {
		s, err := try(ctx, rate)
		if err != nil {
			return 0, steps, fmt.Errorf("at %.0f/s: %w", rate, err)
		}
		steps = append(steps, s)
		if s.Held {
			peak = max(peak, rate)
		} else {
			broken = rate
		}
		switch {
		case broken == 0:
			rate *= 2
		case peak == 0 && broken < 1:
			return 0, steps, fmt.Errorf("not even %.2f/s holds: %s", broken, s.Why)
		case peak == 0:
			rate = broken / 4
		default:
			n++
			rate = (peak + broken) / 2
		}
	}
	return peak, steps, nil
}
