package trace_test

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const item = "https://id.gs1.org/01/09521202001011"

func unit(serial string) string { return item + "/21/" + serial }
func lot(number string) string  { return item + "/10/" + number }

// workshop records events one block each.
type workshop struct {
	t      testing.TB
	ledger *tracetest.Ledger
	minute int
}

func (w *workshop) record(typ, fields string) *epcis.Event {
	w.minute++
	when := time.Date(2026, 11, 1, 0, w.minute, 0, 0, time.UTC).Format(time.RFC3339)
	e := tracetest.Event(w.t, typ, fmt.Sprintf(`"eventTime":%q,%s`, when, fields))
	w.ledger.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(w.t, format.Trunk, format.LeafEvent, e)})
	return e
}

func list(ids ...string) string { return `["` + strings.Join(ids, `","`) + `"]` }

// amounts is a quantity list of lots.
func amounts(ids ...string) string {
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprintf(`{"epcClass":%q,"quantity":5}`, id))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (w *workshop) graph(id string, opts trace.GraphOptions) *trace.Graph {
	p := tracetest.Open(w.t)
	require.NoError(w.t, p.Apply(w.ledger.Blocks()...))
	parsed, err := gs1.Parse(id)
	require.NoError(w.t, err)
	if opts.Depth == 0 {
		opts.Depth = trace.DefaultGraphDepth
	}
	if opts.Nodes == 0 {
		opts.Nodes = trace.DefaultGraphNodes
	}
	g, err := trace.NewTeller(p, nil).Graph(context.Background(), parsed, opts)
	require.NoError(w.t, err)
	return g
}

// told is a graph in short: each link as from > to, with ? where it is possible only.
func told(g *trace.Graph) (out []string) {
	short := strings.NewReplacer(item+"/21/", "", item+"/10/", "L:", "https://id.gs1.org/00/", "S:")
	for _, l := range g.Links {
		mark := ""
		if l.Reach == trace.ReachPossible {
			mark = "?"
		}
		out = append(out, short.Replace(fmt.Sprintf("%s %s > %s%s", l.Kind, l.From, l.To, mark)))
	}
	sort.Strings(out)
	return out
}

const palletSSCC = "https://id.gs1.org/00/095212020010111113"

func TestGraphs(t *testing.T) {
	t.Parallel()
	w := &workshop{t: t, ledger: tracetest.New()}
	w.record("ObjectEvent", `"action":"ADD","epcList":`+list(unit("sensor")))
	w.record("TransformationEvent", `"inputQuantityList":`+amounts(lot("milk"))+`,"outputQuantityList":`+amounts(lot("butter")))
	w.record("TransformationEvent", `"inputQuantityList":`+amounts(lot("cream"))+`,"outputQuantityList":`+amounts(lot("butter")))
	w.record("TransformationEvent", `"inputEPCList":`+list(unit("jar"))+`,"inputQuantityList":`+amounts(lot("butter"), lot("salt"))+
		`,"outputEPCList":`+list(unit("A"), unit("B"))+`,"ilmd":{"cbvmda:lotNumber":"spread"}`)
	w.record("AssociationEvent", `"action":"ADD","parentID":"`+unit("A")+`","childEPCs":`+list(unit("sensor")))
	w.record("AggregationEvent", `"action":"ADD","parentID":"`+palletSSCC+`","childEPCs":`+list(unit("A"), unit("B")))
	wrong := w.record("TransformationEvent", `"inputEPCList":`+list(unit("glass"))+`,"outputEPCList":`+list(unit("A")))
	w.ledger.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(t, format.Trunk, format.LeafErrorDecl, wrong)})
	w.record("ObjectEvent", `"action":"OBSERVE","bizStep":"shipping","quantityList":`+amounts(lot("spread")))
	w.record("TransformationEvent", `"inputQuantityList":`+amounts(lot("spread"))+`,"outputEPCList":`+list(unit("cake")))
	w.record("AggregationEvent", `"action":"DELETE","parentID":"`+palletSSCC+`","childEPCs":`+list(unit("A")))

	for name, tt := range map[string]struct {
		id   string
		opts trace.GraphOptions
		want []string
		cut  bool
	}{
		"what a unit was made of": {unit("A"), trace.GraphOptions{Up: true}, []string{"inside sensor > A", "lot L:spread > A?",
			"made L:butter > A", "made L:butter > L:spread?", "made L:cream > L:butter?", "made L:milk > L:butter?", "made L:salt > A",
			"made L:salt > L:spread?", "made jar > A", "made jar > L:spread?"}, false},
		"what a lot was made of": {lot("butter"), trace.GraphOptions{Up: true}, []string{"made L:cream > L:butter", "made L:milk > L:butter"}, false},
		"what became of milk": {lot("milk"), trace.GraphOptions{Down: true}, []string{"inside A > S:095212020010111113", "inside B > S:095212020010111113",
			"lot L:spread > A?", "lot L:spread > B?", "made L:butter > A", "made L:butter > B", "made L:milk > L:butter", "made L:spread > cake?"}, false},
		"what is on a pallet": {palletSSCC, trace.GraphOptions{Up: true, Depth: 1}, []string{"inside B > S:095212020010111113"}, true},
		"units of a lot": {lot("spread"), trace.GraphOptions{Down: true, Depth: 1}, []string{"lot L:spread > A", "lot L:spread > B",
			"made L:spread > cake"}, false},
		"cut by nodes":   {lot("butter"), trace.GraphOptions{Up: true, Nodes: 1}, []string{"made L:milk > L:butter"}, true},
		"not that wrong": {unit("glass"), trace.GraphOptions{Up: true, Down: true}, nil, false},
		"nobody's":       {unit("nobody"), trace.GraphOptions{Up: true, Down: true}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := w.graph(tt.id, tt.opts)
			assert.Equal(t, tt.want, told(g))
			assert.Equal(t, tt.cut, g.Truncated)
			assert.Equal(t, tt.id, g.Nodes[0].ID)
			assert.Equal(t, len(g.Nodes)-1, g.Certain+g.Possible)
		})
	}
}

