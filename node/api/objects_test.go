package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/suyuan-ledger/suyuan/node/api"
	"github.com/suyuan-ledger/suyuan/node/api/apitest"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"

	"github.com/suyuan-ledger/suyuan/trace/problem"
)

const unit = "https://id.gs1.org/01/09521202001011/21/"

// ledgerOf serves objects from a ledger where A is packed three times and made of B.
func ledgerOf(t testing.TB) http.Handler {
	l := tracetest.New()
	event := func(kind format.LeafKind, typ, fields string) {
		e := tracetest.Event(t, typ, fields)
		l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Call: tracetest.CallOf(t, format.Trunk, kind, e)})
	}
	made := `"eventTime":"2026-11-01T00:00:00Z","inputEPCList":["` + unit + `B"],"outputEPCList":["` + unit + `A"]`
	event(format.LeafEvent, "TransformationEvent", made)
	for i := range 3 {
		event(format.LeafEvent, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-0%dT00:00:00Z","action":"OBSERVE","epcList":["%sA"]`, 5-i, unit))
	}
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	e := echo.New()
	a := api.New(e, api.Deps{MayRead: func(r *http.Request) error {
		if r.Header.Get("Authorization") == "" {
			return refused{}
		}
		return nil
	}})
	api.Objects{Teller: trace.NewTeller(p, nil), Index: p}.Mount(a)
	return e
}

func ask(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryExampleIsAnsweredAsDescribed(t *testing.T) {
	h := ledgerOf(t)
	apitest.Check(t, func(t testing.TB, path string, withKey bool) *http.Response {
		if withKey {
			assert.Equal(t, http.StatusUnauthorized, ask(t, h, path).Code, "a list needs a key")
			return ask(t, h, path, "Authorization", "Bearer x").Result()
		}
		return ask(t, h, path).Result()
	}, nil)
}

func TestObjectByAnyName(t *testing.T) {
	h := ledgerOf(t)
	for name, id := range map[string]string{
		"Digital Link":     unit + "A",
		"of another host":  "https://brand.example/01/09521202001011/21/A?17=261231",
		"path":             "/01/09521202001011/21/A",
		"URN":              "urn:epc:id:sgtin:9521202.000101.A",
		"element string":   "(01)09521202001011(21)A",
		"with its lot too": "(01)09521202001011(10)L1(21)A",
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(t, h, "/api/v1/objects/"+url.PathEscape(id))
			require.Equal(t, 200, w.Code, w.Body)
			var o api.Object
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &o))
			assert.Equal(t, unit+"A", o.ID)
			assert.Equal(t, trace.KindInstance, o.Kind)
			require.Len(t, o.Lanes, 3)
			assert.Equal(t, uint64(4), o.Lanes[0].Count)
			tag := w.Header().Get("ETag")
			assert.Equal(t, 304, ask(t, h, "/api/v1/objects/"+url.PathEscape(id), "If-None-Match", tag).Code)
		})
	}
	w := ask(t, h, "/api/v1/objects/"+url.PathEscape(unit+"nobody")+"/verdict")
	require.Equal(t, 200, w.Code)
	var v api.Verdict
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v))
	assert.Equal(t, trace.RecordUnknown, v.Record.State)
}

func TestBadIdentifiers(t *testing.T) {
	h := ledgerOf(t)
	for name, tt := range map[string]struct{ id, rule, says string }{
		"check digit": {unit[:len(unit)-4] + "2/21/A", "", ""},
		"GTIN":        {"09521202001012", "check-digit", "expected 1"},
		"a place":     {"https://id.gs1.org/414/9521321000018", "level", "place or a party"},
		"rubbish":     {"%00%01", "syntax", ""},
		"empty":       {" ", "syntax", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(t, h, "/api/v1/objects/"+url.PathEscape(tt.id))
			require.Equal(t, 400, w.Code, w.Body)
			var p problem.Problem
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
			require.Len(t, p.Errors, 1)
			assert.Equal(t, "/path/id", p.Errors[0].Pointer)
			assert.Contains(t, p.Errors[0].Message, tt.says)
			if tt.rule != "" {
				assert.Equal(t, tt.rule, p.Errors[0].Rule)
			}
		})
	}
}

