package index_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const bottle = "https://id.gs1.org/01/09521202001011/21/"

// observe is an ObjectEvent of some bottles at a minute of a fixed day.
func observe(t testing.TB, minute int, extra string, serials ...string) *epcis.Event {
	list := ""
	for i, s := range serials {
		if i > 0 {
			list += ","
		}
		list += `"` + bottle + s + `"`
	}
	when := time.Date(2026, 11, 1, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":%q,"action":"OBSERVE","epcList":[%s]%s`, when, list, extra))
}

func object(t testing.TB, e *epcis.Event) common.Hash { return tracetest.ObjectsOf(t, e)[0].Key() }

func view(t testing.TB, p *index.Projection) *index.View {
	v, err := p.View()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

// history draws a random history: parties, repeated and corrected events, damaged payloads, failed transactions.
func history(t *rapid.T, tb testing.TB) *tracetest.Ledger {
	l := tracetest.New()
	events := make([]*epcis.Event, 6)
	for i := range events {
		id := ""
		if i%2 == 0 {
			id = fmt.Sprintf(`,"eventID":"urn:uuid:00000000-0000-4000-8000-00000000000%d"`, i)
		}
		events[i] = observe(tb, i*7%5, id, fmt.Sprint("S", i%3), fmt.Sprint("S", (i+1)%3))
	}
	for n := rapid.IntRange(1, 12).Draw(t, "blocks"); n > 0; n-- {
		var txs []tracetest.Tx
		for k := rapid.IntRange(0, 3).Draw(t, "txs"); k > 0; k-- {
			name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "party")
			e := events[rapid.IntRange(0, len(events)-1).Draw(t, "event")]
			kind := rapid.SampledFrom([]format.LeafKind{format.LeafEvent, format.LeafErrorDecl}).Draw(t, "kind")
			lane := rapid.SampledFrom([]format.Lane{format.Trunk, format.Notes}).Draw(t, "lane")
			call := tracetest.CallOf(tb, lane, kind, e, events[0])
			if rapid.IntRange(0, 3).Draw(t, "sealed") == 0 {
				call, _ = tracetest.SealedCall(tb, lane, kind, epcis.PolicyChain, e, uint64(rapid.IntRange(0, 1).Draw(t, "salts")), call.Commitments[0])
			}
			if rapid.IntRange(0, 3).Draw(t, "hands over") == 0 {
				call.Next = []common.Address{tracetest.Address("c")}
			}
			if rapid.IntRange(0, 5).Draw(t, "damage") == 0 {
				call.Payload = []byte("rubbish")
			}
			txs = append(txs, tracetest.Tx{Party: tracetest.Address(name), Key: tracetest.Address("key " + name), Call: call,
				Failed: rapid.IntRange(0, 5).Draw(t, "fails") == 0, Via: rapid.Bool().Draw(t, "wrapped")})
		}
		if rapid.IntRange(0, 2).Draw(t, "stages") == 0 {
			txs = append(txs, stagedTx(t, tb, events))
		}
		if rapid.IntRange(0, 9).Draw(t, "a day later") == 0 {
			l.MineAt(l.Final().Time+24*3600+uint64(rapid.IntRange(-2, 2).Draw(t, "seconds")), txs...)
			continue
		}
		l.Mine(txs...)
	}
	return l
}

func TestOneHistoryGivesOneIndex(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		l := history(r, t)
		whole := tracetest.Open(t)
		require.NoError(t, whole.Apply(l.Blocks()...))

		dir := t.TempDir()
		pieces, err := index.Open(dir, tracetest.Chain, 1<<20)
		require.NoError(t, err)
		blocks := l.Blocks()
		for len(blocks) > 0 {
			n := rapid.IntRange(1, len(blocks)).Draw(r, "batch")
			require.NoError(t, pieces.Apply(blocks[:n]...))
			if rapid.Bool().Draw(r, "restart") { // and a ledger that replays what was indexed
				require.NoError(t, pieces.Close())
				pieces, err = index.Open(dir, tracetest.Chain, 1<<20)
				require.NoError(t, err)
				require.NoError(t, pieces.Apply(blocks[:n]...))
			}
			blocks = blocks[n:]
		}
		assert.Equal(t, dump(t, whole), dump(t, pieces))
		require.NoError(t, pieces.Close())
	})
}

func TestHeadsAreTheLedgers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		l := history(r, t)
		p := tracetest.Open(t)
		require.NoError(t, p.Apply(l.Blocks()...))
		v := view(t, p)
		for i := range 3 {
			obj := object(t, observe(t, 0, "", fmt.Sprint("S", i)))
			for _, lane := range []format.Lane{format.Trunk, format.Notes} {
				key := common.Hash(format.LaneKey(lane, obj))
				word, err := l.Call(context.Background(), tracetest.Chain.Heads, append(make([]byte, 4), key[:]...))
				require.NoError(t, err)
				head, err := v.Head(key)
				require.NoError(t, err)
				assert.Equal(t, format.HeadFromWord(format.Hash(word)), head)
				leaves, err := v.Leaves(key, 0, 1000)
				require.NoError(t, err)
				assert.Len(t, leaves, int(head.Count))
			}
		}
	})
}

