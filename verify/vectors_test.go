package verify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

var update = flag.Bool("update", false, "write the expected outcomes of testdata/vectors/proof")

// vector is one verification: a file, changed or not, and how it must come out. Both verifiers are held to it.
type vector struct {
	Name       string `json:"name"`
	File       string `json:"file"`
	Trust      string `json:"trust"`
	Patch      []op   `json:"patch,omitempty"`       // of the file, RFC 6902
	TrustPatch []op   `json:"trust_patch,omitempty"` // of the trust file
	Want       string `json:"want,omitempty"`
	Now        string `json:"now"`
	// Outcome is good, good with a warning, or refused; then Step is the step that failed.
	Outcome verify.Outcome `json:"outcome"`
	Step    verify.Step    `json:"step,omitempty"`
	// Warnings are the codes of all steps.
	Warnings []string `json:"warnings,omitempty"`
	// Harmless is why a change may pass.
	Harmless string `json:"harmless,omitempty"`
	// Facts are those of an unchanged file, without bodies and master data.
	Facts *verify.Facts `json:"facts,omitempty"`
}

func (v *vector) run(t testing.TB) *verify.Result {
	t.Helper()
	trustFile, err := patched(vectorFile(t, v.Trust), v.TrustPatch)
	require.NoError(t, err, v.Name)
	trust, err := verify.ParseTrust(trustFile)
	require.NoError(t, err, v.Name)
	file, err := patched(vectorFile(t, v.File), v.Patch)
	require.NoError(t, err, v.Name)
	now, err := time.Parse(time.RFC3339, v.Now)
	require.NoError(t, err, v.Name)
	return verify.Verify(file, trust, verify.Options{Want: v.Want, Now: now})
}

// note writes down how a vector came out.
func (v *vector) note(r *verify.Result) {
	v.Outcome, v.Step, v.Warnings, v.Facts = r.Outcome, "", nil, nil
	if r.Failed != nil {
		v.Step = r.Failed.Step
	}
	for _, s := range r.Steps {
		v.Warnings = append(v.Warnings, s.Warnings...)
	}
	if r.Facts == nil || len(v.Patch) > 0 {
		return
	}
	v.Facts = withoutBodies(r.Facts)
}

// withoutBodies are facts without events and master data as they were sent.
func withoutBodies(facts *verify.Facts) *verify.Facts {
	f := *facts
	f.Events = slices.Clone(f.Events)
	for i := range f.Events {
		f.Events[i].Body = ""
	}
	f.Parties = slices.Clone(f.Parties)
	for i := range f.Parties {
		f.Parties[i].MasterData = nil
	}
	return &f
}

// checkVectors holds a list against its file, or writes it.
func checkVectors(t *testing.T, name string, list []vector) {
	t.Helper()
	for i := range list {
		v := &list[i]
		if v.Trust == "" {
			v.Trust = "trust.json"
		}
		if v.Now == "" {
			v.Now = now
		}
		v.note(v.run(t))
		if v.Outcome == verify.OutcomeRefused {
			v.Harmless = ""
		}
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(map[string]any{"vectors": list}))
	path := filepath.Join("..", "testdata", "vectors", "proof", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, string(want) == got.String(), "%s differs from what the verifier finds: run with -update and look at the change", name)
}

// now is two minutes after the vectors were made.
var now = func() string {
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "vectors", "proof", "block.json"))
	if err != nil {
		panic(err)
	}
	p, err := verify.Parse(raw)
	if err != nil {
		panic(err)
	}
	return time.Unix(int64(p.Commit.Header.Time.Seconds), 0).Add(2 * time.Minute).UTC().Format(time.RFC3339)
}()

