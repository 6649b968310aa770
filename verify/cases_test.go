package verify_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// caseVector is a whole proof of a network of ours, and what must come of it.
type caseVector struct {
	Name    string          `json:"name"`
	Outcome verify.Outcome  `json:"outcome"`
	Step    verify.Step     `json:"step,omitempty"`
	Warning []string        `json:"warnings,omitempty"`
	Want    string          `json:"want,omitempty"`
	Now     string          `json:"now"`
	Facts   *verify.Facts   `json:"facts,omitempty"` // where an object names several licences, or there is a recall
	Trust   json.RawMessage `json:"trust"`
	Proof   json.RawMessage `json:"proof"`
}

// storyCase changes a story that is right; ok is what it must come to: a step that fails, warning codes, or "good".
type storyCase struct {
	name, ok string
	change   func(b *tiny)
	after    func(b *tiny) // the file, once everything is signed
}

func observed(name string) map[string]any {
	return map[string]any{"type": "ObjectEvent", "action": "OBSERVE", "epcList": []any{link(name)}}
}

// TestCases holds the verifier to one broken rule at a time, in proofs whose hashes and signatures are all right.
func TestCases(t *testing.T) {
	var out []caseVector
	names := map[string]bool{}
	add := func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof) {
		t.Helper()
		assert.False(t, names[name], "two cases: %s", name)
		names[name] = true
		trustFile, err := trust.Encode()
		require.NoError(t, err)
		v := caseVector{Name: name, Want: want, Now: at, Trust: trustFile, Proof: encode(t, p)}
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		r := verify.Verify(v.Proof, trust, verify.Options{Want: want, Now: now})
		v.Outcome = r.Outcome
		for _, s := range r.Steps {
			v.Warning = append(v.Warning, s.Warnings...)
		}
		switch {
		case r.Failed != nil:
			v.Step = r.Failed.Step
			assert.Equal(t, ok, string(v.Step), "%s: %s", name, r.Failed.Detail)
		case len(v.Warning) > 0:
			assert.Equal(t, strings.Split(ok, ", "), v.Warning, name)
		default:
			assert.Equal(t, ok, "good", name)
		}
		passed := func(o verify.Object) bool { return o.Licences != nil && len(*o.Licences) > 1 }
		if r.Facts != nil && (len(r.Facts.Recalls) > 0 || slices.ContainsFunc(p.Objects, passed)) {
			v.Facts = withoutBodies(r.Facts)
		}
		out = append(out, v)
	}
	for _, c := range slices.Concat(shownCases, registerCases, licenceCases, recallCases, listCases, containerCases, inputCases, sealedCases,
		rightsCases, taleCases, hashedCases, wordCases, passedCases, liftCases, thenCases, neededCases) {
		b := newTiny(t)
		if c.change != nil {
			c.change(b)
		}
		b.remake(t, b.p)
		if c.after != nil {
			c.after(b)
		}
		add(c.name, c.ok, link(bottle), now, &b.trust, b.p)
	}
	signatureCases(t, add)
	subjectCases(t, add)
	lotCases(t, add)
	otherCases(t, add)
	blockCases(t, add)
	setCases(t, add)

	var got bytes.Buffer
	got.WriteString("{\"vectors\": [\n")
	for i, v := range out {
		line, err := json.Marshal(v)
		require.NoError(t, err)
		got.Write(line)
		if i < len(out)-1 {
			got.WriteByte(',')
		}
		got.WriteByte('\n')
	}
	got.WriteString("]}\n")
	path := filepath.Join("..", "testdata", "vectors", "proof", "cases.json.gz")
	if *update {
		var packed bytes.Buffer
		zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		require.NoError(t, err)
		_, err = zip.Write(got.Bytes())
		require.NoError(t, err)
		require.NoError(t, zip.Close())
		require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o644))
	}
	raw, err := os.Open(path)
	require.NoError(t, err)
	defer raw.Close()
	unzip, err := gzip.NewReader(raw)
	require.NoError(t, err)
	want, err := io.ReadAll(unzip)
	require.NoError(t, err)
	assert.True(t, string(want) == got.String(), "cases.json.gz differs from what the tests make")
}

// TestForge holds the forge itself: what it makes of a good proof is good.
func TestForge(t *testing.T) {
	for _, name := range []string{"bottle.json", "lot.json", "handbag.json", "party.json"} {
		f := newForged(t)
		p := readProof(t, name)
		f.remake(t, p)
		r := verify.Verify(encode(t, p), &f.trust, verify.Options{})
		require.True(t, r.OK(), "%s: %+v", name, r.Failed)
	}
}

// TestJunkNotes: a million notes by others change one number.
func TestJunkNotes(t *testing.T) {
	b := newTiny(t)
	b.remake(t, b.p)
	before := len(encode(t, b.p))
	b.lane(bottle, 2).Head = verify.Word(format.Head{Count: 1_000_000, Chain: [26]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}}.Word())
	b.remake(t, b.p)
	file := encode(t, b.p)
	r := verify.Verify(file, &b.trust, verify.Options{})
	require.True(t, r.OK(), "%+v", r.Failed)
	assert.EqualValues(t, 1_000_000, r.Facts.Notes)
	assert.Less(t, len(file)-before, 400, "characters of hex: twice the bytes")
	t.Logf("%d characters, %d more", len(file), len(file)-before)
}
