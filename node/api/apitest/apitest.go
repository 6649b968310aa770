// Package apitest holds a node to the description it gives of itself.
package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Description is what a node's /openapi.json says, as far as a check needs it.
type Description struct {
	OpenAPI string
	Paths   map[string]map[string]operation
	schemas *jsonschema.Compiler
}

type operation struct {
	OperationID, Summary, Description string
	Own                               bool `json:"x-own-party"`
	Security                          []map[string][]string
	Parameters                        []parameter
	Responses                         map[string]response
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                struct{ Examples []any }
}

type response struct {
	Content map[string]struct {
		Schema struct {
			Ref string `json:"$ref"`
		}
	}
}

// Get asks a node for a path; the key is left out where the operation needs none.
type Get func(t testing.TB, path string, withKey bool) *http.Response

// Check runs the example of every documented operation and compares each answer with its schema. An example may name
// something that this ledger doesn't hold: 404 is an answer, and has a schema too. values are parameters of the path
// that it does hold, by operation and name ("transaction.hash"): those must be found. Streams are left out: they have
// no end.
func Check(t *testing.T, get Get, values map[string]string) {
	res := get(t, "/openapi.json", false)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	d := Read(t, body)
	require.NotEmpty(t, d.Paths)
	paths := make([]string, 0, len(d.Paths))
	for path := range d.Paths {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		op, ok := d.Paths[path]["get"]
		if !ok || op.Own { // what an API key's own party has, and writes: other tests ask with one
			require.True(t, ok || d.Paths[path]["post"].Own, "%s: only GET is expected", path)
			continue
		}
		if _, stream := op.Responses["200"].Content["text/event-stream"]; stream {
			continue
		}
		t.Run(op.OperationID, func(t *testing.T) {
			assert.NotEmpty(t, op.Summary)
			public := false
			for _, s := range op.Security {
				public = public || len(s) == 0
			}
			target, given := op.example(path, values)
			assert.NotContains(t, target, "{", "every parameter of the path has an example")
			res := get(t, target, !public)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Contains(t, []int{http.StatusOK, http.StatusNotFound}, res.StatusCode, "%s: %s", target, body)
			if given {
				require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", target, body)
			}
			media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
			described, ok := op.Responses[fmt.Sprint(res.StatusCode)]
			if !ok {
				described = op.Responses["default"]
			}
			content, ok := described.Content[media]
			require.True(t, ok, "%s answered %d as %q, which is not described", target, res.StatusCode, media)
			d.Matches(t, content.Schema.Ref, body)
		})
	}
}

// Read reads a description. Its schemas must be good ones (JSON Schema 2020-12).
func Read(t testing.TB, body []byte) *Description {
	d := &Description{schemas: jsonschema.NewCompiler()}
	require.NoError(t, json.Unmarshal(body, d))
	require.Equal(t, "3.1.0", d.OpenAPI)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err)
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, d.schemas.AddResource("openapi.json", doc))
	return d
}

// Matches compares a body with a schema of the description.
func (d *Description) Matches(t testing.TB, ref string, body []byte) {
	require.NotEmpty(t, ref, "the answer has a named schema")
	schema, err := d.schemas.Compile("openapi.json" + ref)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(v), "%s: %s", ref, body)
}

func (op *operation) example(path string, values map[string]string) (target string, given bool) {
	query := url.Values{}
	for _, p := range op.Parameters {
		v, ok := values[op.OperationID+"."+p.Name]
		given = given || ok
		if !ok && len(p.Schema.Examples) == 0 {
			continue
		} else if !ok {
			v = fmt.Sprint(p.Schema.Examples[0])
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
		case "query":
			query.Set(p.Name, v)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, given
}
