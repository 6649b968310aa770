package trace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// juice records the demo's story of a bottle of orange juice on a test ledger, through capture.
type juice struct {
	ledger *tracetest.Ledger
	index  *index.Projection
	teller *trace.Teller
}

const stories = "../demo/stories"

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

// tell captures the first n steps of the story, all if n is 0.
func tell(t testing.TB, n int) *juice {
	t.Helper()
	j := &juice{ledger: tracetest.New(), index: tracetest.Open(t)}
	var doc struct{ Parties []struct{ ID, GLN string } }
	readJSON(t, filepath.Join(stories, "parties.json"), &doc)
	callers := make(map[string]capture.Caller)
	for _, p := range doc.Parties {
		gln, err := strconv.ParseUint(p.GLN, 10, 64)
		require.NoError(t, err)
		party, key := j.ledger.Register(p.ID, gln)
		callers[p.ID] = capture.Caller{Party: party, Agent: 1, Key: tracetest.Key(key), Scopes: contracts.ScopeAll}
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() { _ = j.index.Run(ctx, j.ledger) }()
	s, err := capture.Open(t.TempDir(), capture.Deps{Ledger: j.ledger, Submit: j.ledger, Index: j.index,
		Signer: func(a common.Address) submit.Signer { return tracetest.Key(a) }}, capture.Config{Linger: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Start())
	var story struct {
		Steps []struct{ File, Party, Lane string }
	}
	readJSON(t, filepath.Join(stories, "orange-juice", "story.json"), &story)
	for i, st := range story.Steps {
		if n > 0 && i == n {
			break
		}
		b, err := os.ReadFile(filepath.Join(stories, "orange-juice", st.File))
		require.NoError(t, err)
		d, err := epcis.Parse(b)
		require.NoError(t, err, st.File)
		job, err := s.Capture(ctx, callers[st.Party], d, capture.Mode{Notes: st.Lane == "notes"})
		require.NoError(t, err, st.File)
		require.Eventually(t, func() bool {
			job, err = s.Job(callers[st.Party].Party, job.ID)
			return err == nil && !job.Running
		}, 20*time.Second, time.Millisecond)
		require.True(t, job.Success, "%s: %v", st.File, job.Errors)
	}
	j.teller = trace.NewTeller(j.index, j.ledger)
	return j
}

func (j *juice) story(t testing.TB, path string, opts trace.Options) *trace.Story {
	t.Helper()
	id, err := gs1.ParsePath(path)
	require.NoError(t, err)
	if opts.Now.IsZero() {
		opts.Now = time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	}
	s, err := j.teller.Story(context.Background(), id, opts)
	require.NoError(t, err)
	return s
}

func codes(list []trace.Reason) (out []string) {
	for _, r := range list {
		out = append(out, string(r.Code))
	}
	return out
}

func TestStoryOfABottle(t *testing.T) {
	j := tell(t, 0)
	s := j.story(t, "/01/09521202001011/21/7QW4ZK9T2M", trace.Options{Lang: "en"})

	assert.Equal(t, "https://id.gs1.org/01/09521202001011/21/7QW4ZK9T2M", s.ID)
	assert.Equal(t, trace.KindInstance, s.Kind)
	assert.Equal(t, "CX7-118", s.Identity.Lot)
	assert.Equal(t, "2026-12-24", s.Identity.Expiry)
	assert.Equal(t, []string{"lot", "expiry", "serial"}, s.Identity.Compare)
	require.NotNil(t, s.Identity.Name)
	require.NotNil(t, s.Identity.DeclaredBy)

	assert.Equal(t, trace.RecordWarnings, s.Record.State)
	assert.Equal(t, []string{"late", "corrected", "out-of-limits"}, codes(s.Record.Reasons))
	assert.Equal(t, trace.UnitNotChecked, s.Unit.State)
	assert.Contains(t, codes(s.Unit.NotProven), "not-genuine")
	assert.Empty(t, s.Recalls)
	assert.Equal(t, 1, s.Notes.Count)
	require.Len(t, s.Notes.Latest, 1)
	assert.Equal(t, "notes", s.Notes.Latest[0].Ledger.Lane)

	require.Len(t, s.ColdChain, 1)
	line := s.ColdChain[0]
	assert.Equal(t, 47, line.Minutes)
	require.Len(t, line.Excursions, 1)
	assert.Equal(t, "9.4", line.Excursions[0].Peak)
	assert.Equal(t, "2026-11-04T09:12:00+08:00", line.Excursions[0].Local)
	assert.NotNil(t, line.Excursions[0].AcceptedBy)
	assert.Equal(t, [2]string{"0", "8"}, [2]string{line.LimitMin, line.LimitMax})

	require.Len(t, s.Containers, 2)
	assert.Equal(t, []int{1, 2}, []int{s.Containers[0].Depth, s.Containers[1].Depth}, "case, then pallet")
	assert.Equal(t, trace.KindLogistic, s.Containers[1].Kind)

	steps := make(map[string]trace.Step)
	late, struck := 0, 0
	relations := make(map[trace.Relation]int)
	for i, st := range s.Journey {
		steps[st.BizStep+" "+string(st.Relation)] = st
		relations[st.Relation]++
		if st.Late {
			late++
		}
		if st.Corrected != nil {
			struck++
		}
		if i > 0 {
			assert.False(t, st.EventTime.Before(s.Journey[i-1].EventTime), "by event time")
		}
	}
	assert.Equal(t, 2, late, "a harvest and a stop in transit")
	assert.Equal(t, 2, struck, "a weight and a time of receipt")
	assert.Contains(t, steps, "stocking own")
	assert.Contains(t, steps, "inspecting lot")
	assert.Contains(t, steps, "transporting container")
	assert.Contains(t, steps, "commissioning input")
	assert.Positive(t, relations[trace.RelationInput])
	assert.NotEmpty(t, steps["stocking own"].Place.Name.Text)
	assert.Equal(t, "+08:00", steps["stocking own"].Offset)

	inputs := make(map[string]trace.Upstream)
	for _, in := range s.Inputs {
		inputs[in.ID] = in
	}
	harvest := inputs["https://id.gs1.org/01/09521101001013/10/YL-A07"]
	assert.Equal(t, 4, harvest.Depth, "bottle, juice, raw juice, sorted fruit, harvest")
	require.NotNil(t, harvest.Origin)
	assert.NotNil(t, harvest.Name)
	assert.NotContains(t, inputs, "https://id.gs1.org/01/09521202009024/10/P0734", "the other lot's juice")
	assert.Equal(t, s.Records, s.Shown)

	zh := j.story(t, "/01/09521202001011/21/7QW4ZK9T2M", trace.Options{Lang: "zh"})
	assert.NotEqual(t, s.Identity.Name.Text, zh.Identity.Name.Text)
	_, err := json.Marshal(s)
	require.NoError(t, err)
}

// skewed is a ledger that differs from the index.
type skewed struct {
	*tracetest.Ledger
	ahead uint64
	head  []byte
}

func (l skewed) Final() index.Position {
	p := l.Ledger.Final()
	p.Number += l.ahead
	return p
}

func (l skewed) Call(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	if to == contracts.HeadsAddr && l.head != nil {
		return l.head, nil
	}
	return l.Ledger.Call(ctx, to, data)
}

func TestAlteredAndCannotCheck(t *testing.T) {
	j := tell(t, 14)
	const path = "/01/09521202001011/21/7QW4ZK9T2M"
	j.teller = trace.NewTeller(j.index, skewed{Ledger: j.ledger, ahead: 10})
	s := j.story(t, path, trace.Options{})
	assert.Equal(t, trace.RecordCannotCheck, s.Record.State)
	assert.Equal(t, []string{"behind"}, codes(s.Record.Reasons))

	j.teller = trace.NewTeller(j.index, skewed{Ledger: j.ledger, head: make([]byte, 32)})
	s = j.story(t, path, trace.Options{})
	assert.Equal(t, trace.RecordAltered, s.Record.State, "a leaf is missing, or there is one too many")
	assert.Contains(t, codes(s.Record.Reasons), "head-differs")

	// One letter of one body in this node's store.
	dir := t.TempDir()
	x, err := index.Open(dir, tracetest.Chain, 1<<20)
	require.NoError(t, err)
	require.NoError(t, x.Apply(j.ledger.Blocks()...))
	require.NoError(t, x.Close())
	db, err := pebble.Open(dir, &pebble.Options{FormatMajorVersion: pebble.FormatNewest})
	require.NoError(t, err)
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{'r'}, UpperBound: []byte{'s'}})
	require.NoError(t, err)
	changed := 0
	for ok := it.First(); ok; ok = it.Next() {
		if v := bytes.Replace(it.Value(), []byte("2026-12-24"), []byte("2027-12-24"), 1); !bytes.Equal(v, it.Value()) {
			require.NoError(t, db.Set(bytes.Clone(it.Key()), v, pebble.Sync))
			changed++
		}
	}
	require.NoError(t, it.Close())
	require.NoError(t, db.Close())
	require.Positive(t, changed, "the expiry date of the lot")
	x, err = index.Open(dir, tracetest.Chain, 1<<20)
	require.NoError(t, err)
	defer func() { require.NoError(t, x.Close()) }()
	j.teller = trace.NewTeller(x, j.ledger)
	s = j.story(t, path, trace.Options{})
	assert.Equal(t, trace.RecordAltered, s.Record.State)
	assert.Contains(t, codes(s.Record.Reasons), "store-altered")
	assert.Empty(t, s.Identity.Expiry, "what was altered is not told as a fact")
}

