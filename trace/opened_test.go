package trace_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
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

	t      *testing.T
	plant  common.Address
	vault  *vault.Store
	sealed bool
	seed   uint64
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
	// The lot of the bottle, which its making names in its master data, and one that nothing names.
	wayLot   = "/01/09521202001011/10/L1"
	wayNoLot = "/01/09521202001011/10/L9"
)

var ways = []string{wayBottle, wayJuice, wayCap, wayCrate, wayOther, wayTote, wayWrong}

// startWay begins a ledger on which what shall be sealed is, or all is in the open.
func startWay(t *testing.T, sealed bool) *way {
	t.Helper()
	w := &way{ledger: tracetest.New(), t: t, sealed: sealed}
	w.plant, _ = w.ledger.Register("plant", 9521303000005)
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	w.vault = kept
	w.opener = &trace.Opener{Who: "test", Vault: kept, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return true, nil }}
	return w
}

func (w *way) write(shut bool, kind format.LeafKind, of common.Hash, typ, fields string) common.Hash {
	w.t.Helper()
	e := tracetest.Event(w.t, typ, fields)
	call := tracetest.CallOf(w.t, format.Trunk, kind, e)
	if shut && w.sealed {
		w.seed++
		var tree []format.SealedField
		call, tree = tracetest.SealedCall(w.t, format.Trunk, kind, epcis.PolicyChain, e, w.seed, format.Hash(of))
		require.NoError(w.t, w.vault.Put(vault.Record{Fields: tree, Head: vault.Head{Policy: epcis.PolicyChain,
			Ref: vault.Ref{Commitment: call.Commitments[0], Party: w.plant}, Disclose: []string{"/bizStep"}}}))
	}
	w.ledger.Mine(tracetest.Tx{Party: w.plant, Call: call})
	return call.Commitments[0]
}

func (w *way) record(shut bool, typ, fields string) common.Hash {
	w.t.Helper()
	return w.write(shut, format.LeafEvent, common.Hash{}, typ, fields)
}

// tell reads what was recorded.
func (w *way) tell() *way {
	w.t.Helper()
	x := tracetest.Open(w.t)
	require.NoError(w.t, x.Apply(w.ledger.Blocks()...))
	w.teller = trace.NewTeller(x, w.ledger).WithVault(w.vault)
	return w
}

func wayLink(path string) string { return "https://id.gs1.org" + path }

func wayTime(hour string) string { return `"eventTime":"2026-10-01T` + hour + `:00Z"` }

