package index_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const gln = "https://id.gs1.org/414/9521321000018"

// drawn is an event of a random history with the block that records it.
type drawn struct {
	*epcis.Event
	block uint64 // time
}

// drawEvents records up to 60 events of few values, so that conditions often meet; 2 of 3 blocks record them.
func drawEvents(r *rapid.T, t testing.TB) (*tracetest.Ledger, []drawn) {
	l := tracetest.New()
	var list []drawn
	one := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(r, name) }
	for n := rapid.IntRange(1, 20).Draw(r, "blocks"); n > 0; n-- {
		var events []*epcis.Event
		for k := rapid.IntRange(0, 3).Draw(r, "events"); k > 0; k-- {
			var extra strings.Builder
			n := len(list) + len(events)
			fmt.Fprintf(&extra, `,"eventID":"urn:uuid:00000000-0000-4000-8000-%012d","ex:n":%d`, n, n)
			for _, f := range [][2]string{{"bizStep", one("step", "", "shipping", "receiving")}, {"disposition", one("disposition", "", "in_transit")}} {
				if f[1] != "" {
					fmt.Fprintf(&extra, `,%q:%q`, f[0], f[1])
				}
			}
			for _, f := range [][2]string{{"readPoint", one("point", "", "1")}, {"bizLocation", one("location", "", "2")}} {
				if f[1] != "" {
					fmt.Fprintf(&extra, `,%q:{"id":%q}`, f[0], gln+"/254/"+f[1])
				}
			}
			when := time.Date(2026, 11, 1, 0, rapid.IntRange(0, 9).Draw(r, "minute"), 0, 0, time.UTC).Format(time.RFC3339)
			bottles := fmt.Sprintf(`[%q]`, bottle+one("bottle", "A", "B"))
			switch one("type", epcis.ObjectEvent, epcis.TransformationEvent) {
			case epcis.ObjectEvent:
				events = append(events, tracetest.Event(t, epcis.ObjectEvent, fmt.Sprintf(`"eventTime":%q,"action":%q,"epcList":%s%s`,
					when, one("action", "ADD", "OBSERVE"), bottles, extra.String())))
			default:
				events = append(events, tracetest.Event(t, epcis.TransformationEvent, fmt.Sprintf(`"eventTime":%q,"transformationID":"urn:x:t","outputEPCList":%s%s`,
					when, bottles, extra.String())))
			}
		}
		var txs []tracetest.Tx
		for _, e := range events {
			txs = append(txs, tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})
		}
		b := l.Mine(txs...)
		for _, e := range events {
			list = append(list, drawn{e, b.Time})
		}
	}
	return l, list
}

// TestQueriesAnswerWhatHolds compares the lists with a look at every event, in both orders and directions, on pages and
// pauses of any size.
func TestQueriesAnswerWhatHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		l, events := drawEvents(r, t)
		p := tracetest.Open(t)
		require.NoError(t, p.Apply(l.Blocks()...))
		v := view(t, p)
		some := func(name string, values ...string) []string {
			if rapid.Bool().Draw(r, "any "+name) {
				return nil
			}
			return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, len(values), rapid.ID[string]).Draw(r, name)
		}
		q := index.Query{
			Span: index.Always, EventTypes: some("types", epcis.ObjectEvent, epcis.TransformationEvent, "urn:x:other"),
			Actions: some("actions", "ADD", "OBSERVE", "DELETE"), BizSteps: some("steps", "shipping", "receiving"),
			Dispositions: some("dispositions", "in_transit", "lost"), ReadPoints: some("points", gln+"/254/1", gln),
			BizLocations: some("locations", gln+"/254/2", gln), AnyEPC: some("bottles", bottle+"A", bottle+"C"),
			Desc: rapid.Bool().Draw(r, "desc"), ByLedger: rapid.Bool().Draw(r, "by ledger"),
			Limit: rapid.IntRange(1, 9).Draw(r, "limit"), Steps: rapid.IntRange(1, 9).Draw(r, "steps"),
		}
		if rapid.Bool().Draw(r, "span") {
			q.Span = index.Span{From: minute(rapid.IntRange(0, 5).Draw(r, "from")), To: minute(rapid.IntRange(3, 9).Draw(r, "to"))}
		}
		if rapid.Bool().Draw(r, "recorded") && len(events) > 0 {
			a, b := int(events[0].block), int(events[len(events)-1].block)+1
			q.Recorded = index.Span{From: int64(rapid.IntRange(a-1, b).Draw(r, "since"))*1000 - 1, To: int64(rapid.IntRange(a, b+1).Draw(r, "until")) * 1000}
		}
		var want, got []string
		for _, e := range ordered(events, q) {
			if holds(e, q) {
				want = append(want, e.EventID)
			}
		}
		for pages := 0; ; pages++ {
			require.Less(t, pages, 200)
			list, next, err := v.Events(q)
			require.NoError(t, err)
			require.LessOrEqual(t, len(list), q.Limit)
			for _, f := range list {
				got = append(got, f.Event.EventID)
			}
			if next == nil {
				break
			}
			q.After = next
		}
		assert.Equal(t, want, got, "%+v", q)
	})
}

func ordered(events []drawn, q index.Query) []drawn {
	out := slices.Clone(events)
	if !q.ByLedger {
		sort.SliceStable(out, func(i, j int) bool { return out[i].EventTime.Before(out[j].EventTime) })
	}
	if q.Desc {
		slices.Reverse(out)
	}
	return out
}

func holds(e drawn, q index.Query) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	span := func(s index.Span, ms int64) bool { return s == (index.Span{}) || ms >= s.From && ms < s.To }
	bottles := append(slices.Clone(e.EPCs), e.OutputEPCs...)
	return in(q.EventTypes, e.Type) && in(q.Actions, e.Action) && in(q.BizSteps, e.BizStep) && in(q.Dispositions, e.Disposition) &&
		in(q.ReadPoints, e.ReadPoint.String()) && in(q.BizLocations, e.BizLocation.String()) && in(q.AnyEPC, bottles[0].String()) &&
		span(q.Span, e.EventTime.UnixMilli()) && span(q.Recorded, int64(e.block)*1000)
}
