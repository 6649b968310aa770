package stories

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

var update = flag.Bool("update", false, "write the stories that the pages are tested with anew")

// record puts a story on a ledger in memory, one document a block, and returns who tells it.
func record(t *testing.T, s *Story) *trace.Teller {
	t.Helper()
	ledger := tracetest.New()
	address := map[string]common.Address{}
	for id, p := range byID(t) {
		gln, err := strconv.ParseUint(p.GLN, 10, 64)
		require.NoError(t, err)
		ledger.Register(p.Name.EN, gln)
		address[id] = tracetest.Address("party " + p.Name.EN)
	}
	parties := byID(t)
	for i, d := range parse(t, s) {
		st := s.Steps[i]
		key := tracetest.Address("key " + parties[st.Party].Name.EN)
		var txs []tracetest.Tx
		add := func(c index.Call) { txs = append(txs, tracetest.Tx{Party: address[st.Party], Key: key, Call: c}) }
		if d.MasterData != nil {
			add(masterData(t, address[st.Party], d.MasterData))
		}
		for _, e := range d.Events {
			lane, kind := format.Trunk, format.LeafEvent
			switch {
			case st.Lane == "notes":
				lane = format.Notes
			case e.IsError():
				kind = format.LeafErrorDecl
			case e.Disposition == "recalled":
				lane, kind = format.Notice, format.LeafRecall
			}
			add(tracetest.CallOf(t, lane, kind, e))
		}
		ledger.Mine(txs...)
	}
	x := tracetest.Open(t)
	require.NoError(t, x.Apply(ledger.Blocks()...))
	return trace.NewTeller(x, ledger)
}

func masterData(t *testing.T, party common.Address, m *epcis.MasterData) index.Call {
	t.Helper()
	payload, err := epcis.EncodePayload([][]byte{m.Body()})
	require.NoError(t, err)
	return index.Call{Lane: uint8(format.Trunk), Kind: uint8(format.LeafMasterData), Payload: payload,
		Commitments: []common.Hash{epcis.Commitment(m.Body())},
		Objects:     [][]index.Object{{index.NewObject(format.PartyObject(format.Address(party)))}}}
}

// TestTold tells the stories from their records, as a node does, and compares them with those the pages are tested
// with. What the demo promises to show is in them.
func TestTold(t *testing.T) {
	s := load(t, "orange-juice")
	moved, err := s.At(tracetest.Genesis)
	require.NoError(t, err)
	teller := record(t, moved)
	for name, link := range map[string]string{"bottle": s.DigitalLink, "recalled": s.RecalledDigitalLink, "lot": s.Links[3].DigitalLink,
		"pallet": s.Links[4].DigitalLink, "sold": s.Links[2].DigitalLink} {
		id, err := gs1.Parse(link)
		require.NoError(t, err)
		for _, lang := range []string{"zh", "en"} {
			story, err := teller.Story(t.Context(), id, trace.Options{Lang: lang, Now: tracetest.Genesis})
			require.NoError(t, err)
			check(t, name, story)
			if name == "sold" {
				continue // as the bottle, but for its end
			}
			got, err := json.Marshal(story)
			require.NoError(t, err)
			file := "../../explorer/testdata/" + name + "." + lang + ".json"
			if *update {
				require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o600))
				continue
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(bytes.TrimSpace(want), got), "%s is not what is told now: run go test ./demo/stories -update", file)
		}
	}
}

func check(t *testing.T, name string, st *trace.Story) {
	t.Helper()
	assert.Equal(t, st.Records, st.Shown, "%s: every record is shown", name)
	switch name {
	case "bottle":
		assert.Equal(t, trace.UnitNotChecked, st.Unit.State)
		assert.Equal(t, "CX7-118", st.Identity.Lot)
		require.Len(t, st.ColdChain, 1)
		require.Len(t, st.ColdChain[0].Excursions, 1)
		x := st.ColdChain[0].Excursions[0]
		assert.Equal(t, 47, x.Minutes)
		assert.Equal(t, "9.4", x.Peak)
		require.NotNil(t, x.AcceptedBy)
		assert.Equal(t, 1, st.Notes.Count)
		late, withdrawn := 0, 0
		for _, step := range st.Journey {
			if step.Late {
				late++
			}
			if step.Corrected != nil {
				withdrawn++
			}
		}
		assert.GreaterOrEqual(t, late, 2)
		assert.Equal(t, 2, withdrawn)
		orchards := map[string]bool{}
		for _, in := range st.Inputs {
			if in.By != nil {
				orchards[in.Lot] = true
			}
		}
		for _, lot := range []string{"YL-A07", "SQ-B12", "XK-C03"} {
			assert.True(t, orchards[lot], "the story goes back to %s", lot)
		}
	case "recalled":
		assert.Equal(t, trace.UnitRecalled, st.Unit.State)
		require.Len(t, st.Recalls, 1)
		assert.NotEmpty(t, st.Recalls[0].Reason)
		assert.NotEmpty(t, st.Recalls[0].Instructions)
	case "sold":
		assert.Equal(t, trace.UnitSold, st.Unit.State)
	}
}
