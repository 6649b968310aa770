package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node/api"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

type refused struct{}

func (refused) Error() string { return "a key with the scope read is needed" }
func (refused) Status() int   { return http.StatusUnauthorized }

type thing struct {
	Name string `json:"name"`
}

type thingInput struct {
	Name string `path:"name" maxLength:"9" example:"a"`
	api.Condition
}

type thingOutput struct {
	api.Tagged
	Body thing
}

func serve(t *testing.T) http.Handler {
	t.Helper()
	e := echo.New()
	e.Use(middleware.RequestID())
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		require.NoError(t, api.ProblemOf(err).Write(c.Response(), c.Request()))
	}
	a := api.New(e, api.Deps{Version: "test", MayRead: func(r *http.Request) error {
		if r.Header.Get("Authorization") == "" {
			return refused{}
		}
		return nil
	}})
	api.Public(a, huma.Operation{OperationID: "thing", Path: "/things/{name}", Summary: "One thing", Extensions: api.Chinese("一物")},
		func(_ context.Context, in *thingInput) (*thingOutput, error) {
			switch in.Name {
			case "none":
				return nil, problem.NotFound("thing", in.Name)
			case "broken":
				return nil, errors.New("disk on fire")
			}
			tag, err := in.Tag(in.Name)
			return &thingOutput{api.Keep(tag), thing{in.Name}}, err
		})
	api.Members(a, huma.Operation{OperationID: "things", Path: "/things", Summary: "All things"},
		func(_ context.Context, in *struct{ api.Paging }) (*api.Listed[thing], error) {
			if _, _, err := in.From(); err != nil {
				return nil, err
			}
			return api.List(&in.Paging, []thing{{"a"}}, "7-0"), nil
		})
	return e
}

func get(t *testing.T, h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestErrorsHaveOneForm(t *testing.T) {
	h := serve(t)
	for name, tt := range map[string]struct {
		target  string
		key     bool
		status  int
		pointer string
		detail  string
	}{
		"not found":         {"/api/v1/things/none", false, 404, "", `thing "none": not known to this node`},
		"not ours to tell":  {"/api/v1/things/broken", false, 500, "", "the node's log says more under this trace_id"},
		"a list needs keys": {"/api/v1/things", false, 401, "", "a key with the scope read is needed"},
		"too long":          {"/api/v1/things/longer-than-9", false, 400, "/path/name", `/path/name "longer-than-9": expected length <= 9`},
		"not a number":      {"/api/v1/things?limit=x", true, 400, "/query/limit", `/query/limit "x": invalid integer`},
		"too many":          {"/api/v1/things?limit=1001", true, 400, "/query/limit", `/query/limit "1001": expected number <= 1000`},
		"not a cursor":      {"/api/v1/things?after=x", true, 400, "/query/after", `/query/after "x": expected string to match pattern ^[0-9]{1,20}-[0-9]{1,10}$`},
		"cursor too large":  {"/api/v1/things?after=99999999999999999999-1", true, 400, "/query/after", `after "99999999999999999999-1": is not a cursor of the form height-index`},
		"unknown parameter": {"/api/v1/things?lmit=1", true, 400, "/query/lmit", `/query/lmit "": unknown query parameter`},
		"no such operation": {"/api/v1/nothing", true, 404, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if tt.key {
				headers = []string{"Authorization", "Bearer x"}
			}
			w := get(t, h, "GET", tt.target, headers...)
			require.Equal(t, tt.status, w.Code, w.Body)
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			var p problem.Problem
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
			assert.Equal(t, tt.status, p.Status)
			assert.Equal(t, tt.detail, p.Detail)
			assert.NotEmpty(t, p.TraceID)
			u, err := url.Parse(tt.target)
			require.NoError(t, err)
			assert.Equal(t, u.Path, p.Instance)
			if tt.pointer != "" {
				require.Len(t, p.Errors, 1)
				assert.Equal(t, tt.pointer, p.Errors[0].Pointer)
				assert.NotEmpty(t, p.Errors[0].Rule)
			}
			if tt.status == http.StatusUnauthorized {
				assert.Equal(t, `Bearer realm="suyuan"`, w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestWhatTheCallerHasIsNotSentAgain(t *testing.T) {
	h := serve(t)
	w := get(t, h, "GET", "/api/v1/things/a")
	require.Equal(t, 200, w.Code)
	tag := w.Header().Get("ETag")
	require.NotEmpty(t, tag)
	assert.NotContains(t, tag, "W/")
	for name, tt := range map[string]struct {
		sent string
		want int
	}{
		"the same":      {tag, 304},
		"one of many":   {`"x", ` + tag, 304},
		"weakened":      {"W/" + tag, 304},
		"anything":      {"*", 304},
		"another":       {`"x"`, 200},
		"without marks": {"x", 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, h, "GET", "/api/v1/things/a", "If-None-Match", tt.sent)
			assert.Equal(t, tt.want, w.Code)
			assert.Equal(t, tag, w.Header().Get("ETag"))
			assert.Equal(t, tt.want == 304, w.Body.Len() == 0)
		})
	}
	packed := get(t, h, "GET", "/api/v1/things/a", "Accept-Encoding", "gzip").Header().Get("ETag")
	assert.NotEqual(t, tag, packed, "other bytes, other tag")
}

func TestListsGoOn(t *testing.T) {
	w := get(t, serve(t), "GET", "/api/v1/things?limit=1", "Authorization", "Bearer x")
	require.Equal(t, 200, w.Code, w.Body)
	assert.Equal(t, `</api/v1/things?after=7-0&limit=1>; rel="next"`, w.Header().Get("Link"))
	assert.JSONEq(t, `{"items":[{"name":"a"}],"next":"7-0"}`, w.Body.String())
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	w := get(t, serve(t), "HEAD", "/api/v1/things/a")
	assert.Equal(t, 200, w.Code)
	assert.NotEmpty(t, w.Header().Get("ETag"))
}

func TestDescription(t *testing.T) {
	h := serve(t)
	w := get(t, h, "GET", "/openapi.json")
	require.Equal(t, 200, w.Code)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security []map[string][]string
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	assert.Equal(t, "3.1.0", doc.OpenAPI)
	assert.Len(t, doc.Paths["/api/v1/things/{name}"]["get"].Security, 2)
	assert.Equal(t, []map[string][]string{{"apiKey": {}}}, doc.Paths["/api/v1/things"]["get"].Security)
	assert.Equal(t, 200, get(t, h, "GET", "/openapi.yaml").Code)

	page := get(t, h, "GET", "/api").Body.String()
	assert.Contains(t, page, "/api/v1/things/{name}")
	assert.Contains(t, page, "curl &#39;/api/v1/things/a&#39;")
	assert.NotContains(t, page, "https://", "the page asks nobody else")
	page = get(t, h, "GET", "/api?lang=zh").Body.String()
	assert.Contains(t, page, "一物")
	assert.Contains(t, page, "逐项的说明取自 OpenAPI 文档，为英文", "what is English is said to be, and marked")
	assert.NotContains(t, page, "What a node of this ledger knows")
}
