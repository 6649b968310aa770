package capture_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const anID = "urn:uuid:0e6d4f3c-5b1a-4d6a-9a3e-5c1f00000002"

// under is an event under an eventID.
func under(t testing.TB, id, serial, extra string) *epcis.Event {
	t.Helper()
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventID":%q,"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE",`+
		`"epcList":[%q]%s`, id, gtin+"/21/"+serial, extra))
}

const wrong = `,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z"}`

// TestAnEventIDNamesOneEvent: within a party.
func TestAnEventIDNamesOneEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then    *epcis.Event
		other   bool // party
		final   int
		already int
		refused bool
	}{
		"another event":            {then: under(t, anID, "B", ""), refused: true},
		"the same event":           {then: under(t, anID, "A", ""), already: 1},
		"of another party":         {then: under(t, anID, "B", ""), other: true, final: 1},
		"under another ID":         {then: under(t, anID[:len(anID)-1]+"3", "B", ""), final: 1},
		"that it was an error":     {then: under(t, anID, "A", wrong), final: 1},
		"that another was":         {then: under(t, anID, "B", wrong), final: 1},
		"with many other things":   {then: listedUnder(t, "U", 300), refused: true},
		"with another disposition": {then: under(t, anID, "A", `,"disposition":"damaged"`), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
			defer func() { require.NoError(t, s.Close()) }()
			require.Equal(t, 1, take(t, b, s, capture.Mode{}, under(t, anID, "A", "")).Final)
			if c.other {
				party, key := b.ledger.Register("another plant", 9521303000012)
				b.caller.Party, b.caller.Key = party, tracetest.Key(key)
			}
			job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{c.then}}, capture.Mode{})
			if !c.refused {
				require.NoError(t, err)
				job = wait(t, s, b, job.ID)
				require.True(t, job.Success, "%v", job.Errors)
				assert.Equal(t, []int{c.final, c.already}, []int{job.Final, job.Already})
				return
			}
			refusedID(t, err, 400, 0, "which the party recorded at ")
			_, err = s.CaptureEvent(context.Background(), b.caller, c.then, capture.Mode{})
			p := refusedID(t, err, 409, 0, "which the party recorded at ")
			assert.Equal(t, capture.ResourceAlreadyExists, p.Type)
			// One by one, the others are recorded.
			job = take(t, b, s, capture.Mode{Proceed: true}, c.then, under(t, anID[:len(anID)-1]+"4", "C", ""))
			assert.Equal(t, 1, job.Final)
			assert.False(t, job.Success)
			require.Len(t, job.Errors, 1)
			refusedID(t, job.Errors[0], 400, 0, "which the party recorded at ")
		})
	}
}

// listedUnder names more things than a leaf may have.
func listedUnder(t testing.TB, prefix string, n int) *epcis.Event {
	t.Helper()
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventID":%q,"eventTime":"2026-11-01T00:00:00Z","action":"ADD",`+
		`"bizStep":"commissioning","epcList":[%s],"ilmd":{"cbvmda:lotNumber":"L1"}`, anID, many(n, prefix)))
}

func refusedID(t testing.TB, err error, status, event int, says string) *capture.Problem {
	t.Helper()
	var p *capture.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, status, p.Status)
	require.Len(t, p.Errors, 1)
	f := p.Errors[0]
	assert.Equal(t, epcis.RuleEventID, f.Rule)
	assert.Equal(t, fmt.Sprintf("/epcisBody/eventList/%d/eventID", event), f.Pointer)
	assert.Equal(t, `"`+anID+`"`, f.Value)
	assert.Contains(t, f.Message, says)
	return p
}

// TestListedUnderOneEventID: the salt of a list is another each time, what it stands for is compared.
func TestListedUnderOneEventID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	require.Equal(t, 1, take(t, b, s, capture.Mode{}, listedUnder(t, "U", 300)).Final)
	require.Equal(t, 1, take(t, b, s, capture.Mode{}, listedUnder(t, "U", 300)).Already)
	for name, e := range map[string]*epcis.Event{"one more": listedUnder(t, "U", 301), "others of the lot": listedUnder(t, "V", 300), "one alone": under(t, anID, "A", "")} {
		_, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{e}}, capture.Mode{})
		require.Error(t, err, name)
		refusedID(t, err, 400, 0, "which the party recorded at")
	}
	heads, err := b.lists.Heads()
	require.NoError(t, err)
	assert.Len(t, heads, 1, "what isn't recorded isn't kept")
}