func TestEventsOfAnObject(t *testing.T) {
	h := ledgerOf(t)
	path, pages := "/api/v1/objects/"+url.PathEscape(unit+"A")+"/events?limit=3", 0
	var cursors []string
	for path != "" {
		w := ask(t, h, path, "Authorization", "Bearer x")
		require.Equal(t, 200, w.Code, w.Body)
		var page api.Page[api.Event]
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		for _, e := range page.Items {
			cursors = append(cursors, e.Cursor)
			assert.Contains(t, string(e.Event), unit+"A")
		}
		path = strings.TrimSuffix(strings.TrimPrefix(w.Header().Get("Link"), "<"), `>; rel="next"`)
		pages++
	}
	assert.Equal(t, 2, pages)
	assert.Equal(t, []string{"3-0", "5-0", "7-0", "9-0"}, cursors, "ledger order")
}

func TestGraphOfAnObject(t *testing.T) {
	h := ledgerOf(t)
	w := ask(t, h, "/api/v1/objects/"+url.PathEscape(unit+"A")+"/graph?direction=up", "Authorization", "Bearer x")
	require.Equal(t, 200, w.Code, w.Body)
	var g trace.Graph
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &g))
	require.Len(t, g.Links, 1)
	assert.Equal(t, unit+"B", g.Links[0].From)
	assert.Equal(t, 1, g.Certain)
}

func FuzzRequests(f *testing.F) {
	f.Add(url.PathEscape(unit+"A"), "direction=up&depth=3")
	f.Add("urn:epc:id:sgtin:9521202.000101.A", "limit=2&after=3-0&lane=notes")
	f.Add("%2801%2909521202001011", "lang=zh")
	h := ledgerOf(f)
	f.Fuzz(func(t *testing.T, id, query string) {
		for _, what := range []string{"", "/verdict", "/events", "/graph"} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer x")
			r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/api/v1/objects/x"+what, "/api/v1/objects/"+id+what, query
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Less(t, w.Code, 500, "%s %s: %s", id, query, w.Body)
		}
	})
}

func FuzzETags(f *testing.F) {
	f.Add(`"x", W/"y"`)
	h := ledgerOf(f)
	f.Fuzz(func(t *testing.T, header string) {
		w := ask(t, h, "/api/v1/objects/"+url.PathEscape(unit+"A"), "If-None-Match", header, "Accept-Encoding", header)
		assert.Contains(t, []int{200, 304}, w.Code)
	})
}

// TestSealedEventOfAnObject: everybody who may see the list sees that there is one, and those entitled what it says.
func TestSealedEventOfAnObject(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	e := tracetest.Event(t, "TransformationEvent", `"eventTime":"2026-11-01T00:00:00Z","ex:price":"SECRET","inputEPCList":["`+unit+`A"],"outputEPCList":["`+unit+`B"]`)
	call, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, "chain", e, 1, format.Hash{})
	party := tracetest.Address("a")
	l.Mine(tracetest.Tx{Party: party, Call: call})
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	require.NoError(t, kept.Put(vault.Record{Fields: fields, Head: vault.Head{Ref: vault.Ref{Commitment: call.Commitments[0], Party: party}, Policy: "chain"}}))
	may := false
	server := echo.New()
	a := api.New(server, api.Deps{MayRead: func(*http.Request) error { return nil }})
	api.Objects{Teller: trace.NewTeller(p, nil).WithVault(kept), Index: p, Opener: func(context.Context) *trace.Opener {
		return &trace.Opener{Who: fmt.Sprint(may), Vault: kept, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return may, nil }}
	}}.Mount(a)
	path := "/api/v1/objects/" + url.PathEscape(unit+"A") + "/events"
	answer := ask(t, server, path)
	assert.Contains(t, answer.Body.String(), `"sealed":{"policy":"chain","fields":`)
	assert.NotContains(t, answer.Body.String(), "SECRET")
	assert.NotContains(t, answer.Body.String(), `"damaged":true`)
	tag := answer.Header().Get("ETag")
	assert.Equal(t, http.StatusNotModified, ask(t, server, path, "If-None-Match", tag).Code)
	graph := "/api/v1/objects/" + url.PathEscape(unit+"A") + "/graph"
	answer = ask(t, server, graph)
	assert.Contains(t, answer.Body.String(), `"nodes":[{`)
	assert.NotContains(t, answer.Body.String(), unit+"B")
	graphTag := answer.Header().Get("ETag")
	assert.Equal(t, http.StatusNotModified, ask(t, server, graph, "If-None-Match", graphTag).Code)
	may = true
	answer = ask(t, server, graph, "If-None-Match", graphTag)
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Contains(t, answer.Body.String(), unit+"B", "it is led on")
	answer = ask(t, server, path, "If-None-Match", tag)
	assert.Equal(t, http.StatusOK, answer.Code, "another asker's answer is another")
	assert.Contains(t, answer.Body.String(), "SECRET")
}