// TestProofs holds the verifier to proofs of a demo network of four validators.
func TestProofs(t *testing.T) {
	list := []vector{
		{Name: "a bottle of orange juice", File: "bottle.json", Want: "https://id.gs1.org/01/09521202001011/21/7QW4ZK9T2M"},
		{Name: "the same, asked for by URN", File: "bottle.json", Want: "urn:epc:id:sgtin:952120200.0101.7QW4ZK9T2M"},
		{Name: "a recalled bottle", File: "recalled.json", Want: "https://brand.example/p/01/09521202001011/10/x/21/6XD3QN8K5T?17=270101"},
		{Name: "its lot", File: "lot.json", Want: "01/09521202001011/10/CX7-118"},
		{Name: "a pallet", File: "pallet.json"},
		{Name: "a product class", File: "class.json"},
		{Name: "a handbag", File: "handbag.json"},
		{Name: "a serial that nobody recorded", File: "unknown.json"},
		{Name: "a party", File: "party.json"},
		{Name: "the latest block", File: "block.json"},
		{Name: "an old block", File: "ancestor.json", Want: "3"},
		{Name: "genesis", File: "genesis.json", Want: "0"},
	}
	checkVectors(t, "vectors.json", list)
	for _, v := range list {
		assert.NotEqual(t, verify.OutcomeRefused, v.Outcome, "%s: %s", v.Name, v.Step)
	}
}

// walk visits every scalar of a JSON tree; of long lists the first two and the last element.
func walk(tree any, at string, visit func(pointer string, v any)) {
	switch t := tree.(type) {
	case map[string]any:
		for _, k := range sortedKeys(t) {
			walk(t[k], at+"/"+k, visit)
		}
	case []any:
		for i, v := range t {
			if i < 2 || i == len(t)-1 {
				walk(v, at+"/"+strconv.Itoa(i), visit)
			}
		}
	}
	visit(at, tree)
}

func sortedKeys(m map[string]any) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// tampered are changes of every part of a file, one at a time.
func tampered(t *testing.T, file string) (list []vector) {
	var tree any
	require.NoError(t, json.Unmarshal(vectorFile(t, file), &tree))
	add := func(name string, ops ...op) {
		list = append(list, vector{Name: strings.TrimSuffix(file, ".json") + ": " + name, File: file, Patch: ops})
	}
	walk(tree, "", func(at string, v any) {
		name := strings.ReplaceAll(strings.TrimPrefix(at, "/"), "/", " ")
		switch x := v.(type) {
		case string:
			add("one bit of "+name, op{Op: "replace", Path: at, Value: otherText(x)})
		case float64:
			add("one more in "+name, op{Op: "replace", Path: at, Value: x + 1})
		case []any:
			if len(x) > 0 {
				add("first of "+name+" left out", op{Op: "remove", Path: at + "/0"})
				add("last of "+name+" twice", op{Op: "copy", From: fmt.Sprintf("%s/%d", at, len(x)-1), Path: at + "/-"})
			}
			if len(x) > 1 {
				add("first two of "+name+" exchanged", op{Op: "move", From: at + "/0", Path: at + "/1"})
			}
		}
		if m, ok := v.(map[string]any); ok {
			for _, k := range sortedKeys(m) {
				add("no "+strings.TrimSpace(name+" "+k), op{Op: "remove", Path: at + "/" + k})
			}
			add(strings.TrimSpace("a field more in "+name), op{Op: "add", Path: at + "/more", Value: "x"})
		}
	})
	return list
}

// otherText changes the last character so that hex stays hex and numbers stay numbers.
func otherText(s string) string {
	if s == "" {
		return "x"
	}
	last := s[len(s)-1]
	switch {
	case s == "0x":
		return "0x00"
	case last >= '0' && last <= '8':
		last++
	case last == '9':
		last = '8'
	case last >= 'a' && last < 'f':
		last++
	case last == 'f':
		last = 'e'
	default:
		last ^= 1
	}
	return s[:len(s)-1] + string(rune(last))
}

