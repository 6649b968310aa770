package trace_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Things of the random histories: packs of two lots, a case, a pallet, a raw lot, their class.
const (
	packs  = "/01/09521202001011"
	rawLot = "/01/09521404002014/10/R1"
	crate  = "/00/109521234000000014"
	pallet = "/00/209521234000000011"
)

var things = []string{packs + "/21/S1", packs + "/21/S2", packs + "/21/S3", packs + "/10/L1", packs + "/10/L2", packs, rawLot, crate, pallet}

const idOf = "https://id.gs1.org"

// incident is something that may happen in a block, drawn at random.
func incident(r *rapid.T, tb testing.TB, l *tracetest.Ledger) tracetest.Tx {
	name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "party")
	tx := tracetest.Tx{Party: tracetest.Address("party " + name), Key: tracetest.Address("key " + name), Failed: rapid.IntRange(0, 9).Draw(r, "fails") == 0}
	serial := func() string { return `"` + idOf + rapid.SampledFrom(things[:3]).Draw(r, "pack") + `"` }
	quantity := func(path string) string { return fmt.Sprintf(`[{"epcClass":"%s%s","quantity":1}]`, idOf, path) }
	place := `,"bizLocation":{"id":"https://id.gs1.org/414/9521303000012"}`
	typ, fields := "ObjectEvent", ""
	lane, kind := format.Trunk, format.LeafEvent
	var of []index.Object // other objects than those the event names
	what := rapid.IntRange(0, 13).Draw(r, "what")
	switch what {
	case 0:
		lot := rapid.SampledFrom([]string{"L1", "L2"}).Draw(r, "lot")
		fields = `"action":"ADD","bizStep":"commissioning","epcList":[` + serial() + `],"ilmd":{"cbvmda:lotNumber":"` + lot + `","cbvmda:itemExpirationDate":"2026-12-24"}`
	case 1, 2:
		fields = `"action":"OBSERVE","bizStep":"inspecting","epcList":[` + serial() + `]` + place
	case 3:
		typ, fields = "AggregationEvent", `"action":"ADD","parentID":"`+idOf+crate+`","childEPCs":[`+serial()+`]`
	case 4:
		typ, fields = "AggregationEvent", `"action":"DELETE","parentID":"`+idOf+crate+`","childEPCs":[]`
	case 5:
		typ, fields = "AggregationEvent", `"action":"ADD","parentID":"`+idOf+pallet+`","childEPCs":["`+idOf+crate+`"]`
	case 6:
		fields = `"action":"OBSERVE","bizStep":"shipping","epcList":["` + idOf + rapid.SampledFrom([]string{crate, pallet}).Draw(r, "box") + `"]` + place
	case 7:
		typ, fields = "TransformationEvent", `"inputQuantityList":`+quantity(rawLot)+`,"outputQuantityList":`+quantity(rapid.SampledFrom(things[3:5]).Draw(r, "made"))
	case 8:
		fields = `"action":"OBSERVE","bizStep":"inspecting","quantityList":` + quantity(rapid.SampledFrom([]string{rawLot, things[3], things[4]}).Draw(r, "lot"))
	case 9:
		lane, kind = format.Notice, rapid.SampledFrom([]format.LeafKind{format.LeafRecall, format.LeafLift}).Draw(r, "notice")
		fields = `"action":"OBSERVE","quantityList":` + quantity(rapid.SampledFrom([]string{rawLot, things[3], packs}).Draw(r, "recalled"))
	case 10:
		return declare(tb, tx, rapid.SampledFrom([]string{"Juice", "Nectar"}).Draw(r, "name"))
	case 11:
		until := l.Final().Time + uint64(rapid.IntRange(0, 6).Draw(r, "suspended"))
		tx.Record = &contracts.Party{Since: 1, SuspendedUntil: until, Details: contracts.PartyDetails{Name: name + " & sons"}}
		return tx
	case 12: // units whose lot stands in the master data only
		lot := rapid.SampledFrom([]string{"L1", "L2"}).Draw(r, "lot")
		typ, fields = "TransformationEvent", `"inputQuantityList":`+quantity(rawLot)+`,"outputEPCList":[`+serial()+`],"ilmd":{"cbvmda:lotNumber":"`+lot+`"}`
	case 13: // a recall of a company prefix, or its lift
		lane, kind = format.Notice, rapid.SampledFrom([]format.LeafKind{format.LeafRecall, format.LeafLift}).Draw(r, "notice")
		fields = `"action":"OBSERVE","quantityList":` + quantity(packs)
		o, err := format.NewObject(format.KindPrefix, rapid.SampledFrom([]string{"9521202", "952120200101", "9521404", "9999"}).Draw(r, "prefix"), "")
		require.NoError(tb, err)
		of = []index.Object{index.NewObject(o)}
	}
	if lane == format.Trunk && rapid.IntRange(0, 5).Draw(r, "note") == 0 {
		lane = format.Notes
	}
	minute := rapid.IntRange(0, 9).Draw(r, "minute")
	fields = fmt.Sprintf(`"eventTime":"2026-11-01T%02d:00:00Z",`, minute) + fields
	e := tracetest.Event(tb, typ, fields)
	tx.Call = tracetest.CallOf(tb, lane, kind, e)
	if of != nil {
		tx.Call.Objects = [][]index.Object{of}
	}
	if kind == format.LeafEvent && rapid.IntRange(0, 5).Draw(r, "an error") == 0 {
		e = tracetest.Event(tb, typ, fields+`,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z","reason":"incorrect_data"}`)
		tx.Call = tracetest.CallOf(tb, lane, format.LeafErrorDecl, e)
	}
	if rapid.IntRange(0, 12).Draw(r, "damage") == 0 {
		tx.Call.Payload = []byte("rubbish")
	}
	return tx
}