// TestGraphOfACircle ends: what is said to be made of itself is looked at once.
func TestGraphOfACircle(t *testing.T) {
	t.Parallel()
	w := &workshop{t: t, ledger: tracetest.New()}
	for i := range 20 {
		w.record("TransformationEvent", `"inputQuantityList":`+amounts(lot(fmt.Sprint("x", i%3)))+`,"outputQuantityList":`+amounts(lot(fmt.Sprint("x", (i+1)%3))))
	}
	g := w.graph(lot("x0"), trace.GraphOptions{Up: true, Down: true})
	assert.Len(t, g.Nodes, 5)
}

// BenchmarkGraph walks up from an object with 1,000 events behind it: 1,000 transformations, each of two things into
// one, as a tree, and as a chain of steps that put one thing into another.
func BenchmarkGraph(b *testing.B) {
	for name, parent := range map[string]func(i int) int{"tree": func(i int) int { return (i - 1) / 2 }, "flat": func(int) int { return 0 }} {
		b.Run(name, func(b *testing.B) {
			l := tracetest.New()
			const events = 1_000
			var calls []*epcis.Event
			for i := events; i > 0; i-- {
				when := time.Date(2026, 11, 1, 0, 0, events-i, 0, time.UTC).Format(time.RFC3339)
				calls = append(calls, tracetest.Event(b, "TransformationEvent", fmt.Sprintf(`"eventTime":%q,"bizStep":"commissioning","disposition":"active",
					"readPoint":{"id":"https://id.gs1.org/414/9521321000018/254/1"},"inputEPCList":%s,"outputEPCList":%s`,
					when, list(unit(fmt.Sprint("P", i)), unit(fmt.Sprint("Q", i))), list(unit(fmt.Sprint("P", parent(i)))))))
			}
			for i := 0; i < len(calls); i += 50 {
				l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(b, format.Trunk, format.LeafEvent, calls[i:min(i+50, len(calls))]...)})
			}
			p, err := index.Open(b.TempDir(), tracetest.Chain, 64<<20)
			require.NoError(b, err)
			require.NoError(b, p.Apply(l.Blocks()...))
			id, err := gs1.Parse(unit("P0"))
			require.NoError(b, err)
			teller := trace.NewTeller(p, nil)
			before := cpu(b)
			b.ResetTimer()
			for range b.N {
				g, err := teller.Graph(context.Background(), id, trace.GraphOptions{Up: true, Depth: trace.MaxGraphDepth, Nodes: trace.MaxGraphNodes})
				require.NoError(b, err)
				if name == "tree" {
					require.Len(b, g.Links, 2*events)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1e3/float64(b.N), "CPU-ms/op")
			b.StopTimer()
			require.NoError(b, p.Close())
		})
	}
}

// cpu is the processor time this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