func TestVerdicts(t *testing.T) {
	j := tell(t, 0)
	for name, c := range map[string]struct {
		path   string
		opts   trace.Options
		record trace.RecordState
		reason string // among the record's, empty for any
		unit   trace.UnitState
	}{
		"recalled lot":    {"/01/09521202001011/21/6XD3QN8K5T", trace.Options{}, trace.RecordWarnings, "", trace.UnitRecalled},
		"the lot itself":  {"/01/09521202001011/10/CX7-121", trace.Options{}, trace.RecordWarnings, "late", trace.UnitRecalled},
		"sold":            {"/01/09521202001011/21/5NF6YB3Q8L", trace.Options{}, trace.RecordWarnings, "", trace.UnitSold},
		"expired":         {"/01/09521202001011/21/7QW4ZK9T2M", trace.Options{Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, trace.RecordWarnings, "", trace.UnitExpired},
		"another lot":     {"/01/09521202001011/10/CX7-121/21/7QW4ZK9T2M", trace.Options{}, trace.RecordWarnings, "lot-differs", trace.UnitNotChecked},
		"another date":    {"/01/09521202001011/21/7QW4ZK9T2M", trace.Options{Printed: []gs1.Attribute{{AI: "17", Value: "261231"}}}, trace.RecordWarnings, "date-differs", trace.UnitNotChecked},
		"unknown serial":  {"/01/09521202001011/21/NOSUCH", trace.Options{}, trace.RecordUnknown, "no-record", trace.UnitNotYetActive},
		"GTIN alone":      {"/01/09521202001011", trace.Options{}, trace.RecordIntact, "all-match", trace.UnitNotChecked},
		"pallet":          {"/00/095213030007301181", trace.Options{}, trace.RecordWarnings, "corrected", trace.UnitNotChecked},
		"a logger inside": {"/8004/9521505TL0447", trace.Options{}, trace.RecordWarnings, "out-of-limits", trace.UnitNotChecked},
	} {
		t.Run(name, func(t *testing.T) {
			s := j.story(t, c.path, c.opts)
			assert.Equal(t, c.record, s.Record.State, "%v", s.Record.Reasons)
			assert.Equal(t, c.unit, s.Unit.State, "%v", s.Unit.Reasons)
			if c.reason != "" {
				assert.Contains(t, codes(s.Record.Reasons), c.reason)
			}
		})
	}
	s := j.story(t, "/01/09521202001011", trace.Options{})
	assert.Equal(t, []string{"lot", "serial"}, s.Identity.Ask)
	s = j.story(t, "/01/09521202001011/21/6XD3QN8K5T", trace.Options{})
	require.Len(t, s.Recalls, 1)
	assert.Equal(t, trace.RelationLot, s.Recalls[0].Level)
	assert.Contains(t, s.Recalls[0].Reason, "yeast")
	assert.Contains(t, s.Recalls[0].Instructions, "refund")
}

func BenchmarkStory(b *testing.B) {
	j := tell(b, 0)
	b.ResetTimer()
	for range b.N {
		j.story(b, "/01/09521202001011/21/7QW4ZK9T2M", trace.Options{})
	}
}

func TestOwnersNameWinsOverAStrangersLaterOne(t *testing.T) {
	j := tell(t, 0)
	path := "/01/09521202001011"
	before := j.story(t, path, trace.Options{}).Identity.Name
	require.NotNil(t, before)
	party, key := j.ledger.Register("stranger", 0)
	doc := `{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"EPCISMasterData","vocabularyList":[` +
		`{"type":"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[{"id":"https://id.gs1.org/01/09521202001011",` +
		`"attributes":[{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":"Poison"}]}]}]}`
	md, err := epcis.ParseMasterData([]byte(doc))
	require.NoError(t, err)
	payload, err := epcis.EncodePayload([][]byte{md.Body()})
	require.NoError(t, err)
	b := j.ledger.Mine(tracetest.Tx{Party: party, Key: key, Call: index.Call{Kind: uint8(format.LeafMasterData), Payload: payload,
		Commitments: []common.Hash{epcis.Commitment(md.Body())}, Objects: [][]index.Object{{index.NewObject(format.PartyObject(party))}}}})
	require.NoError(t, j.index.WaitFor(context.Background(), b.Height))
	assert.Equal(t, "Poison", j.story(t, path, trace.Options{}).Identity.Name.Text, "of equals the latest")
	j.ledger.Standing = map[common.Address]uint8{before.DeclaredBy.Address: 3}
	assert.Equal(t, before, j.story(t, path, trace.Options{}).Identity.Name)
}
