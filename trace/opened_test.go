package trace_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

var update = flag.Bool("update", false, "write the golden files")

// way is what happened to a bottle: what it was made of, and what it was packed into, is in events that may be sealed.
type way struct {
	ledger *tracetest.Ledger
	teller *trace.Teller
	opener *trace.Opener
}

const (
	wayBottle = "/01/09521202001011/21/B1"
	wayJuice  = "/01/09521202001028/10/J1"
	wayCap    = "/01/09521202001035/21/I1"
	wayCrate  = "/00/095212020000000014"
	// A bottle in a tote that only sealed events name, which was emptied; and one whose making was declared an error.
	wayOther = "/01/09521202001011/21/B2"
	wayTote  = "/00/095212020000000021"
	wayWrong = "/01/09521202001011/21/B3"
)

var ways = []string{wayBottle, wayJuice, wayCap, wayCrate, wayOther, wayTote, wayWrong}

// newWay records the way with the events that lead from thing to thing sealed, or all in the open.
func newWay(t *testing.T, sealed bool) *way {
	t.Helper()
	link := func(path string) string { return "https://id.gs1.org" + path }
	w := &way{ledger: tracetest.New()}
	plant, _ := w.ledger.Register("plant", 9521303000005)
	kept, err := vault.Open("vault", vfs.NewMem())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	seed := uint64(0)
	write := func(shut bool, kind format.LeafKind, of common.Hash, typ, fields string) common.Hash {
		e := tracetest.Event(t, typ, fields)
		call := tracetest.CallOf(t, format.Trunk, kind, e)
		if shut && sealed {
			seed++
			var tree []format.SealedField
			call, tree = tracetest.SealedCall(t, format.Trunk, kind, epcis.PolicyChain, e, seed, format.Hash(of))
			require.NoError(t, kept.Put(vault.Record{Fields: tree, Head: vault.Head{Policy: epcis.PolicyChain,
				Ref: vault.Ref{Commitment: call.Commitments[0], Party: plant}, Disclose: []string{"/bizStep"}}}))
		}
		w.ledger.Mine(tracetest.Tx{Party: plant, Call: call})
		return call.Commitments[0]
	}
	record := func(shut bool, typ, fields string) common.Hash {
		return write(shut, format.LeafEvent, common.Hash{}, typ, fields)
	}
	at := func(hour string) string { return `"eventTime":"2026-10-01T` + hour + `:00Z"` }
	observe := func(hour, path, step string) {
		record(false, "ObjectEvent", at(hour)+`,"action":"OBSERVE","bizStep":"`+step+`","epcList":["`+link(path)+`"]`)
	}
	record(false, "ObjectEvent", at("07:00")+`,"action":"ADD","bizStep":"commissioning","quantityList":[{"epcClass":"`+link(wayJuice)+`","quantity":100,"uom":"LTR"}]`)
	observe("07:30", wayCap, "inspecting")
	record(true, "TransformationEvent", at("09:00")+`,"inputQuantityList":[{"epcClass":"`+link(wayJuice)+`","quantity":1,"uom":"LTR"}],`+
		`"inputEPCList":["`+link(wayCap)+`"],"outputEPCList":["`+link(wayBottle)+`"],"ilmd":{"cbvmda:lotNumber":"L1"}`)
	observe("09:30", wayCap, "storing") // after it was used
	record(true, "AggregationEvent", at("10:00")+`,"action":"ADD","bizStep":"packing","parentID":"`+link(wayCrate)+`","childEPCs":["`+link(wayBottle)+`"]`)
	observe("11:00", wayCrate, "arriving")
	record(true, "AggregationEvent", at("12:00")+`,"action":"DELETE","bizStep":"unpacking","parentID":"`+link(wayCrate)+`","childEPCs":["`+link(wayBottle)+`"]`)
	observe("13:00", wayCrate, "storing") // when it wasn't inside any more
	record(true, "AggregationEvent", at("10:00")+`,"action":"ADD","bizStep":"packing","parentID":"`+link(wayTote)+`","childEPCs":["`+link(wayOther)+`"]`)
	record(true, "ObjectEvent", at("11:00")+`,"action":"OBSERVE","bizStep":"arriving","epcList":["`+link(wayTote)+`"]`)
	record(true, "AggregationEvent", at("12:00")+`,"action":"DELETE","bizStep":"unpacking","parentID":"`+link(wayTote)+`"`)
	record(true, "ObjectEvent", at("13:00")+`,"action":"OBSERVE","bizStep":"storing","epcList":["`+link(wayTote)+`"]`)
	wrong := at("09:00") + `,"inputEPCList":["` + link(wayCap) + `"],"outputEPCList":["` + link(wayWrong) + `"]`
	of := record(true, "TransformationEvent", wrong)
	write(true, format.LeafErrorDecl, of, "TransformationEvent", wrong+`,"errorDeclaration":{"declarationTime":"2026-10-02T00:00:00Z"}`)
	x := tracetest.Open(t)
	require.NoError(t, x.Apply(w.ledger.Blocks()...))
	w.teller = trace.NewTeller(x, w.ledger).WithVault(kept)
	w.opener = &trace.Opener{Who: "test", Vault: kept, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return true, nil }}
	return w
}

