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
	// The register of the test ledger answers for every identifier alike: only the brand is holder, of its own goods.
	ledger.Standing = map[common.Address]uint8{address["brand"]: 3}
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
		require.NotNil(t, st.Expected, "the brand's template")
		var missing []string
		for _, x := range st.Expected.Steps {
			if len(x.Events) == 0 {
				missing = append(missing, x.BizSteps[0])
			}
		}
		assert.Equal(t, []string{"storing", "retail_selling"}, missing)
		require.NotEmpty(t, st.Claims)
		assert.Equal(t, trace.GradeVerified, st.Claims[0].Grade)
		assert.Equal(t, "4.5", st.ColdChain[0].MKT)
		orchards := map[string]bool{}
		for _, in := range st.Inputs {
			if in.By != nil {
				orchards[in.Lot] = true
			}
		}
		for _, lot := range []string{"YL-A07", "SQ-B12", "XK-C03"} {
			assert.True(t, orchards[lot], "the story goes back to %s", lot)
		}
	case "lot":
		assert.NotEmpty(t, st.Inputs, "what its units were made of")
		assert.NotEmpty(t, st.Identity.Expiry)
	case "recalled":
		assert.Equal(t, trace.UnitRecalled, st.Unit.State)
		require.Len(t, st.Recalls, 1)
		assert.NotEmpty(t, st.Recalls[0].Reason)
		assert.NotEmpty(t, st.Recalls[0].Instructions)
	case "sold":
		assert.Equal(t, trace.UnitSold, st.Unit.State)
	}
}

// tell tells a link of a recorded story in English, and demands that nothing is held back.
func tell(t *testing.T, teller *trace.Teller, link string) *trace.Story {
	t.Helper()
	id, err := gs1.Parse(link)
	require.NoError(t, err)
	story, err := teller.Story(t.Context(), id, trace.Options{Lang: "en", Now: tracetest.Genesis})
	require.NoError(t, err)
	assert.Equal(t, story.Records, story.Shown, "%s: every record is shown", link)
	assert.False(t, story.Truncated)
	assert.NotEqual(t, trace.RecordAltered, story.Record.State)
	return story
}

func recorded(t *testing.T, name string) (*Story, *trace.Teller) {
	t.Helper()
	s, err := load(t, name).At(tracetest.Genesis)
	require.NoError(t, err)
	return s, record(t, s)
}

// steps counts the steps that a condition holds for.
func steps(st *trace.Story, cond func(trace.Step) bool) (n int) {
	for _, step := range st.Journey {
		if cond(step) {
			n++
		}
	}
	return n
}

// TestFormulaTold: the tin goes back to two days of milk, was stored dry and within limits, and the other lot is
// recalled for a reason that the laboratory's report gives.
func TestFormulaTold(t *testing.T) {
	t.Parallel()
	s, teller := recorded(t, "infant-formula")
	tin := tell(t, teller, s.DigitalLink)
	assert.Equal(t, trace.UnitNotChecked, tin.Unit.State)
	assert.Equal(t, "HY2208A", tin.Identity.Lot)
	lots := map[string]bool{}
	for _, in := range tin.Inputs {
		lots[in.Lot] = true
	}
	for _, lot := range []string{"BY-0818", "BY-0819", "W-2291", "V-0774", "JF-0821", "MG-6120"} {
		assert.True(t, lots[lot], "the story goes back to %s: %v", lot, lots)
	}
	require.Len(t, tin.ColdChain, 2, "temperature and humidity")
	for _, line := range tin.ColdChain {
		assert.Empty(t, line.Excursions, line.Type)
	}
	assert.Equal(t, "57", tin.ColdChain[1].Max, "the reading that was wrong doesn't count")
	assert.Equal(t, "65", tin.ColdChain[1].LimitMax)
	assert.Equal(t, 1, steps(tin, func(x trace.Step) bool { return x.Corrected != nil }))
	assert.Equal(t, 1, steps(tin, func(x trace.Step) bool {
		return x.Signer.Party.Name == "Hengzhun Testing Laboratory" && x.BizStep == "inspecting" && x.Disposition == "conformant" &&
			x.Relation == trace.RelationLot
	}), "the laboratory's release of the lot")
	assert.Equal(t, 2, steps(tin, func(x trace.Step) bool { return x.Type == epcis.AssociationEvent && x.Relation != trace.RelationInput }),
		"the logger came to the pallet and left it")

	recalled := tell(t, teller, s.RecalledDigitalLink)
	assert.Equal(t, trace.UnitRecalled, recalled.Unit.State)
	require.Len(t, recalled.Recalls, 1)
	assert.Equal(t, "residual oxygen in a retained tin is 4.8 %, above the internal limit of 3 %", recalled.Recalls[0].Reason)
	assert.Contains(t, recalled.Recalls[0].Instructions, "return it to any Qingtong Baby Store")
	assert.Equal(t, 1, steps(recalled, func(x trace.Step) bool { return x.Disposition == "non_conformant" }))
}