// newWay records the way with the events that lead from thing to thing sealed, or all in the open.
func newWay(t *testing.T, sealed bool) *way {
	t.Helper()
	w, link, at := startWay(t, sealed), wayLink, wayTime
	record := w.record
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
	w.write(true, format.LeafErrorDecl, of, "TransformationEvent", wrong+`,"errorDeclaration":{"declarationTime":"2026-10-02T00:00:00Z"}`)
	return w.tell()
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
	for _, path := range slices.Concat(ways, []string{wayLot}) {
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
	assert.Len(t, open.story(t, wayLot, nil).Inputs, 2)
	assert.Len(t, open.graph(t, wayLot, nil).Nodes, 5)
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

// newLot records a lot whose units are named by events that may be sealed and name the lot in their master data only.
func newLot(t *testing.T, sealed bool) *way {
	t.Helper()
	w := startWay(t, sealed)
	put := func(n int) string {
		return fmt.Sprintf(`"eventTime":"2026-10-01T09:%02d:%02dZ","inputEPCList":["%s"],"outputEPCList":["%s"],"ilmd":{"cbvmda:lotNumber":"L1"}`,
			n/60, n%60, wayLink(fmt.Sprintf("/01/09521202001035/21/I%d", n)), wayLink(fmt.Sprintf("/01/09521202001011/21/B%d", n)))
	}
	var wrong common.Hash
	for n := range trace.MaxUnits + 20 {
		at := n*37%(trace.MaxUnits+20) + 1 // not in the order of their times
		if c := w.record(at%3 != 0, "TransformationEvent", put(at)); at == 4 {
			wrong = c
		}
	}
	w.write(true, format.LeafErrorDecl, wrong, "TransformationEvent", put(4)+`,"errorDeclaration":{"declarationTime":"2026-10-02T00:00:00Z"}`)
	w.record(true, "TransformationEvent", strings.ReplaceAll(put(1), "L1", "L2")) // another lot of the product
	w.record(true, "ObjectEvent", wayTime("08:00")+`,"action":"ADD","bizStep":"commissioning","epcList":["`+wayLink("/01/09521202001011/21/A1")+
		`"],"ilmd":{"cbvmda:lotNumber":"L1"}`)
	return w.tell()
}

// TestALotLeadsToSealedUnits: whoever may see sealed events that name units of a lot sees of the lot what he would if they were open,
// as many of them and in the same order.
func TestALotLeadsToSealedUnits(t *testing.T) {
	t.Parallel()
	shut, open := newLot(t, true), newLot(t, false)
	got, want := shut.story(t, wayLot, shut.opener), open.story(t, wayLot, nil)
	units := 0
	for i := range want.Journey {
		if want.Journey[i].Relation == trace.RelationUnits {
			units++
		}
	}
	require.Equal(t, trace.MaxUnits, units)
	require.Equal(t, len(want.Journey), len(got.Journey))
	for i := range want.Journey {
		a, b := want.Journey[i], got.Journey[i]
		assert.Equal(t, []any{a.EventID, a.Relation, a.Role, a.Via, a.EventTime, a.Corrected != nil}, []any{b.EventID, b.Relation, b.Role, b.Via, b.EventTime, b.Corrected != nil}, i)
	}
	assert.Equal(t, want.Inputs, got.Inputs)
	assert.Equal(t, trace.MaxUnits+20-1, len(got.Inputs), "all but what was declared wrong")
	assert.Equal(t, want.Identity, got.Identity)
	assert.True(t, got.Truncated)
	gotGraph, wantGraph := shut.graph(t, wayLot, shut.opener), open.graph(t, wayLot, nil)
	wantGraph.Ledger = gotGraph.Ledger
	assert.Equal(t, wantGraph, gotGraph)
}

// TestOthersFindNoSealedUnitsOfALot: what everybody gets of a lot doesn't depend on sealed events of its units, and what a party gets
// only on those that it may see. Nor on events that were erased, that aren't on the ledger, or that the ledger has on other things.
func TestOthersFindNoSealedUnitsOfALot(t *testing.T) {
	t.Parallel()
	w := startWay(t, true)
	making := wayTime("09:00") + `,"inputEPCList":["` + wayLink(wayCap) + `"],"outputEPCList":["` + wayLink(wayBottle) + `"],"ilmd":{"cbvmda:lotNumber":"L1"}`
	made := w.record(true, "TransformationEvent", making)
	e := tracetest.Event(t, "TransformationEvent", strings.ReplaceAll(making, "B1", "B7"))
	keep := func(call index.Call, tree []format.SealedField) index.Call {
		require.NoError(t, w.vault.Put(vault.Record{Fields: tree, Head: vault.Head{Policy: epcis.PolicyChain, Ref: vault.Ref{Commitment: call.Commitments[0], Party: w.plant}}}))
		return call
	}
	keep(tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, e, 100, format.Hash{})) // isn't final
	elsewhere := keep(tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, e, 101, format.Hash{}))
	elsewhere.Objects = [][]index.Object{tracetest.ObjectsOf(t, tracetest.Event(t, "ObjectEvent", wayTime("09:00")+`,"action":"OBSERVE","epcList":["`+wayLink(wayTote)+`"]`))}
	w.ledger.Mine(tracetest.Tx{Party: w.plant, Call: elsewhere})
	note := keep(tracetest.SealedCall(t, format.Notes, format.LeafEvent, epcis.PolicyChain, e, 102, format.Hash{}))
	w.ledger.Mine(tracetest.Tx{Party: w.plant, Call: note})
	w.tell()
	told := func(path string, op *trace.Opener) string {
		text, err := json.Marshal([]any{w.story(t, path, op), w.graph(t, path, op)})
		require.NoError(t, err)
		return strings.ReplaceAll(string(text), "L9", "L1")
	}
	nothing := told(wayNoLot, w.opener)
	assert.NotContains(t, nothing, "TransformationEvent")
	refused := &trace.Opener{Who: "other", Vault: w.vault, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return false, nil }}
	assert.Equal(t, nothing, told(wayLot, nil))
	assert.Equal(t, nothing, told(wayLot, refused))
	seen := told(wayLot, w.opener)
	assert.Equal(t, 1, strings.Count(seen, "TransformationEvent"))
	assert.Contains(t, seen, wayBottle)
	assert.NotContains(t, seen, "B7")

	_, err := w.vault.Erase(vault.Erasure{Ref: vault.Ref{Commitment: made, Party: w.plant}, Time: 1})
	require.NoError(t, err)
	assert.Equal(t, nothing, told(wayLot, w.opener))
}