func dump(t testing.TB, p *index.Projection) map[string]string {
	out, err := p.Dump()
	require.NoError(t, err)
	return out
}

func TestCursorNeverGoesBack(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	l.Mine()
	p := tracetest.Open(t)
	blocks := l.Blocks()
	require.NoError(t, p.Apply(blocks...))
	require.NoError(t, p.Apply(blocks[0]), "a replayed block is skipped")
	assert.Equal(t, uint64(1), p.Position().Number)

	other := blocks[1]
	other.Hash = common.Hash{1}
	assert.ErrorIs(t, p.Apply(other), index.ErrForeignBlock)
	far := blocks[1]
	far.Height, far.Number = 99, 7
	assert.ErrorIs(t, p.Apply(far), index.ErrGap)
}

func TestRunFollowsAndStops(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	p := tracetest.Open(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, l) }()
	b := l.Mine()
	require.NoError(t, p.WaitFor(ctx, b.Height))
	cancel()
	require.NoError(t, <-done)
	assert.ErrorIs(t, p.WaitFor(ctx, b.Height+1), context.Canceled)
}

func TestDuplicatesWitnessesAndCorrections(t *testing.T) {
	t.Parallel()
	a, b := tracetest.Address("a"), tracetest.Address("b")
	plain := observe(t, 1, "", "X")
	named := observe(t, 2, `,"eventID":"urn:uuid:11111111-1111-4111-8111-111111111111"`, "X")
	// The same eventID with another content: linked by its ID.
	wrong := observe(t, 3, `,"eventID":"urn:uuid:11111111-1111-4111-8111-111111111111",`+
		`"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z"}`, "X")
	declared := observe(t, 1, `,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z"}`, "X")
	tx := func(party common.Address, kind format.LeafKind, e *epcis.Event) tracetest.Tx {
		return tracetest.Tx{Party: party, Call: tracetest.CallOf(t, format.Trunk, kind, e)}
	}
	l := tracetest.New()
	l.Mine(tx(a, format.LeafEvent, plain))     // 3-0
	l.Mine(tx(a, format.LeafEvent, plain))     // 5-0: the same party again
	l.Mine(tx(b, format.LeafEvent, plain))     // 7-0: a witness
	l.Mine(tx(b, format.LeafErrorDecl, wrong)) // 9-0: b never recorded it
	l.Mine(tx(a, format.LeafEvent, named))     // 11-0
	l.Mine(tx(a, format.LeafErrorDecl, wrong), tx(a, format.LeafErrorDecl, declared))
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)

	second, err := v.Record(index.Seq{Height: 5})
	require.NoError(t, err)
	assert.True(t, second.Duplicate)
	first, err := v.Record(index.Seq{Height: 3})
	require.NoError(t, err)
	records, err := v.Records(first.EventHash, false)
	require.NoError(t, err)
	assert.Equal(t, 2, len(records), "one of each party")
	list, _, err := v.Own(object(t, plain), format.Trunk, index.Always, 100)
	require.NoError(t, err)
	assert.Len(t, list, 6, "the duplicate feeds nothing")

	for name, c := range map[string]struct {
		seq  index.Seq
		decl index.Seq
		ok   bool
	}{
		"by event hash, from its own party": {index.Seq{Height: 3}, index.Seq{Height: 13, Index: 1}, true},
		"another party's stays":             {index.Seq{Height: 7}, index.Seq{}, false},
		"by eventID":                        {index.Seq{Height: 11}, index.Seq{Height: 13}, true},
	} {
		decl, ok, err := v.Correction(c.seq)
		require.NoError(t, err, name)
		assert.Equal(t, c.ok, ok, name)
		if ok {
			assert.Equal(t, c.decl, decl, name)
		}
	}
	found, next, err := v.Events(index.Query{Span: index.Always, Limit: 10})
	require.NoError(t, err)
	assert.Nil(t, next)
	assert.Len(t, found, 4, "a witness is not another event; declarations are")
}

func TestCorrectionBeforeItsOriginal(t *testing.T) {
	t.Parallel()
	a := tracetest.Address("a")
	plain := observe(t, 1, "", "X")
	declared := observe(t, 1, `,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z"}`, "X")
	l := tracetest.New()
	l.Mine(tracetest.Tx{Party: a, Call: tracetest.CallOf(t, format.Trunk, format.LeafErrorDecl, declared)})
	l.Mine(tracetest.Tx{Party: a, Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, plain)})
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	decl, ok, err := view(t, p).Correction(index.Seq{Height: 5})
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, index.Seq{Height: 3}, decl)
}

