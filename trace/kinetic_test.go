package trace

import (
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"
	"github.com/stretchr/testify/assert"
)

// Expected values come from the definition in USP <1079.2>, worked out apart from this code in decimal arithmetic of
// 50 digits with ΔH/R = 83.144/0.0083144 K.
func TestMeanKinetic(t *testing.T) {
	t.Parallel()
	h := func(celsius float64, hours float64) spoken {
		return spoken{celsius, time.Duration(hours * float64(time.Hour))}
	}
	for name, tt := range map[string]struct {
		list []spoken
		want float64
	}{
		"constant":                        {[]spoken{h(5, 1), h(5, 7)}, 5},
		"two equal halves":                {[]spoken{h(20, 1), h(30, 1)}, 26.25988691600341},
		"a refrigerator":                  {[]spoken{h(2, 1), h(8, 1)}, 5.536424508866343},
		"a quarter of the time hot":       {[]spoken{h(25, 3), h(40, 1)}, 31.275137127789009},
		"an hour of a day on the kitchen": {[]spoken{h(5, 23), h(30, 1)}, 9.472224506068644},
		"frozen":                          {[]spoken{h(-20, 1), h(-18, 1)}, -18.926809860878219},
		"47 minutes too warm":             {[]spoken{h(3.6, 0.5), h(9.4, 47.0/60)}, 7.589769315099108},
	} {
		got, ok := meanKinetic(tt.list)
		assert.True(t, ok, name)
		assert.InDelta(t, tt.want, got, 1e-9, name)
	}
	for name, list := range map[string][]spoken{
		"nothing": nil, "no time": {{5, 0}}, "below absolute zero": {h(5, 1), h(-274, 1)}, "the surface of a star": {h(5000, 1)},
	} {
		_, ok := meanKinetic(list)
		assert.False(t, ok, name)
	}
}

// At equal intervals every reading weighs the same, the last one included, as USP has it; a pause speaks for maxGap.
func TestReadingsSpeakUntilTheNext(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 4, 6, 0, 0, 0, time.UTC)
	spot := func(minutes int) reading {
		at := start.Add(time.Duration(minutes) * time.Minute)
		return reading{start: at, end: at, spot: true, low: *apd.New(4, 0), high: *apd.New(4, 0)}
	}
	span := reading{start: start.Add(10 * time.Hour), end: start.Add(13 * time.Hour), low: *apd.New(2, 0), high: *apd.New(6, 0)}
	minutes := func(list []spoken) (out []float64) {
		for _, r := range list {
			out = append(out, r.span.Minutes())
		}
		return out
	}
	assert.Equal(t, []float64{30, 30, 30}, minutes(speaking([]reading{spot(0), spot(30), spot(60)})))
	assert.Equal(t, []float64{30, 120, 15, 15}, minutes(speaking([]reading{spot(0), spot(30), spot(400), spot(415)})))
	assert.Equal(t, []float64{120}, minutes(speaking([]reading{spot(0)})))
	assert.Equal(t, []float64{180}, minutes(speaking([]reading{span})))
	assert.Equal(t, 4.0, speaking([]reading{span})[0].celsius, "halfway from low to high")
	span.mean = apd.New(31, -1)
	assert.Equal(t, 3.1, speaking([]reading{span})[0].celsius, "the mean where one was reported")
}
