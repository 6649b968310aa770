package problem_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/problem"
)

func TestWrite(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		p      *problem.Problem
		want   string
	}{
		"of a status": {"GET", problem.NotFound("block", "9"), `{"type":"/problems/not-found","title":"Not Found","status":404,` +
			`"detail":"block \"9\": not known to this node","instance":"/a%20b","trace_id":"id-1"}`},
		"of its own kind": {"GET", problem.Titled(http.StatusNotFound, "Unknown identifier", "no record of it"), `{"type":"/problems/unknown-identifier",` +
			`"title":"Unknown identifier","status":404,"detail":"no record of it","instance":"/a%20b","trace_id":"id-1"}`},
		"with a fault": {"POST", problem.BadParam("query", "after", "x", "cursor", "is no cursor"), `{"type":"/problems/bad-request","title":"Bad Request",` +
			`"status":400,"detail":"after \"x\": is no cursor","instance":"/a%20b","trace_id":"id-1",` +
			`"errors":[{"pointer":"/query/after","rule":"cursor","value":"x","message":"is no cursor"}]}`},
		"asked for by HEAD": {"HEAD", problem.NotFound("block", "9"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("X-Request-Id", "id-1")
			c.p.Header = http.Header{"Retry-After": {"5"}}
			require.NoError(t, c.p.Write(w, httptest.NewRequest(c.method, "/a%20b?q=1", nil)))
			assert.Equal(t, c.p.Status, w.Code)
			assert.Equal(t, problem.MediaType, w.Header().Get("Content-Type"))
			assert.Equal(t, "5", w.Header().Get("Retry-After"))
			assert.Equal(t, c.want, w.Body.String())
			assert.Empty(t, c.p.Instance, "one problem may be the answer to many")
		})
	}
}
