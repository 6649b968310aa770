package capture_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const gtin = "https://id.gs1.org/01/09521202001011"

// many are identifiers of bottles.
func many(n int, prefix string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s/21/%s%d"`, gtin, prefix, i)
	}
	return b.String()
}

func commissioning(t testing.TB, n int, lot string) *epcis.Event {
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"ADD",`+
		`"bizStep":"commissioning","epcList":[%s],"ilmd":{"cbvmda:lotNumber":%q}`, many(n, "U"), lot))
}

func objectOf(t testing.TB, name string) format.Object {
	id, err := gs1.Parse(name)
	require.NoError(t, err)
	o, err := id.Object("")
	require.NoError(t, err)
	return o
}

// take captures a document and waits for its job and for the index.
func take(t testing.TB, b *bench, s *capture.Service, mode capture.Mode, events ...*epcis.Event) capture.Job {
	t.Helper()
	job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: events}, mode)
	require.NoError(t, err)
	return wait(t, s, b, job.ID)
}

func view(t testing.TB, b *bench) *index.View {
	v, err := b.index.View()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func TestManyThingsBecomeAListOnTheirLot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	made := commissioning(t, 300, "L1")
	job := take(t, b, s, capture.Mode{}, made)
	require.True(t, job.Success, "%v", job.Errors)
	assert.Equal(t, 1, job.Final)

	v := view(t, b)
	seqs, err := v.ByEventID(made.ID(), 2)
	require.NoError(t, err)
	require.Len(t, seqs, 1, "found by the name of the full event")
	lot := objectOf(t, gtin+"/10/L1")
	leaves, _, err := v.Lists(lot.Key(), 10)
	require.NoError(t, err)
	require.Len(t, leaves, 1)
	list, ok, err := v.List(leaves[0].Root)
	require.NoError(t, err)
	require.True(t, ok)
	assert.EqualValues(t, 300, list.Head.Count)
	assert.True(t, list.On(lot))
	assert.NotContains(t, string(list.Event.Body), "/21/", "no serial is on the ledger")
	assert.Contains(t, string(list.Event.Body), `"quantityList":[{"epcClass":"https://id.gs1.org/01/09521202001011/10/L1","quantity":300}]`)

	found, err := b.lists.Of(objectOf(t, gtin+"/21/U299").Key(), 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	h := found[0].Head
	assert.Equal(t, list.Head.Root(), format.Hash(h.Root))
	require.NoError(t, format.CheckListed(h.Root, h.Count, h.Salt, objectOf(t, gtin+"/21/U299").Key(), found[0].Place))
	assert.Equal(t, b.caller.Party, h.Party)

	t.Run("packed, the units keep their lot and stand on the container too", func(t *testing.T) {
		packed := tracetest.Event(t, "AggregationEvent", `"eventTime":"2026-11-01T01:00:00Z","action":"ADD","bizStep":"packing",`+
			`"parentID":"https://id.gs1.org/00/095213030007301181","childEPCs":[`+many(280, "U")+`]`)
		job := take(t, b, s, capture.Mode{}, packed)
		require.True(t, job.Success, "%v", job.Errors)
		v := view(t, b)
		for _, name := range []string{"https://id.gs1.org/00/095213030007301181", gtin + "/10/L1"} {
			leaves, _, err := v.Lists(objectOf(t, name).Key(), 10)
			require.NoError(t, err)
			assert.NotEmpty(t, leaves, name)
		}
		found, err := b.lists.Of(objectOf(t, gtin+"/21/U5").Key(), 10)
		require.NoError(t, err)
		assert.Len(t, found, 2)
		found, err = b.lists.Of(objectOf(t, gtin+"/21/U290").Key(), 10)
		require.NoError(t, err)
		assert.Len(t, found, 1)
	})
	t.Run("the same event again is recorded already, and leaves no list", func(t *testing.T) {
		job := take(t, b, s, capture.Mode{}, made)
		assert.True(t, job.Success)
		assert.Equal(t, 1, job.Already)
		heads, err := b.lists.Heads()
		require.NoError(t, err)
		assert.Len(t, heads, 2)
	})
	t.Run("declared an error, by its content", func(t *testing.T) {
		wrong := tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"ADD",`+
			`"bizStep":"commissioning","epcList":[%s],"ilmd":{"cbvmda:lotNumber":"L1"},"errorDeclaration":`+
			`{"declarationTime":"2026-11-02T00:00:00Z","reason":"did_not_occur"}`, many(300, "U")))
		require.True(t, take(t, b, s, capture.Mode{}, wrong).Success)
		_, corrected, err := view(t, b).Correction(seqs[0])
		require.NoError(t, err)
		assert.True(t, corrected)
	})
}

