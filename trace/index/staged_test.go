package index_test

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// document is a staged document of some parts: the transactions that stage it, and its seal.
func document(t testing.TB, name string, parts int, calls ...index.Call) (txs []tracetest.Tx, seal index.Seal) {
	t.Helper()
	seal = index.Seal{ID: common.HexToHash(fmt.Sprintf("%x", name)), Parts: uint32(parts)}
	var bodies [][]byte
	for i := range calls {
		own, err := epcis.DecodePayload(calls[i].Payload)
		require.NoError(t, err)
		bodies = append(bodies, own...)
		calls[i].Payload = nil
		seal.Calls = append(seal.Calls, calls[i])
	}
	payload, err := epcis.EncodePayload(bodies)
	require.NoError(t, err)
	for i := range parts {
		part := payload[len(payload)*i/parts : len(payload)*(i+1)/parts]
		seal.Rolling = index.Rolling(seal.Rolling, uint32(i), part)
		data, err := index.PackStage(seal.ID, uint32(i), part)
		require.NoError(t, err)
		txs = append(txs, traceLogTx("a", data))
	}
	return txs, seal
}

func traceLogTx(party string, data []byte) tracetest.Tx {
	return tracetest.Tx{Party: tracetest.Address(party), Key: tracetest.Address("key " + party), TraceLog: data}
}

func sealTx(t testing.TB, party string, s index.Seal) tracetest.Tx {
	data, err := s.Pack()
	require.NoError(t, err)
	return traceLogTx(party, data)
}

// stagedTx draws a step of a staged document: a part, its seal or its end.
func stagedTx(t *rapid.T, tb testing.TB, events []*epcis.Event) tracetest.Tx {
	name := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "document")
	txs, seal := document(tb, name, 2, tracetest.CallOf(tb, format.Trunk, format.LeafEvent, events[1:3]...),
		tracetest.CallOf(tb, format.Notes, format.LeafEvent, events[3]))
	step := rapid.IntRange(0, 3).Draw(t, "step")
	tx := tracetest.Tx{}
	switch step {
	case 2:
		tx = sealTx(tb, "a", seal)
	case 3:
		tx = traceLogTx("a", tracetest.PackDrop(seal.ID))
	default:
		tx = txs[step]
	}
	tx.Via = step == 1 && rapid.IntRange(0, 4).Draw(t, "wrapped part") == 0
	return tx
}

func TestStagedDocumentTakesEffectWithItsSeal(t *testing.T) {
	t.Parallel()
	events := []*epcis.Event{observe(t, 1, "", "S1"), observe(t, 2, "", "S2"), observe(t, 3, "", "S3")}
	calls := func() []index.Call {
		return []index.Call{
			tracetest.CallOf(t, format.Trunk, format.LeafEvent, events[:2]...),
			tracetest.CallOf(t, format.Notes, format.LeafEvent, events[2]),
		}
	}
	l := tracetest.New()
	p := tracetest.Open(t)
	txs, seal := document(t, "document", 3, calls()...)
	l.Mine(txs[0])
	l.Mine(txs[1:]...)
	require.NoError(t, p.Apply(l.Blocks()...))
	seqs, err := view(t, p).ByEventID(events[0].ID(), 10)
	require.NoError(t, err)
	require.Empty(t, seqs, "staged is not yet recorded")

	b := l.Mine(sealTx(t, "a", seal))
	require.NoError(t, p.Apply(b))
	v := view(t, p)
	for i, e := range events {
		seqs, err := v.ByEventID(e.ID(), 10)
		require.NoError(t, err)
		require.Len(t, seqs, 1)
		rec, err := v.Record(seqs[0])
		require.NoError(t, err)
		assert.Equal(t, string(e.Body()), string(rec.Body))
		assert.EqualValues(t, i, rec.Pos)
		assert.Equal(t, tracetest.Address("key a"), rec.Key, "who sealed")
		assert.Equal(t, contracts.TraceLogAddr, rec.LeafKey(), "whose call Heads saw")
		assert.Equal(t, b.Time, rec.BlockTime)
		lane := common.Hash(format.LaneKey(format.Lane(rec.Lane), object(t, e)))
		leaves, err := v.Leaves(lane, 0, 10)
		require.NoError(t, err)
		require.Len(t, leaves, 1)
		assert.Equal(t, rec.Leaf, leaves[0].Hash)
	}
	for k := range dump(t, p) {
		assert.NotContains(t, "SQP", k[:1], "nothing is kept of the staging")
	}
}

func TestStagedDocumentsThatNeverTakeEffect(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(l *tracetest.Ledger, seal index.Seal){
		"dropped": func(l *tracetest.Ledger, s index.Seal) { l.Mine(traceLogTx("a", tracetest.PackDrop(s.ID))) },
		"a day has passed": func(l *tracetest.Ledger, _ index.Seal) {
			l.MineAt(l.Final().Time + 24*3600 + 1)
		},
		"sealed too late": func(l *tracetest.Ledger, s index.Seal) {
			l.MineAt(l.Final().Time+24*3600+1, sealTx(t, "a", s))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := tracetest.New()
			txs, seal := document(t, "document", 2, tracetest.CallOf(t, format.Trunk, format.LeafEvent, observe(t, 1, "", "S1")))
			l.Mine(txs...)
			end(l, seal)
			p := tracetest.Open(t)
			require.NoError(t, p.Apply(l.Blocks()...))
			for k := range dump(t, p) {
				assert.Contains(t, "cbs", k[:1], "only the cursor, blocks and who sent transactions")
			}
		})
	}
}

func TestSealOfPartsNobodySawLeavesBodiesMissing(t *testing.T) {
	t.Parallel()
	e := observe(t, 1, "", "S1")
	txs, seal := document(t, "document", 1, tracetest.CallOf(t, format.Trunk, format.LeafEvent, e))
	l := tracetest.New()
	l.Mine(txs...)
	l.Mine(sealTx(t, "a", seal))
	blocks := l.Blocks()
	// As if the part had been staged by a call within a call, which the projection doesn't look into.
	staged := blocks[len(blocks)-2]
	other := tracetest.Address("some contract")
	staged.Txs = types.Transactions{types.NewTx(&types.LegacyTx{To: &other, Data: staged.Txs[0].Data()})}
	blocks[len(blocks)-2] = staged
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(blocks...))
	v := view(t, p)
	leaves, err := v.Leaves(common.Hash(format.LaneKey(format.Trunk, object(t, e))), 0, 10)
	require.NoError(t, err)
	require.Len(t, leaves, 1)
	rec, err := v.Record(leaves[0].Seq)
	require.NoError(t, err)
	assert.True(t, rec.Damaged)
}

func FuzzTraceLogCalls(f *testing.F) {
	_, seal := document(f, "document", 1, tracetest.CallOf(f, format.Trunk, format.LeafEvent, observe(f, 1, "", "S1")))
	sealed, err := seal.Pack()
	require.NoError(f, err)
	part, err := index.PackStage(seal.ID, 0, []byte("part"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add(part)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := index.ParseSeal(data); err == nil {
			again, err := s.Pack()
			require.NoError(t, err)
			same, err := index.ParseSeal(again)
			require.NoError(t, err)
			require.Equal(t, s, same)
		}
		_, _, _, _ = index.ParseStage(data)
	})
}
