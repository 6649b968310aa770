package bench

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRampFindsTheHighestRateThatHolds(t *testing.T) {
	for name, c := range map[string]struct{ first, limit float64 }{
		"from below": {100, 1370}, "from above": {4000, 170}, "at once": {64, 64},
	} {
		t.Run(name, func(t *testing.T) {
			peak, steps, err := ramp(t.Context(), c.first, func(_ context.Context, rate float64) (Step, error) {
				s := Step{Rate: rate, Did: min(rate, c.limit), P99: 1}
				s.judge(0, time.Second)
				return s, nil
			})
			require.NoError(t, err)
			assert.LessOrEqual(t, peak*0.95, c.limit)
			assert.GreaterOrEqual(t, peak, c.limit*0.8)
			assert.Less(t, len(steps), 12)
		})
	}
	_, _, err := ramp(t.Context(), 100, func(_ context.Context, rate float64) (Step, error) {
		s := Step{Rate: rate, Did: rate}
		s.judge(1, time.Second)
		return s, nil
	})
	assert.ErrorContains(t, err, "1 failed")
}

func TestAStepSaysWhyItDidNotHold(t *testing.T) {
	for want, s := range map[string]Step{
		"a backlog grows: 90/s done": {Rate: 100, Did: 90, P99: 1},
		"p99 11ms is above 10ms":     {Rate: 100, Did: 100, P99: 11},
		"":                           {Rate: 100, Did: 96, P99: 9},
	} {
		s.judge(0, 10*time.Millisecond)
		assert.Equal(t, want, s.Why)
		assert.Equal(t, want == "", s.Held)
	}
}