func (w *way) story(t *testing.T, path string, op *trace.Opener) *trace.Story {
	t.Helper()
	id, err := gs1.ParsePath(path)
	require.NoError(t, err)
	s, err := w.teller.Story(context.Background(), id, trace.Options{Opener: op, Now: time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	return s
}

func (w *way) graph(t *testing.T, path string, op *trace.Opener) *trace.Graph {
	t.Helper()
	id, err := gs1.ParsePath(path)
	require.NoError(t, err)
	g, err := w.teller.Graph(context.Background(), id, trace.GraphOptions{Up: true, Down: true, Depth: 8, Nodes: 100, Opener: op})
	require.NoError(t, err)
	return g
}

// TestSealedEventsAreFollowed: to those entitled a story and a graph with sealed events are what they would be with open ones.
func TestSealedEventsAreFollowed(t *testing.T) {
	t.Parallel()
	shut, open := newWay(t, true), newWay(t, false)
	for _, path := range ways {
		got, want := shut.story(t, path, shut.opener), open.story(t, path, nil)
		assert.Equal(t, want.Inputs, got.Inputs, path)
		assert.Equal(t, want.Containers, got.Containers, path)
		assert.Equal(t, want.Contents, got.Contents, path)
		assert.Equal(t, want.Identity, got.Identity, path)
		assert.Equal(t, want.Record.State, got.Record.State, path)
		assert.Equal(t, want.Unit, got.Unit, path)
		assert.Equal(t, want.Records, got.Records, path)
		require.Len(t, got.Journey, len(want.Journey), path)
		for i := range want.Journey {
			a, b := want.Journey[i], got.Journey[i]
			assert.Equal(t, []any{a.EventID, a.BizStep, a.Relation, a.Role, a.Via, a.Depth, a.EventTime, a.Late, a.Quantity},
				[]any{b.EventID, b.BizStep, b.Relation, b.Role, b.Via, b.Depth, b.EventTime, b.Late, b.Quantity}, "%s, step %d", path, i)
		}
		gotGraph, wantGraph := shut.graph(t, path, shut.opener), open.graph(t, path, nil)
		wantGraph.Ledger = gotGraph.Ledger
		assert.Equal(t, wantGraph, gotGraph, path)
	}
	bottle := open.story(t, wayBottle, nil)
	assert.Len(t, bottle.Inputs, 2, "the test is about something")
	assert.Len(t, bottle.Containers, 1)
	assert.NotNil(t, open.story(t, wayOther, nil).Containers[0].To)
	assert.Empty(t, open.story(t, wayWrong, nil).Inputs)
}

// TestThePublicFollowsNoSealedEvent: what everybody gets, from a node that has the bodies, is what it was before anybody was led
// by them, byte for byte; whoever isn't entitled gets the same.
func TestThePublicFollowsNoSealedEvent(t *testing.T) {
	t.Parallel()
	w := newWay(t, true)
	refused := &trace.Opener{Who: "other", Vault: w.opener.Vault, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return false, nil }}
	told := map[string]any{}
	for _, op := range []*trace.Opener{nil, refused} {
		for _, path := range ways {
			told[path], told[path+" graph"] = w.story(t, path, op), w.graph(t, path, op)
		}
		got, err := json.MarshalIndent(told, "", " ")
		require.NoError(t, err)
		const golden = "testdata/sealed-public.json"
		if *update {
			require.NoError(t, os.WriteFile(golden, got, 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
	}
}