// TestHandbagTold: the bag carries its card, was repaired once and sold twice; the other one is on record as stolen.
func TestHandbagTold(t *testing.T) {
	t.Parallel()
	s, teller := recorded(t, "handbag")
	bag := tell(t, teller, s.DigitalLink)
	assert.Equal(t, trace.UnitSold, bag.Unit.State)
	assert.Equal(t, []string{"completeness_verified"}, bag.Dispositions, "reserved and repaired are over")
	require.Len(t, bag.Contents, 1, "its authenticity card")
	assert.Equal(t, s.Links[2].DigitalLink, bag.Contents[0].ID)
	sales := map[string]int{}
	for _, step := range bag.Journey {
		if step.BizStep == "retail_selling" {
			sales[step.Signer.Party.Name]++
		}
	}
	assert.Equal(t, map[string]int{"Jiaxu Boutiques": 1, "Jiuwu Pre-owned": 1}, sales)
	assert.Equal(t, 1, steps(bag, func(x trace.Step) bool { return x.BizStep == "repairing" && x.Signer.Party.Name == "Yizhen Workshop" }))
	assert.Equal(t, 1, steps(bag, func(x trace.Step) bool { return x.Corrected != nil }), "the plating thickness")
	assert.Equal(t, 1, bag.Notes.Count, "what the dealer wrote before it was entitled to")
	lots := map[string]bool{}
	for _, in := range bag.Inputs {
		lots[in.Lot] = true
	}
	for _, lot := range []string{"BP-1108", "XS-2604", "TX-0552"} {
		assert.True(t, lots[lot], "the story goes back to %s", lot)
	}

	stolen := tell(t, teller, s.Links[1].DigitalLink)
	assert.Equal(t, []string{"completeness_verified", "stolen"}, stolen.Dispositions)

	card := tell(t, teller, s.Links[2].DigitalLink)
	assert.Equal(t, []string{"encoded"}, card.Dispositions)
	require.Len(t, card.Containers, 2, "the bag, and the box the bag was sent in")
	assert.Equal(t, s.DigitalLink, card.Containers[0].Container)
	assert.True(t, card.Containers[0].Association)
}

// TestEvents holds what the project says of its stories.
func TestEvents(t *testing.T) {
	t.Parallel()
	total, kinds, persistent, certified := 0, map[string]int{}, 0, 0
	for _, name := range Names {
		for _, d := range parse(t, load(t, name)) {
			total += len(d.Events)
			for _, e := range d.Events {
				kinds[e.Type]++
				if len(e.PersistentDisposition.Set)+len(e.PersistentDisposition.Unset) > 0 {
					persistent++
				}
				if len(e.CertificationInfo) > 0 {
					certified++
				}
			}
		}
	}
	assert.Equal(t, 214, total)
	assert.GreaterOrEqual(t, kinds[epcis.AssociationEvent], 10)
	assert.GreaterOrEqual(t, persistent, 10)
	assert.GreaterOrEqual(t, certified, 10)
}