func TestBodyThatDoesNotMatchIsDamaged(t *testing.T) {
	t.Parallel()
	honest, other := observe(t, 1, "", "X"), observe(t, 2, "", "X")
	call := tracetest.CallOf(t, format.Trunk, format.LeafEvent, honest)
	payload, err := epcis.EncodePayload([][]byte{other.Body()})
	require.NoError(t, err)
	call.Payload = payload
	l := tracetest.New()
	l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: call})
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)
	rec, err := v.Record(index.Seq{Height: 3})
	require.NoError(t, err)
	assert.True(t, rec.Damaged)
	assert.Empty(t, rec.Body)
	list, _, err := v.Own(object(t, honest), format.Trunk, index.Always, 10)
	require.NoError(t, err)
	assert.Len(t, list, 1, "it stays in the object's list")
	found, _, err := v.Events(index.Query{Span: index.Always, Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestQueriesPageInBothDirections(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	var want []string
	for i := range 10 {
		e := observe(t, i/2, fmt.Sprintf(`,"bizStep":%q`, []string{"shipping", "receiving"}[i%2]), "A", fmt.Sprint("N", i))
		want = append(want, e.HashID())
		l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})
	}
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)
	for name, c := range map[string]struct {
		q    index.Query
		want []string
	}{
		"all":               {index.Query{Span: index.Always}, want},
		"time":              {index.Query{Span: index.Span{From: minute(1), To: minute(3)}}, want[2:6]},
		"bizStep":           {index.Query{Span: index.Always, BizSteps: []string{"shipping"}}, every(want, 0, 2)},
		"two steps":         {index.Query{Span: index.Always, BizSteps: []string{"shipping", "receiving"}}, want},
		"one bottle":        {index.Query{Span: index.Always, AnyEPC: []string{bottle + "N3"}}, want[3:4]},
		"two bottles, once": {index.Query{Span: index.Always, AnyEPC: []string{bottle + "A", bottle + "N3"}}, want},
		"bottle and step":   {index.Query{Span: index.Always, AnyEPC: []string{bottle + "A"}, BizSteps: []string{"receiving"}}, every(want, 1, 2)},
		"as a class":        {index.Query{Span: index.Always, AnyEPCClass: []string{bottle + "A"}}, nil},
	} {
		for _, desc := range []bool{false, true} {
			for _, limit := range []int{1, 3, 100} {
				q := c.q
				q.Desc, q.Limit = desc, limit
				var got []string
				for {
					list, next, err := v.Events(q)
					require.NoError(t, err, name)
					for _, f := range list {
						got = append(got, f.Event.HashID())
					}
					if next == nil {
						break
					}
					q.After = next
				}
				if desc {
					for i, j := 0, len(got)-1; i < j; i, j = i+1, j-1 {
						got[i], got[j] = got[j], got[i]
					}
				}
				assert.Equal(t, c.want, got, "%s desc=%v limit=%d", name, desc, limit)
			}
		}
	}
}

func minute(n int) int64 { return time.Date(2026, 11, 1, 0, n, 0, 0, time.UTC).UnixMilli() }

func every(list []string, from, step int) (out []string) {
	for i := from; i < len(list); i += step {
		out = append(out, list[i])
	}
	return out
}

func TestSeqText(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"12-3": true, "0-0": true, "": false, "-": false, "1": false, "1-2-3": false, "-1-2": false, "1-4294967296": false} {
		s, err := index.ParseSeq(text)
		assert.Equal(t, ok, err == nil, text)
		if ok {
			assert.Equal(t, text, s.String())
		}
	}
}

func FuzzParseAppend(f *testing.F) {
	e := observe(f, 1, "", "X")
	data, err := tracetest.CallOf(f, format.Trunk, format.LeafEvent, e).Pack()
	require.NoError(f, err)
	f.Add(data)
	f.Add(data[:100])
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := index.ParseAppend(data)
		if err != nil {
			return
		}
		packed, err := c.Pack()
		require.NoError(t, err)
		again, err := index.ParseAppend(packed)
		require.NoError(t, err)
		assert.Equal(t, c, again)
	})
}

