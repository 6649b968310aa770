package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// The work of an answer, in entries of the index, depends on what it returns and not on what the ledger holds. Suyuan
// bench fill, query and compare measure the same at 100,000 and 1,000,000 events, in processor time.
func TestAnswersCostTheSameOnALargerLedger(t *testing.T) {
	const small, large = deepDocs + 10, deepDocs + 60
	w := world{seed: 1}
	l, x := tracetest.New(), tracetest.Open(t)
	party, key := l.Register("operator", 0)
	require.NoError(t, x.Apply(l.Blocks()...))
	grow := func(from, to int) {
		for doc := from; doc < to; doc++ {
			parsed, err := epcis.Parse(w.document(doc))
			require.NoError(t, err)
			require.NoError(t, x.Apply(l.Mine(tracetest.Tx{Party: party, Key: key, Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, parsed.Events...)})))
		}
	}
	teller := trace.NewTeller(x, l)
	ask := func() map[string]uint64 {
		work := make(map[string]uint64)
		for name, q := range map[string]func(doc int){
			"pack":  func(doc int) { story(t, teller, w.packPath(doc, doc%worldPacks)) },
			"lot":   func(doc int) { story(t, teller, w.lotPath(doc)) },
			"case":  func(doc int) { story(t, teller, w.casePath(doc, doc%worldCases)) },
			"class": func(int) { story(t, teller, "/01/"+gtin) },
			"deep":  func(int) { story(t, teller, w.deepPath()) },
			"event": func(doc int) {
				read(t, x, func(v *index.View) error { _, err := v.ByEventID(w.eventID(doc, 7), 5); return err })
			},
			"events of a pack": func(doc int) {
				events(t, x, index.Query{Span: index.Always, AnyEPC: []string{idHost + w.packPath(doc, 3)}, Limit: 30})
			},
			"first events of a step": func(int) {
				events(t, x, index.Query{Span: index.Always, BizSteps: []string{"shipping"}, Limit: 10})
			},
			"last events": func(int) { events(t, x, index.Query{Span: index.Always, Desc: true, Limit: 10}) },
		} {
			before := x.EntriesRead()
			for doc := deepDocs; doc < small; doc++ {
				q(doc)
			}
			work[name] = x.EntriesRead() - before
		}
		return work
	}
	grow(0, small)
	before := ask()
	grow(small, large)
	for name, work := range ask() {
		require.NotZero(t, before[name], name)
		require.LessOrEqual(t, float64(work), 1.3*float64(before[name]), "%s: entries read at %d events and %d", name, large*worldEvents, small*worldEvents)
	}
}

func story(t *testing.T, teller *trace.Teller, path string) {
	t.Helper()
	id, err := gs1.ParsePath(path)
	require.NoError(t, err)
	_, err = teller.Story(context.Background(), id, trace.Options{})
	require.NoError(t, err)
}

func read(t *testing.T, x *index.Projection, f func(*index.View) error) {
	t.Helper()
	v, err := x.View()
	require.NoError(t, err)
	require.NoError(t, f(v))
	require.NoError(t, v.Close())
}

func events(t *testing.T, x *index.Projection, q index.Query) {
	t.Helper()
	read(t, x, func(v *index.View) error { _, _, err := v.Events(q); return err })
}
