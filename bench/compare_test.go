package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func queryReport(events int, cpu float64) *QueryReport {
	rows := []Answers{{Kind: "pack page", CPU: cpu, Latency: Latency{P50: cpu}}, {Kind: allKinds, CPU: cpu, Latency: Latency{P50: cpu}}}
	return &QueryReport{Ledger: Filled{Seed: 1, Events: events}, Queries: 500, Seed: 2, Within: 1000, First: rows, Again: rows}
}

func TestCompareSaysWhetherCostIsFlat(t *testing.T) {
	for name, c := range map[string]struct {
		cpu  float64
		flat bool
	}{"the same": {1, true}, "a little more": {1.29, true}, "too much": {1.31, false}} {
		t.Run(name, func(t *testing.T) {
			// The order of the two doesn't matter.
			got, err := Compare(queryReport(1_000_000, c.cpu), queryReport(100_000, 1), 1.3)
			require.NoError(t, err)
			assert.Equal(t, c.flat, got.Flat)
			assert.Equal(t, 100_000, got.Small)
			assert.InDelta(t, c.cpu, got.Rows[0].CPU, 1e-9)
		})
	}
	other := queryReport(1_000_000, 1)
	other.Seed = 3
	_, err := Compare(queryReport(100_000, 1), other, 1.3)
	assert.ErrorContains(t, err, "different questions")
}

func TestOnlyQueryReportsAreCompared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	for text, want := range map[string]string{"nonsense": "not a report", `{"rate":1}`: "no answers"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := ReadQueryReport(path)
		assert.ErrorContains(t, err, want)
	}
	b, err := json.Marshal(queryReport(1, 1))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b, 0o600))
	r, err := ReadQueryReport(path)
	require.NoError(t, err)
	assert.Equal(t, queryReport(1, 1), r)
}

func TestQuestionsFollowFromTheirSeed(t *testing.T) {
	w := world{seed: 1}
	a := w.questions(500, 100, 7)
	assert.Equal(t, a, w.questions(500, 100, 7))
	assert.NotEqual(t, a, w.questions(500, 100, 8))
	byKind := map[string]int{}
	for _, q := range a {
		byKind[q.Kind]++
	}
	assert.Len(t, byKind, len(kinds))
}

func TestFreshScansComeToEachPackBeforeAnyAgain(t *testing.T) {
	l := &reading{world: world{seed: 1}, documents: deepDocs + 3}
	seen := map[string]bool{}
	for range 3 * worldPacks {
		seen[l.pick(0, true)] = true
	}
	assert.Len(t, seen, 3*worldPacks)
	popular := map[string]bool{}
	l.Packs = 5
	for i := range 200 {
		popular[l.pick(i, false)] = true
	}
	assert.Len(t, popular, 5)
}
