package capture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// sealedBench is a bench with a vault, and the file system of its jobs.
func sealedBench(t testing.TB) (*bench, *capture.Service, vfs.FS) {
	b := newBench(t)
	var err error
	b.vault, err = vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.vault.Close()) })
	fs := vfs.NewMem()
	s := b.open(t, fs, b.ledger, capture.Config{})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return b, s, fs
}

// shipped is an event with a body worth keeping to oneself.
func shipped(t testing.TB, extra string, serials ...string) *epcis.Event {
	t.Helper()
	var list []string
	for _, s := range serials {
		list = append(list, `"https://id.gs1.org/01/09521202001011/21/`+s+`"`)
	}
	id := format.Keccak([]byte(strings.Join(serials, " ")))
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","bizStep":"shipping",`+
		`"eventID":"urn:uuid:0e6d4f3c-5b1a-4d6a-9a3e-%x","epcList":[%s],"ex:price":"SECRETPRICE"%s`, id[:6], strings.Join(list, ","), extra))
}

func run(t testing.TB, b *bench, s *capture.Service, e *epcis.Event, mode capture.Mode) capture.Job {
	t.Helper()
	job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{e}}, mode)
	require.NoError(t, err)
	job = wait(t, s, b, job.ID)
	require.True(t, job.Success, "%+v", job.Errors)
	return job
}

// last is the last record on the trunk of an event's first object.
func last(t testing.TB, b *bench, e *epcis.Event) index.Record {
	t.Helper()
	v, err := b.index.View()
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	list, _, err := v.Own(tracetest.ObjectsOf(t, e)[0].Key(), format.Trunk, index.Always, 100)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	rec, err := v.Record(list[len(list)-1].Seq)
	require.NoError(t, err)
	return rec
}

// files are all bytes of a file system.
func files(t testing.TB, fs vfs.FS, dir string) (all []byte) {
	t.Helper()
	names, err := fs.List(dir)
	require.NoError(t, err)
	for _, n := range names {
		f, err := fs.Open(fs.PathJoin(dir, n))
		require.NoError(t, err)
		data, err := io.ReadAll(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		all = append(all, data...)
	}
	return all
}

func TestSealedCapture(t *testing.T) {
	t.Parallel()
	b, s, fs := sealedBench(t)
	e := shipped(t, "", "S1", "S2")
	job := run(t, b, s, e, capture.Mode{Policy: epcis.PolicyChain, Disclose: []string{"/bizStep"}})
	assert.Equal(t, 1, job.Final)

	rec := last(t, b, e)
	stub, ok := rec.Sealed()
	require.True(t, ok)
	assert.Equal(t, epcis.PolicyChain, stub.Policy)
	assert.Len(t, rec.Objects, 2)
	kept, err := b.vault.Get(vault.Ref{Commitment: rec.Commitment, Party: b.caller.Party})
	require.NoError(t, err)
	body, err := kept.Body()
	require.NoError(t, err)
	assert.Equal(t, string(e.Body()), string(body))
	assert.Equal(t, []string{"/bizStep"}, kept.Disclose)
	for _, secret := range []string{"SECRETPRICE", "shipping", "0e6d4f3c", "21/S1"} {
		assert.NotContains(t, string(files(t, fs, "jobs")), secret, "the jobs")
		for _, block := range b.ledger.Blocks() {
			for _, tx := range block.Txs {
				if call, err := index.ParseAppend(tx.Data()); err == nil {
					bodies, err := epcis.DecodePayload(call.Payload)
					require.NoError(t, err)
					assert.NotContains(t, string(bytes.Join(bodies, nil)), secret, "the ledger")
				}
			}
		}
	}

	for _, policy := range []string{epcis.PolicyChain, epcis.PolicyPrivate, epcis.PolicyPublic} {
		assert.Equal(t, 1, run(t, b, s, e, capture.Mode{Policy: policy}).Already, "the same again, %s", policy)
	}
	_, err = s.CaptureEvent(context.Background(), b.caller, e, capture.Mode{Policy: epcis.PolicyChain})
	assert.ErrorContains(t, err, "recorded already")
	assert.Equal(t, 1, b.vault.Held())
}

// TestSealedDeclaration: whoever declares a sealed event wrong repeats it, so the declaration is sealed as the event is.
func TestSealedDeclaration(t *testing.T) {
	t.Parallel()
	b, s, _ := sealedBench(t)
	e := shipped(t, "", "S1")
	run(t, b, s, e, capture.Mode{Policy: epcis.PolicyPrivate})
	rec := last(t, b, e)
	decl := shipped(t, `,"errorDeclaration":{"declarationTime":"2026-11-02T00:00:00Z","reason":"incorrect_data"}`, "S1")
	run(t, b, s, decl, capture.Mode{Policy: epcis.PolicyPublic})
	wrong := last(t, b, e)
	stub, ok := wrong.Sealed()
	require.True(t, ok)
	assert.True(t, wrong.IsError())
	assert.Equal(t, epcis.PolicyPrivate, stub.Policy)
	assert.Equal(t, rec.Commitment, common.Hash(stub.Of))
	v, err := b.index.View()
	require.NoError(t, err)
	seq, struck, err := v.Correction(rec.Seq)
	require.NoError(t, errJoin(err, v.Close()))
	assert.True(t, struck)
	assert.Equal(t, wrong.Seq, seq)
	assert.Equal(t, 1, run(t, b, s, decl, capture.Mode{}).Already)
}

func errJoin(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func TestSealedRefusals(t *testing.T) {
	t.Parallel()
	b, s, _ := sealedBench(t)
	var many []string
	for i := range capture.MaxObjects + 1 {
		many = append(many, fmt.Sprint("M", i))
	}
	master, err := epcis.Parse([]byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",` +
		`"schemaVersion":"2.0","creationDate":"2026-11-01T00:00:00Z","epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":` +
		`"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[{"id":"urn:epc:idpat:sgtin:9521202.000101.*","attributes":[` +
		`{"id":"cbvmda:descriptionShort","attribute":"Juice"}]}]}]}},"epcisBody":{"eventList":[]}}`))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		doc  *epcis.Document
		says string
	}{
		"recall":      {&epcis.Document{Events: []*epcis.Event{shipped(t, `,"disposition":"recalled"`, "S1")}}, "recalls and their lifts"},
		"many things": {&epcis.Document{Events: []*epcis.Event{shipped(t, "", many...)}}, "more than 256 things"},
		"master data": {master, "master data is for everybody"},
	} {
		_, err := s.Capture(context.Background(), b.caller, c.doc, capture.Mode{Policy: epcis.PolicyChain})
		assert.ErrorContains(t, err, c.says, name)
	}
	assert.Zero(t, b.vault.Held())
}

