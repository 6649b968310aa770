package trace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
)

// TestStrangeRecordsAreMarked: what this node's door refuses may be on the ledger by another's. It is shown in its place, and
// the verdict warns of it.
func TestStrangeRecordsAreMarked(t *testing.T) {
	s := newSmall()
	maker := s.party("maker", 0)
	const id = `"eventID":"urn:uuid:00000000-0000-4000-8000-00000000000a",`
	const what = `,"epcList":["https://id.gs1.org/01/09521202001011/21/S1"]`
	const wrong = `"errorDeclaration":{"declarationTime":"2026-11-06T00:00:00Z"},`
	s.event(t, maker, "ObjectEvent", id+`"eventTime":"2026-11-01T00:00:00Z","action":"ADD","bizStep":"commissioning"`+what)
	s.event(t, maker, "ObjectEvent", id+`"eventTime":"2026-11-02T00:00:00Z","action":"OBSERVE","bizStep":"shipping"`+what)
	s.event(t, maker, "ObjectEvent", `"eventTime":"2099-11-03T00:00:00Z","action":"OBSERVE","bizStep":"receiving"`+what)
	told := s.tell(t, "/01/09521202001011/21/S1", "en")
	require.Len(t, told.Journey, 3)
	assert.Equal(t, []string{"commissioning", "shipping", "receiving"}, []string{told.Journey[0].BizStep, told.Journey[1].BizStep, told.Journey[2].BizStep})
	for i, st := range told.Journey {
		assert.Equal(t, i == 2, st.Ahead, st.BizStep)
		if i == 1 {
			assert.Equal(t, told.Journey[0].Ledger.Cursor, st.SameID)
		} else {
			assert.Empty(t, st.SameID)
		}
	}
	assert.Equal(t, trace.RecordWarnings, told.Record.State)
	assert.Equal(t, []string{"ahead", "same-event-id"}, codes(told.Record.Reasons))
	assert.Equal(t, []string{told.Journey[2].EventID}, told.Record.Reasons[0].Events)

	// Nobody is late because of a date that can't be.
	s.event(t, s.party("carrier", 0), "ObjectEvent", `"eventTime":"2026-11-02T12:00:00Z","action":"OBSERVE","bizStep":"arriving"`+what)
	told = s.tell(t, "/01/09521202001011/21/S1", "en")
	require.Len(t, told.Journey, 4)
	assert.Equal(t, []string{"ahead", "same-event-id"}, codes(told.Record.Reasons))

	// Withdrawn, they are struck through, and that is said instead.
	s.event(t, maker, "ObjectEvent", id+wrong+`"eventTime":"2026-11-02T00:00:00Z","action":"OBSERVE","bizStep":"shipping"`+what)
	s.event(t, maker, "ObjectEvent", wrong+`"eventTime":"2099-11-03T00:00:00Z","action":"OBSERVE","bizStep":"receiving"`+what)
	told = s.tell(t, "/01/09521202001011/21/S1", "en")
	require.Len(t, told.Journey, 4)
	assert.Equal(t, []string{"corrected"}, codes(told.Record.Reasons))
}