// TestOneEventIDTwiceInADocument: the second one is at fault.
func TestOneEventIDTwiceInADocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	a, again, other, decl := under(t, anID, "A", ""), under(t, anID, "A", ""), under(t, anID, "B", ""), under(t, anID, "A", wrong)
	_, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{a, again, decl, other}}, capture.Mode{})
	refusedID(t, err, 400, 3, "another event of this document, /epcisBody/eventList/1")
	job := take(t, b, s, capture.Mode{Proceed: true}, a, again, decl, other)
	assert.Equal(t, 2, job.Final, "the event and that it was an error")
	require.Len(t, job.Errors, 1)
}

// TestOneEventIDAtOnce: of two events that come under one eventID before either is final, one is recorded.
func TestOneEventIDAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.Hold = make(chan struct{})
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	first, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{under(t, anID, "A", "")}}, capture.Mode{})
	require.NoError(t, err)
	_, err = s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{under(t, anID, "B", "")}}, capture.Mode{})
	refusedID(t, err, 400, 0, "which job "+first.ID+" is recording")
	close(b.ledger.Hold)
	assert.Equal(t, 1, wait(t, s, b, first.ID).Final)
}

// TestEventIDOfASealedEvent: the party's own vault tells.
func TestEventIDOfASealedEvent(t *testing.T) {
	t.Parallel()
	b, s, _ := sealedBench(t)
	run(t, b, s, under(t, anID, "A", ""), capture.Mode{Policy: epcis.PolicyPrivate})
	for _, policy := range []string{epcis.PolicyPublic, epcis.PolicyPrivate} {
		_, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{under(t, anID, "B", "")}}, capture.Mode{Policy: policy})
		refusedID(t, err, 400, 0, "recorded sealed at")
		job := run(t, b, s, under(t, anID, "A", ""), capture.Mode{Policy: policy})
		assert.Equal(t, 1, job.Already)
	}
}

// TestRecordedAlreadyUnderATakenID: what got onto the ledger all the same is there already, not refused.
func TestRecordedAlreadyUnderATakenID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	a, other := under(t, anID, "A", ""), under(t, anID, "B", "")
	for _, e := range []*epcis.Event{a, other} {
		at := b.ledger.Mine(tracetest.Tx{Party: b.caller.Party, Key: b.caller.Key.Address(), Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})
		require.NoError(t, b.index.WaitFor(context.Background(), at.Height))
	}
	assert.Equal(t, 1, take(t, b, s, capture.Mode{}, other).Already)
	assert.Equal(t, 1, take(t, b, s, capture.Mode{}, a).Already)
}

// TestLeftOutIsFree: an event that a document was taken without can be sent again.
func TestLeftOutIsFree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	poison := tracetest.ObjectsOf(t, bottles(t, "BAD").Events[0])[0]
	b.ledger.Refuse = func(_ common.Address, c index.Call) []byte {
		for i, list := range c.Objects {
			if list[0] == poison {
				return notAuthorized(t, i)
			}
		}
		return nil
	}
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	doc := bottles(t, "GOOD", "BAD")
	job, err := s.Capture(context.Background(), b.caller, doc, capture.Mode{Proceed: true})
	require.NoError(t, err)
	assert.Equal(t, 1, wait(t, s, b, job.ID).Final)
	b.ledger.Refuse = nil
	job, err = s.Capture(context.Background(), b.caller, doc, capture.Mode{Proceed: true})
	require.NoError(t, err)
	job = wait(t, s, b, job.ID)
	assert.Equal(t, []int{1, 1}, []int{job.Final, job.Already})
	assert.Equal(t, []int{1, 1}, recorded(t, b.ledger))
}
