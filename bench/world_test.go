package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func TestWorldsDocumentsAreValidAndFollowFromTheirNumber(t *testing.T) {
	w := world{seed: 7}
	ids, hashes := map[string]bool{}, map[string]bool{}
	for _, doc := range []int{0, deepDocs - 2, deepDocs - 1, deepDocs, deepDocs + 1, 99_999} {
		raw := w.document(doc)
		assert.Equal(t, raw, w.document(doc), "the same twice")
		parsed, err := epcis.Parse(raw)
		require.NoError(t, err, "document %d", doc)
		require.Len(t, parsed.Events, worldEvents, "document %d", doc)
		for i, e := range parsed.Events {
			assert.False(t, hashes[e.HashID()], "event %d of document %d was there before", i, doc)
			hashes[e.HashID()] = true
			assert.Equal(t, w.eventID(doc, i), e.EventID)
			assert.False(t, ids[e.EventID])
			ids[e.EventID] = true
		}
		assert.InDelta(t, 900, float64(len(raw))/worldEvents, 150, "bytes an event of document %d", doc)
	}
	assert.NotEqual(t, w.serial(10, 0), world{seed: 8}.serial(10, 0), "another seed, another world")
}

func TestTheDeepThingIsMadeOfAThousandEvents(t *testing.T) {
	w := world{seed: 7}
	events := 0
	for doc := range deepDocs {
		parsed, err := epcis.Parse(w.document(doc))
		require.NoError(t, err)
		events += len(parsed.Events)
	}
	assert.Equal(t, 1000, events)
}
