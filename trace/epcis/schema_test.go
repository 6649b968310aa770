package epcis_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// officialSchema is the JSON schema that GS1 publishes, with formats asserted.
func officialSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	path := filepath.Join(shared, "EPCIS-JSON-Schema.json")
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("no %s: the trade's test data is not beside the repository", path)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(compileRegexp)
	require.NoError(t, c.AddResource("epcis.json", doc))
	schema, err := c.Compile("epcis.json")
	require.NoError(t, err)
	return schema
}

// notPrefix is ^(?!expr), which the schema uses and Go's regular expressions don't have.
type notPrefix struct{ *regexp.Regexp }

func (n notPrefix) MatchString(s string) bool { return !n.Regexp.MatchString(s) }

func compileRegexp(expr string) (jsonschema.Regexp, error) {
	if inner, ok := strings.CutPrefix(expr, "^(?!"); ok {
		re, err := regexp.Compile("^(?:" + inner)
		return notPrefix{re}, err
	}
	return regexp.Compile(expr)
}

func schemaError(t testing.TB, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return schema.Validate(v)
}

// TestEmittedIsOfficial holds all that we write against the official schema.
func TestEmittedIsOfficial(t *testing.T) {
	t.Parallel()
	schema := officialSchema(t)
	at := time.Date(2026, 7, 22, 4, 45, 0, 123e6, time.UTC)
	for _, path := range append(sharedFiles(t, "valid/*.json"), sharedFiles(t, "hash/*.jsonld")...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			doc, err := epcis.Parse(readFile(t, path))
			require.NoError(t, err)
			var out []epcis.Output
			for _, e := range doc.Events {
				o := epcis.Output{Event: e, EventID: e.ID(), RecordTime: at}
				out = append(out, o)
				bare := epcis.MarshalEvent(o)
				require.NoError(t, schemaError(t, schema, bare), "%s", bare)
				again, err := epcis.ParseEvent(bare)
				require.NoError(t, err)
				require.Equal(t, e.HashID(), again.HashID())
			}
			for _, text := range [][]byte{epcis.MarshalDocument(out, at), epcis.MarshalQueryDocument(out, "SimpleEventQuery", at)} {
				require.NoError(t, schemaError(t, schema, text), "%s", text)
				again, err := epcis.Parse(text)
				require.NoError(t, err)
				for i, e := range again.Events {
					require.Equal(t, doc.Events[i].HashID(), e.HashID())
				}
			}
		})
	}
}

// TestNeverLaxerThanOfficial breaks valid documents in one place at a time, in every place: whatever the official schema
// refuses, we refuse.
func TestNeverLaxerThanOfficial(t *testing.T) {
	t.Parallel()
	schema := officialSchema(t)
	paths := sharedFiles(t, "valid/*.json")
	if testing.Short() {
		paths = paths[:4]
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			var root any
			require.NoError(t, json.Unmarshal(readFile(t, path), &root))
			body := root.(map[string]any)["epcisBody"].(map[string]any)
			if list := body["eventList"].([]any); len(list) > 2 {
				body["eventList"] = list[:2] // enough, and quicker
			}
			tried, taken := 0, 0
			mutate(root, "", func(where string) {
				data, err := json.Marshal(root)
				require.NoError(t, err)
				tried++
				if _, err := epcis.Parse(data); err != nil {
					return
				}
				taken++
				if err := schemaError(t, schema, data); err != nil {
					t.Errorf("%s: we take what the official schema refuses: %v", where, err)
				}
			})
			t.Logf("%d mutations, %d of them harmless", tried, taken)
		})
	}
}

// mutate replaces, removes and adds values all over v (but not inside the user's own fields), calling check after each
// change and undoing it.
func mutate(v any, where string, check func(string)) {
	replacements := []any{nil, true, -42.5, "", "bare", "two words", "example:x", "urn:epcglobal:cbv:bizstep:shipping",
		"https://ns.gs1.org/cbv/BizStep-shipping", "https://gs1.org/voc/Temperature", "2026-02-30T00:00:00Z", []any{}, map[string]any{}}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			old, here := v[key], where+"/"+key
			for _, r := range replacements {
				v[key] = r
				check(fmt.Sprintf("%s = %v", here, r))
			}
			delete(v, key)
			check(here + " removed")
			v[key+"X"] = old
			check(here + " renamed")
			delete(v, key+"X")
			v[key] = old
			if !strings.Contains(key, ":") {
				mutate(old, here, check)
			}
		}
		v["unheardOf"] = 1
		check(where + "/unheardOf added")
		delete(v, "unheardOf")
	case []any:
		for i, old := range v {
			here := fmt.Sprintf("%s/%d", where, i)
			for _, r := range replacements {
				v[i] = r
				check(fmt.Sprintf("%s = %v", here, r))
			}
			if i > 0 {
				v[i] = v[0]
				check(here + " repeated")
			}
			v[i] = old
			mutate(old, here, check)
		}
	}
}