func TestManyThingsThatNothingHolds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	observed := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","epcList":[`+many(300, "X")+`]`)
	for name, c := range map[string]struct {
		event *epcis.Event
		mode  capture.Mode
		want  string
	}{
		"no lot and no container": {observed, capture.Mode{}, "give the lot"},
		"as a note":               {commissioning(t, 300, "L1"), capture.Mode{Notes: true}, "name the lot or container"},
		"a lot of 21 characters":  {commissioning(t, 300, strings.Repeat("L", 21)), capture.Mode{}, "give the lot"},
	} {
		_, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{c.event}}, c.mode)
		var p *capture.Problem
		require.ErrorAs(t, err, &p, name)
		assert.Equal(t, 413, p.Status, name)
		assert.Equal(t, "/epcisBody/eventList/0", p.Errors[0].Pointer, name)
		assert.Contains(t, p.Errors[0].Message, c.want, name)
	}
	heads, err := b.lists.Heads()
	require.NoError(t, err)
	assert.Empty(t, heads)
}

func TestRefusedListIsForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.Refuse = func(common.Address, index.Call) []byte { return notAuthorized(t, 0) }
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	_, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{commissioning(t, 300, "L1")}}, capture.Mode{})
	require.Error(t, err)
	heads, err := b.lists.Heads()
	require.NoError(t, err)
	assert.Empty(t, heads)
}

func TestBodyLargerThanATransaction(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	noise := make([]byte, 700_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	e := tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T08:00:00Z","action":"OBSERVE",`+
		`"epcList":["%s/21/1"],"ex:scan":%q`, gtin, base64.StdEncoding.EncodeToString(noise)))
	job := take(t, b, s, capture.Mode{}, e)
	require.True(t, job.Success, "%v", job.Errors)
	v := view(t, b)
	seqs, err := v.ByEventID(e.ID(), 2)
	require.NoError(t, err)
	require.Len(t, seqs, 1)
	rec, err := v.Record(seqs[0])
	require.NoError(t, err)
	assert.Equal(t, e.Body(), rec.Body)
}

// shipments are events of two receivers, which no one call of Heads can record.
func shipments(t testing.TB, n int) (events []*epcis.Event) {
	for i := range n {
		events = append(events, tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE",`+
			`"bizStep":"shipping","epcList":["%s/21/%d"],"destinationList":[{"type":"possessing_party","destination":`+
			`"https://id.gs1.org/417/%s"}]`, gtin, i, []string{"9521606000009", "9521303000005"}[i%2])))
	}
	return events
}

func TestDocumentsAsAWholeOrEventByEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events    []*epcis.Event
		mode      capture.Mode
		behaviour string
		txs       []int // leaves of each append or seal; nil: any
		status    int
	}{
		"one call holds all":                  {bottles(t, "1", "2", "3").Events, capture.Mode{}, "rollback", []int{3}, 0},
		"several receivers need a seal":       {shipments(t, 4), capture.Mode{}, "rollback", []int{4}, 0},
		"one by one":                          {shipments(t, 4), capture.Mode{Proceed: true}, "proceed", []int{2, 2}, 0},
		"too many for a seal":                 {bottles(t, serials(800)...).Events, capture.Mode{}, "", nil, 413},
		"too many for a seal, one by one":     {bottles(t, serials(800)...).Events, capture.Mode{Proceed: true}, "proceed", nil, 0},
		"more than a call holds, a seal does": {bottles(t, serials(400)...).Events, capture.Mode{}, "rollback", []int{400}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.ledger.Register("shop", 9521606000009)
			s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
			defer func() { require.NoError(t, s.Close()) }()
			job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: c.events}, c.mode)
			if c.status != 0 {
				var p *capture.Problem
				require.ErrorAs(t, err, &p)
				assert.Equal(t, c.status, p.Status)
				assert.Equal(t, capture.CaptureLimitExceeded, p.Type)
				assert.Contains(t, p.Detail, "rollback, also where none is sent")
				assert.Empty(t, recorded(t, b.ledger), "nothing is recorded")
				return
			}
			require.NoError(t, err)
			job = wait(t, s, b, job.ID)
			assert.True(t, job.Success, "%v", job.Errors)
			assert.Equal(t, c.behaviour, job.Behaviour)
			assert.Equal(t, len(c.events), job.Final)
			if c.txs != nil {
				assert.ElementsMatch(t, c.txs, recorded(t, b.ledger))
			}
		})
	}
}

func serials(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint("B", i))
	}
	return list
}

func TestRefusedEventsDontStopTheOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	poison := tracetest.ObjectsOf(t, bottles(t, "BAD").Events[0])[0]
	b.ledger.Refuse = func(_ common.Address, c index.Call) []byte {
		for i, list := range c.Objects {
			for _, o := range list {
				if o == poison {
					return notAuthorized(t, i)
				}
			}
		}
		return nil
	}
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	doc := bottles(t, "1", "BAD", "2")
	doc.Places = []int{0, 2, 3}
	doc.Faulty = map[int][]epcis.Fault{1: {{Pointer: "/epcisBody/eventList/1", Rule: epcis.RuleRequired, Message: "no type"}}}
	_, err := s.Capture(context.Background(), b.caller, doc, capture.Mode{})
	require.Error(t, err, "as a whole it is refused")
	job, err := s.Capture(context.Background(), b.caller, doc, capture.Mode{Proceed: true})
	require.NoError(t, err)
	job = wait(t, s, b, job.ID)
	assert.False(t, job.Success)
	assert.Equal(t, 4, job.Events)
	assert.Equal(t, 2, job.Final)
	require.Len(t, job.Errors, 2)
	assert.Equal(t, "/epcisBody/eventList/1", job.Errors[0].Errors[0].Pointer)
	assert.Equal(t, "/epcisBody/eventList/2", job.Errors[1].Errors[0].Pointer)
}

// What the ledger refuses of a document that is sealed takes nothing else with it, and none of it takes effect.
func TestSealThatIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.Register("shop", 9521606000009)
	hold := make(chan struct{})
	b.ledger.Hold = hold
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: shipments(t, 4)}, capture.Mode{})
	require.NoError(t, err)
	b.ledger.Refuse = func(_ common.Address, c index.Call) []byte { return notAuthorized(t, 0) }
	close(hold)
	job = wait(t, s, b, job.ID)
	assert.False(t, job.Success)
	assert.Equal(t, 0, job.Final)
	require.Len(t, job.Errors, 1)
	assert.Equal(t, 403, job.Errors[0].Status)
	assert.Empty(t, recordedFinal(t, b))
}

// recordedFinal are the events that the index holds.
func recordedFinal(t testing.TB, b *bench) (list []index.Seq) {
	for i := range 4 {
		e := shipments(t, 4)[i]
		seqs, err := view(t, b).ByEventID(e.ID(), 2)
		require.NoError(t, err)
		list = append(list, seqs...)
	}
	return list
}
