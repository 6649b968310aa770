package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func TestDocumentsAreValidAndOfTheirSize(t *testing.T) {
	for name, c := range map[string]struct{ events, objects int }{
		"one event":       {1, 1},
		"a line's minute": {100, 2},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerator(c.events, c.objects, 1)
			seen := map[string]bool{}
			for range 3 {
				raw := g.document(time.Now())
				doc, err := epcis.Parse(raw)
				require.NoError(t, err)
				require.Len(t, doc.Events, c.events)
				for _, e := range doc.Events {
					assert.False(t, seen[e.HashID()], "no event twice")
					seen[e.HashID()] = true
					assert.Len(t, e.Objects(), c.objects)
				}
				assert.InDelta(t, 1000, float64(len(raw))/float64(c.events), 350, "bytes an event")
			}
		})
	}
}

func TestProcessorTimeIsReadBehindAnyName(t *testing.T) {
	got, err := parseCPU([]byte("42 (a ) b) S 1 42 42 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 100 1 2"))
	require.NoError(t, err)
	assert.Equal(t, 3*time.Second, got)
	_, err = parseCPU([]byte("42 (short) S 1"))
	assert.Error(t, err)
}