// harmless are the changes that may pass, by the end of their name, and why.
var harmless = map[string]string{
	"first two of nodes exchanged": "nodes are found by their hash, their order means nothing",
	"first two of lanes exchanged": "lanes are found by object and number, their order means nothing",
	"leaves 0 body":                "the record still counts and its content is told to be missing: a warning",
	"leaves 1 body":                "the record still counts and its content is told to be missing: a warning",
}

const declaration = "master data gives names only, and may be left out for its size"

// leavesDeclarationOut says that a change takes out what a party declared.
func leavesDeclarationOut(t *testing.T, v *vector) bool {
	at, ok := strings.CutSuffix(v.Patch[0].Path, "/body")
	n, err := strconv.Atoi(strings.TrimPrefix(at, "/leaves/"))
	return ok && err == nil && v.Patch[0].Op == "remove" && readProof(t, v.File).Leaves[n].Kind == 11
}

// TestTampering changes every part of four files, one at a time: whatever changes the meaning is refused.
func TestTampering(t *testing.T) {
	var list []vector
	for _, file := range []string{"lot.json", "handbag.json", "party.json", "ancestor.json"} {
		list = append(list, tampered(t, file)...)
	}
	for i := range list {
		if leavesDeclarationOut(t, &list[i]) {
			list[i].Harmless = declaration
		}
		for end, why := range harmless {
			if strings.HasSuffix(list[i].Name, end) {
				list[i].Harmless = why
			}
		}
	}
	checkVectors(t, "tampered.json", list)
	refused := 0
	for _, v := range list {
		if v.Outcome == verify.OutcomeRefused {
			refused++
			continue
		}
		assert.NotEmpty(t, v.Harmless, "%s passes, and nothing says why that is harmless", v.Name)
		if strings.HasSuffix(v.Name, "body") && v.Harmless != declaration {
			assert.Contains(t, v.Warnings, "withheld", v.Name)
		}
	}
	require.Greater(t, refused, 200)
	t.Logf("%d changes, %d refused", len(list), refused)
}

// TestRandomBytes changes one byte at a time, ten thousand times. The file lists place, new byte and outcome, so that
// another verifier can be held to the same.
func TestRandomBytes(t *testing.T) {
	type change struct {
		Offset int    `json:"offset"`
		Byte   byte   `json:"byte"`
		Result string `json:"result"` // the step that failed, or the outcome
	}
	const seed = 20261124
	random := rand.New(rand.NewPCG(seed, seed))
	file, trust := vectorFile(t, "lot.json"), readTrust(t, "trust.json")
	at, err := time.Parse(time.RFC3339, now)
	require.NoError(t, err)
	opts := verify.Options{Want: "01/09521202001011/10/CX7-118", Now: at}
	good := verify.Verify(file, trust, opts)
	require.True(t, good.OK())
	changes := make([]change, 10_000)
	for i := range changes {
		c := &changes[i]
		c.Offset, c.Byte = random.IntN(len(file)), byte(random.IntN(256))
		other := slices.Clone(file)
		other[c.Offset] = c.Byte
		r := verify.Verify(other, trust, opts)
		if c.Result = string(r.Outcome); r.Failed != nil {
			c.Result = string(r.Failed.Step)
			continue
		}
		// What passes says the same thing in other words: the same byte, another form of a character, white space.
		assert.Equal(t, good.Facts, r.Facts, "byte %d changed to %d (seed %d)", c.Offset, c.Byte, seed)
	}
	var got bytes.Buffer
	got.WriteString("{\"file\": \"lot.json\", \"trust\": \"trust.json\", \"want\": \"" + opts.Want + "\", \"now\": \"" + now + "\", \"changes\": [\n")
	for i, c := range changes {
		line, err := json.Marshal(c)
		require.NoError(t, err)
		got.Write(line)
		if i < len(changes)-1 {
			got.WriteByte(',')
		}
		got.WriteByte('\n')
	}
	got.WriteString("]}\n")
	path := filepath.Join("..", "testdata", "vectors", "proof", "random.json")
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, string(want) == got.String(), "random.json differs from what the verifier finds")
}