// FuzzApply feeds hostile payloads: they may be damaged, they never stop the index.
func FuzzApply(f *testing.F) {
	e := observe(f, 1, "", "X")
	good := tracetest.CallOf(f, format.Trunk, format.LeafEvent, e)
	f.Add(good.Payload, uint8(1), e.Body())
	f.Add([]byte{1, 0, 0, 0, 0}, uint8(11), []byte(`{"type":"EPCISMasterData","vocabularyList":[]}`))
	f.Fuzz(func(t *testing.T, payload []byte, kind uint8, body []byte) {
		l := tracetest.New()
		raw := good
		raw.Payload, raw.Kind = payload, kind
		committed := good
		committed.Commitments = []common.Hash{epcis.Commitment(body)}
		committed.Kind = kind
		if p, err := epcis.EncodePayload([][]byte{body}); err == nil {
			committed.Payload = p
		}
		l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: raw}, tracetest.Tx{Party: tracetest.Address("a"), Call: committed})
		p := tracetest.Open(t)
		require.NoError(t, p.Apply(l.Blocks()...))
	})
}

func BenchmarkApply(b *testing.B) {
	const perTx, txs = 100, 20
	for _, c := range []struct {
		name   string
		things int
	}{{"new things", perTx * txs}, {"known things", perTx}} {
		b.Run(c.name, func(b *testing.B) {
			l := tracetest.New()
			for i := range txs {
				var events []*epcis.Event
				for j := range perTx {
					n := i*perTx + j
					events = append(events, observe(b, n%1440, `,"bizStep":"shipping","disposition":"in_transit"`,
						fmt.Sprint("P", n%c.things), fmt.Sprint("Q", n%c.things)))
				}
				l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(b, format.Trunk, format.LeafEvent, events...)})
			}
			blocks := l.Blocks()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				p := tracetest.Open(b)
				b.StartTimer()
				for _, blk := range blocks {
					if err := p.Apply(blk); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*perTx*txs)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// TestTwoEventsUnderOneEventID: what no door should let through may still reach the ledger, from two nodes at once. The first
// has the eventID; the other is kept, found, and marked. A declaration finds either by its hash, and by the eventID the first.
func TestTwoEventsUnderOneEventID(t *testing.T) {
	t.Parallel()
	const id = "urn:uuid:00000000-0000-4000-8000-000000000009"
	named := `,"eventID":"` + id + `"`
	wrong := named + `,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z"}`
	first, second, others := observe(t, 1, named, "A"), observe(t, 1, named, "B"), observe(t, 1, named, "C")
	a, b := tracetest.Address("a"), tracetest.Address("b")
	for name, c := range map[string]struct {
		declared  *epcis.Event
		corrected []bool // first, second
	}{
		"the second, by hash": {observe(t, 1, wrong, "B"), []bool{false, true}},
		"the first, by hash":  {observe(t, 1, wrong, "A"), []bool{true, false}},
		"by the eventID":      {observe(t, 1, wrong, "D"), []bool{true, false}},
	} {
		for order, early := range map[string]bool{"before": true, "afterwards": false} {
			l := tracetest.New()
			tx := func(p common.Address, kind format.LeafKind, e *epcis.Event) tracetest.Tx {
				return tracetest.Tx{Party: p, Call: tracetest.CallOf(t, format.Trunk, kind, e)}
			}
			if early {
				l.Mine(tx(a, format.LeafErrorDecl, c.declared))
			}
			one, two, three := l.Mine(tx(a, format.LeafEvent, first)), l.Mine(tx(a, format.LeafEvent, second)), l.Mine(tx(b, format.LeafEvent, others))
			if !early {
				l.Mine(tx(a, format.LeafErrorDecl, c.declared))
			}
			p := tracetest.Open(t)
			require.NoError(t, p.Apply(l.Blocks()...))
			v := view(t, p)
			at := func(b index.Block) index.Seq { return index.Seq{Height: uint64(b.Height)} }
			for i, b := range []index.Block{one, two, three} {
				rec, err := v.Record(at(b))
				require.NoError(t, err)
				assert.False(t, rec.Duplicate || rec.Damaged)
				of, marked := rec.SameID()
				assert.Equal(t, i == 1, marked, "%s, %s: record %d", name, order, i)
				if marked {
					assert.Equal(t, at(one), of)
				}
				if i < 2 {
					_, struck, err := v.Correction(rec.Seq)
					require.NoError(t, err)
					// One that comes before any event of its eventID is taken to be about the first that comes.
					assert.Equal(t, c.corrected[i] || early && i == 0, struck, "%s, %s: record %d", name, order, i)
				}
				own, _, err := v.Own(object(t, []*epcis.Event{first, second, others}[i]), format.Trunk, index.Always, 10)
				require.NoError(t, err)
				assert.NotEmpty(t, own, "it tells of its objects")
			}
			seq, ok, err := v.EventOf(a, id)
			require.NoError(t, err)
			assert.True(t, ok)
			assert.Equal(t, at(one), seq)
			found, err := v.ByEventID(id, 10)
			require.NoError(t, err)
			assert.Subset(t, found, []index.Seq{at(one), at(two), at(three)})
		}
	}
}
