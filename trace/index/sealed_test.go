package index_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestSealedRecords: a sealed event stands in its objects' lists at its block time, by whom and under which policy; nothing
// of its body is in the index; a declaration strikes it out by its commitment, its own party's only.
func TestSealedRecords(t *testing.T) {
	t.Parallel()
	a, b := tracetest.Address("a"), tracetest.Address("b")
	e := observe(t, 1, `,"bizStep":"shipping","eventID":"urn:uuid:00000000-0000-4000-8000-000000000001"`, "S1")
	call, _ := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, e, 1, format.Hash{})
	decl := func(seed uint64) index.Call {
		c, _ := tracetest.SealedCall(t, format.Trunk, format.LeafErrorDecl, epcis.PolicyChain, e, seed, call.Commitments[0])
		return c
	}
	l := tracetest.New()
	at := l.Mine(tracetest.Tx{Party: a, Call: call})
	l.Mine(tracetest.Tx{Party: b, Call: decl(2)})
	again := call
	l.Mine(tracetest.Tx{Party: a, Call: again})
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)
	list, _, err := v.Own(object(t, e), format.Trunk, index.Always, 10)
	require.NoError(t, err)
	require.Len(t, list, 2, "the same again by the same party counts in the lane alone")
	rec, err := v.Record(list[0].Seq)
	require.NoError(t, err)
	stub, ok := rec.Sealed()
	require.True(t, ok)
	assert.Equal(t, epcis.PolicyChain, stub.Policy)
	assert.False(t, rec.Damaged)
	assert.True(t, rec.Matches())
	assert.Empty(t, rec.EventID)
	assert.Equal(t, int64(at.Time)*1000, int64(rec.Millis))
	_, struck, err := v.Correction(rec.Seq)
	require.NoError(t, err)
	assert.False(t, struck, "another party's declaration")
	seq, ok, err := v.SealedBy(rec.Commitment, a)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, rec.Seq, seq)
	found, err := v.ByEventID("urn:uuid:00000000-0000-4000-8000-000000000001", 10)
	require.NoError(t, err)
	assert.Empty(t, found)

	require.NoError(t, p.Apply(l.Mine(tracetest.Tx{Party: a, Call: decl(3)})))
	v = view(t, p)
	_, struck, err = v.Correction(rec.Seq)
	require.NoError(t, err)
	assert.True(t, struck)
}

// TestSealedStubs: what isn't the stub of its commitment is withheld or damaged, and so is a sealed body where there can't
// be one.
func TestSealedStubs(t *testing.T) {
	t.Parallel()
	e := observe(t, 1, "", "S1")
	call, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, e, 1, format.Hash{})
	other, err := epcis.NewStub(epcis.PolicyPrivate, fields[1:])
	require.NoError(t, err)
	bodied := func(body []byte) index.Call {
		c := call
		c.Payload, err = epcis.EncodePayload([][]byte{body})
		require.NoError(t, err)
		return c
	}
	recall := call
	recall.Kind, recall.Lane = uint8(format.LeafRecall), uint8(format.Notice)
	for name, c := range map[string]index.Call{"another stub": bodied(other.Body()), "the open body": bodied(e.Body()), "a recall": recall} {
		l := tracetest.New()
		l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: c})
		p := tracetest.Open(t)
		require.NoError(t, p.Apply(l.Blocks()...))
		v := view(t, p)
		list, _, err := v.Own(object(t, e), format.Lane(c.Lane), index.Always, 10)
		require.NoError(t, err)
		require.Len(t, list, 1, name)
		rec, err := v.Record(list[0].Seq)
		require.NoError(t, err)
		assert.True(t, rec.Damaged, name)
		_, sealed := rec.Sealed()
		assert.False(t, sealed, name)
	}
}
