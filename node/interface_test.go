package node

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node/api"
)

// TestListsAreDescribed holds the routes of lists and commissioning against the description.
func TestListsAreDescribed(t *testing.T) {
	t.Parallel()
	n, e := &Node{}, echo.New()
	a := api.New(e, api.Deps{})
	n.mountLists(a, e)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name string }
			Responses  map[string]struct{ Content map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	routes := 0
	for _, r := range e.Routes() {
		if r.Method == "HEAD" || !strings.HasPrefix(r.Path, api.Prefix) {
			continue
		}
		routes++
		path := strings.ReplaceAll(r.Path, ":root", "{root}")
		path = strings.ReplaceAll(path, ":request", "{request}")
		op, ok := doc.Paths[path][strings.ToLower(r.Method)]
		if assert.True(t, ok, "%s %s", r.Method, path) {
			assert.Equal(t, strings.Contains(path, "{"), len(op.Parameters) > 0, path)
			assert.NotContains(t, op.Responses, "422", path)
		}
	}
	assert.Equal(t, 7, routes)
	commission := doc.Paths["/api/v1/commissions"]["post"].Responses
	assert.Contains(t, commission["202"].Content, "application/json")
	assert.Contains(t, commission["200"].Content, "application/json")
	w = httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/api", nil))
	assert.Contains(t, w.Body.String(), "POST /api/v1/commissions")
}