// declare is a name for the class.
func declare(tb testing.TB, tx tracetest.Tx, name string) tracetest.Tx {
	md, err := epcis.ParseMasterData([]byte(`{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",` +
		`"type":"EPCISMasterData","vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[{"id":"` +
		idOf + packs + `","attributes":[{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":"` + name + `"}]}]}]}`))
	require.NoError(tb, err)
	payload, err := epcis.EncodePayload([][]byte{md.Body()})
	require.NoError(tb, err)
	tx.Call = index.Call{Kind: uint8(format.LeafMasterData), Payload: payload, Commitments: []common.Hash{epcis.Commitment(md.Body())},
		Objects: [][]index.Object{{index.NewObject(format.PartyObject(tx.Party))}}}
	return tx
}

// Whatever happens, a story from memory is the story that would be told anew.
func TestRememberedStoriesAreWhatWouldBeToldAnew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		l := tracetest.New()
		for _, name := range []string{"a", "b", "c"} {
			l.Register(name, 0)
		}
		l.Standing = map[common.Address]uint8{tracetest.Address("party a"): 3}
		x := tracetest.Open(t)
		budget := rapid.SampledFrom([]int{200_000, 64 << 20}).Draw(r, "memory")
		remembering, plain := trace.NewTeller(x, l).Remember(budget), trace.NewTeller(x, l)
		require.NoError(t, x.Apply(l.Blocks()...))
		for n := rapid.IntRange(1, 15).Draw(r, "blocks"); n > 0; n-- {
			var txs []tracetest.Tx
			registers := false
			for k := rapid.IntRange(0, 2).Draw(r, "txs"); k > 0; k-- {
				tx := incident(r, t, l)
				txs, registers = append(txs, tx), registers || tx.Record != nil
			}
			b := l.Mine(txs...)
			// Told anew before the index has the block, a story would hold the register's answers of a block it isn't as of.
			if !registers && rapid.IntRange(0, 3).Draw(r, "index lags") == 0 {
				ask(r, remembering, plain)
			}
			require.NoError(t, x.Apply(b))
			ask(r, remembering, plain)
		}
	})
}

// ask compares the stories of a few things.
func ask(r *rapid.T, remembering, plain *trace.Teller) {
	for _, path := range rapid.SliceOfN(rapid.SampledFrom(things), 1, len(things)).Draw(r, "ask") {
		id, err := gs1.ParsePath(path)
		require.NoError(r, err)
		opts := trace.Options{Lang: rapid.SampledFrom([]string{"zh", "en"}).Draw(r, "lang"),
			Now: time.Date(2026, 12, rapid.SampledFrom([]int{1, 30}).Draw(r, "day"), 0, 0, 0, 0, time.UTC)}
		if rapid.IntRange(0, 3).Draw(r, "printed") == 0 {
			opts.Printed = []gs1.Attribute{{AI: "17", Value: "261231"}}
		}
		want, err := plain.Story(context.Background(), id, opts)
		require.NoError(r, err)
		for range 2 { // told and remembered, or remembered twice
			got, err := remembering.Story(context.Background(), id, opts)
			require.NoError(r, err)
			require.Equal(r, text(r, want), text(r, got), path)
		}
	}
}

func text(tb require.TestingT, s *trace.Story) string {
	b, err := json.MarshalIndent(s, "", " ")
	require.NoError(tb, err)
	return string(b)
}

// A block about other things leaves the memory as it is: only the position is new.
func TestABlockAboutOtherThingsForgetsNothing(t *testing.T) {
	j := tell(t, 0)
	j.teller = trace.NewTeller(j.index, j.ledger).Remember(16 << 20)
	const bottle = "/01/09521202001011/21/7QW4ZK9T2M"
	first := j.story(t, bottle, trace.Options{})
	assert.Same(t, first, j.story(t, bottle, trace.Options{}), "the same story, not one like it")

	observe := func(serial string) {
		e := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-08T00:00:00Z","action":"OBSERVE","epcList":["https://id.gs1.org/01/09521202001011/21/`+serial+`"]`)
		b := j.ledger.Mine(tracetest.Tx{Party: tracetest.Address("party brand"), Key: tracetest.Address("key brand"),
			Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})
		require.NoError(t, j.index.WaitFor(context.Background(), b.Height))
	}
	observe("ANOTHER")
	second := j.story(t, bottle, trace.Options{})
	assert.NotEqual(t, first.Ledger, second.Ledger)
	require.NotEmpty(t, first.Journey)
	assert.Same(t, &first.Journey[0], &second.Journey[0], "not told again")
	assert.Equal(t, first.Records, second.Records)

	observe("7QW4ZK9T2M")
	assert.Equal(t, first.Records+1, j.story(t, bottle, trace.Options{}).Records)
}
