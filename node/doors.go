package node

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// doors is the HTTP handler of a node from the moment it has its port: while the ledger opens and
// replays only the probes are answered, then all doors.
type doors struct{ handler atomic.Pointer[http.Handler] }

func newDoors() *doors { return &doors{} }

// open lets requests through to h.
func (d *doors) open(h http.Handler) { d.handler.Store(&h) }

func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := d.handler.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "1")
	if r.URL.Path == "/healthz" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"starting"}`+"\n") // the caller is gone if this fails, here and below
		return
	}
	p := problem.New(http.StatusServiceUnavailable, "this node is starting: it opens its stores and replays what it missed")
	p.Type = "/problems/starting"
	_ = p.Write(w, r)
}