// TestSealedByDefault: the party's default seals what can be sealed, and a sender can say otherwise.
func TestSealedByDefault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sealing = capture.Sealing{Policy: epcis.PolicyPrivate}
	var err error
	b.vault, err = vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.vault.Close()) })
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	e := shipped(t, "", "S1")
	run(t, b, s, e, capture.Mode{})
	rec := last(t, b, e)
	_, sealed := rec.Sealed()
	assert.True(t, sealed)
	kept, err := b.vault.Get(vault.Ref{Commitment: rec.Commitment, Party: b.caller.Party})
	require.NoError(t, err)
	assert.Equal(t, epcis.DefaultDisclosed, kept.Disclose)
	open := shipped(t, "", "S2")
	run(t, b, s, open, capture.Mode{Policy: epcis.PolicyPublic})
	rec = last(t, b, open)
	_, sealed = rec.Sealed()
	assert.False(t, sealed)
	run(t, b, s, shipped(t, `,"disposition":"recalled"`, "S3"), capture.Mode{})
}

// TestSealedSurvivesRestart: a job that was cut off goes on from what the vault has, and the same event meanwhile is the same.
func TestSealedSurvivesRestart(t *testing.T) {
	t.Parallel()
	b, s, _ := sealedBench(t)
	b.ledger.Hold = make(chan struct{})
	fs := vfs.NewMem()
	first := b.open(t, fs, b.ledger, capture.Config{})
	e := shipped(t, "", "S1")
	job, err := first.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{e}}, capture.Mode{Policy: epcis.PolicyChain})
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.Equal(t, 1, b.vault.Held())
	close(b.ledger.Hold)
	again := b.open(t, fs, b.ledger, capture.Config{})
	t.Cleanup(func() { require.NoError(t, again.Close()) })
	job = wait(t, again, b, job.ID)
	require.True(t, job.Success, "%+v", job.Errors)
	assert.Equal(t, 1, run(t, b, s, e, capture.Mode{Policy: epcis.PolicyChain}).Already)
	assert.Equal(t, 1, b.vault.Held())
}

// TestWhoMaySealIsAskedOnce: for a document, however many of its events are sealed.
func TestWhoMaySealIsAskedOnce(t *testing.T) {
	t.Parallel()
	b, s, _ := sealedBench(t)
	asked, refusal := 0, error(nil)
	s.MaySeal = func(_ context.Context, party common.Address) error {
		assert.Equal(t, b.caller.Party, party)
		asked++
		return refusal
	}
	doc := func(serials ...string) *epcis.Document {
		d := &epcis.Document{}
		for _, serial := range serials {
			d.Events = append(d.Events, tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE",`+
				`"epcList":["https://id.gs1.org/01/09521202001011/21/`+serial+`"]`))
		}
		return d
	}
	job, err := s.Capture(context.Background(), b.caller, doc("A1", "A2", "A3"), capture.Mode{Policy: epcis.PolicyPrivate})
	require.NoError(t, err)
	require.True(t, wait(t, s, b, job.ID).Success)
	assert.Equal(t, 1, asked)
	assert.Equal(t, 3, b.vault.Held())

	refusal = errors.New("not at this node")
	_, err = s.Capture(context.Background(), b.caller, doc("B1", "B2"), capture.Mode{Policy: epcis.PolicyPrivate})
	require.ErrorContains(t, err, "not at this node")
	assert.Equal(t, 2, asked)
	_, err = s.Capture(context.Background(), b.caller, doc("C1"), capture.Mode{})
	require.NoError(t, err)
	assert.Equal(t, 2, asked, "nothing is sealed")
}
