package atlas

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inside says whether a point of a view is on land (even-odd rule).
func inside(rings [][]XY, p XY) (in bool) {
	for _, r := range rings {
		for i, a := range r {
			b := r[(i+len(r)-1)%len(r)]
			if (a.Y > p.Y) != (b.Y > p.Y) && p.X < (b.X-a.X)*(p.Y-a.Y)/(b.Y-a.Y)+a.X {
				in = !in
			}
		}
	}
	return in
}

func TestLandIsWhereItIs(t *testing.T) {
	t.Parallel()
	world := Fit([]Point{{80, -170}, {-80, 170}, {0, 0}, {0, 100}, {0, -100}}, 720, 360, 10)
	for name, tt := range map[string]struct {
		at   Point
		land bool
	}{
		"Changsha": {Point{28.2, 112.9}, true}, "Nairobi": {Point{-1.3, 36.8}, true}, "Denver": {Point{39.7, -105}, true},
		"Alice Springs": {Point{-23.7, 133.9}, true}, "the Pacific": {Point{0, -150}, false}, "the Atlantic": {Point{30, -40}, false},
	} {
		assert.Equal(t, tt.land, inside(world.Land(), world.At(tt.at)), name)
		near := Fit([]Point{tt.at}, 600, 450, 2)
		assert.Equal(t, tt.land, inside(near.Land(), near.At(tt.at)), "%s, from near", name)
	}
	assert.Less(t, len(Path(world.Land())), 30_000)
	assert.Less(t, len(Path(Fit([]Point{{28.2, 112.9}}, 600, 450, 2).Land())), 200, "inland nothing but land")
}

func TestFitShowsAllPoints(t *testing.T) {
	t.Parallel()
	for name, points := range map[string][]Point{
		"one":                 {{28, 113}},
		"a province":          {{27.5, 109.7}, {29.4, 113.1}},
		"over the date line":  {{-36.8, 174.8}, {37.8, -122.4}},
		"half the world":      {{31, 121}, {48.9, 2.3}},
		"the same place":      {{1, 1}, {1, 1}},
		"none":                nil,
		"the poles":           {{90, 0}, {-90, 0}},
		"everywhere":          {{0, 0}, {0, 90}, {0, 180}, {0, -90}},
		"out of this world":   {{0, 180}, {0, -180}},
		"north of everything": {{89, 20}, {88, -160}},
	} {
		v := Fit(points, 600, 450, 1)
		for _, p := range points {
			at := v.At(p)
			assert.True(t, at.X >= -1 && at.X <= 601 && at.Y >= -1 && at.Y <= 451, "%s: %v at %v", name, p, at)
		}
		assert.GreaterOrEqual(t, v.Degrees(), 0.999, name)
		assert.False(t, math.IsNaN(v.Kilometres()) || math.IsInf(v.Kilometres(), 0), name)
		require.NotPanics(t, func() { Path(v.Land()) })
	}
	pacific := Fit([]Point{{-36.8, 174.8}, {37.8, -122.4}}, 600, 450, 1)
	assert.Less(t, pacific.At(Point{-36.8, 174.8}).X, pacific.At(Point{37.8, -122.4}).X, "New Zealand lies west of California")
}

func TestPathIsRelative(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "M1 2l3-4 -1 2 z", Path([][]XY{{{1, 2}, {4, -2}, {4.2, -2.1}, {3, 0}}}))
}
