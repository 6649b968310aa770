package index_test

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestRouteOfAnObject: on its way are those that wrote to its trunk and those it was handed over to, not who made notes.
func TestRouteOfAnObject(t *testing.T) {
	t.Parallel()
	a, b, c, d := tracetest.Address("a"), tracetest.Address("b"), tracetest.Address("c"), tracetest.Address("d")
	call := func(lane format.Lane, minute int, next ...common.Address) index.Call {
		out := tracetest.CallOf(t, lane, format.LeafEvent, observe(t, minute, "", "S1"))
		out.Next = next
		return out
	}
	p := tracetest.Open(t)
	l := tracetest.New()
	obj := object(t, observe(t, 0, "", "S1"))
	joined := map[common.Address]index.Seq{}
	for _, step := range []struct {
		name string
		tx   tracetest.Tx
		want []common.Address
	}{
		{"the first to write", tracetest.Tx{Party: a, Call: call(format.Trunk, 1)}, []common.Address{a}},
		{"the same again", tracetest.Tx{Party: a, Call: call(format.Trunk, 2)}, []common.Address{a}},
		{"a note", tracetest.Tx{Party: d, Call: call(format.Notes, 3)}, []common.Address{a}},
		{"a hand-over", tracetest.Tx{Party: a, Call: call(format.Trunk, 4, b, c)}, []common.Address{a, b, c}},
		{"the receiver writes", tracetest.Tx{Party: b, Call: call(format.Trunk, 5)}, []common.Address{a, b, c}},
		{"another one writes", tracetest.Tx{Party: d, Call: call(format.Trunk, 6)}, []common.Address{a, b, c, d}},
		{"a failed one", tracetest.Tx{Party: tracetest.Address("e"), Call: call(format.Trunk, 7), Failed: true}, []common.Address{a, b, c, d}},
	} {
		block := l.Mine(step.tx)
		require.NoError(t, p.Apply(l.Blocks()...), step.name)
		v := view(t, p)
		route, err := v.Route(obj)
		require.NoError(t, err)
		assert.ElementsMatch(t, step.want, route, step.name)
		for _, party := range []common.Address{a, b, c, d, tracetest.Address("e")} {
			since, on, err := v.OnWay(obj, party)
			require.NoError(t, err)
			assert.Equal(t, slices.Contains(step.want, party), on, step.name)
			if _, known := joined[party]; on && !known {
				joined[party] = index.Seq{Height: uint64(block.Height)}
			}
			assert.Equal(t, joined[party], since, "%s: never moves", step.name)
		}
		if !step.tx.Failed {
			rec, err := v.Record(index.Seq{Height: uint64(block.Height)})
			require.NoError(t, err)
			assert.ElementsMatch(t, step.tx.Call.Next, rec.Next, step.name)
		}
	}
}

func TestSealedEventsAreListed(t *testing.T) {
	t.Parallel()
	a, b := tracetest.Address("a"), tracetest.Address("b")
	l, p := tracetest.New(), tracetest.Open(t)
	var calls []index.Call
	for n := range uint64(3) {
		call, _ := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, observe(t, 1, "", "S1"), n, format.Hash{})
		calls = append(calls, call)
		l.Mine(tracetest.Tx{Party: a, Call: call})
	}
	l.Mine(tracetest.Tx{Party: b, Call: calls[1]}) // b takes a's commitment for its own
	l.Mine(tracetest.Tx{Party: a, Call: calls[2]}) // told twice
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)
	of, err := v.SealedOf(object(t, observe(t, 1, "", "S1")), 10)
	require.NoError(t, err)
	assert.Len(t, of, 4)

	var all []index.Seq
	var at index.Record
	for {
		list, err := v.SealedEvents(at.Commitment, at.Party, 2)
		require.NoError(t, err)
		if len(list) == 0 {
			break
		}
		all = append(all, list...)
		at, err = v.Record(list[len(list)-1])
		require.NoError(t, err)
	}
	assert.ElementsMatch(t, of, all)
}
