package node

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
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
	status, body := http.StatusServiceUnavailable, map[string]any{
		"type": "/problems/starting", "title": "Service Unavailable", "status": http.StatusServiceUnavailable,
		"detail": "this node is starting: it opens its stores and replays what it missed"}
	if r.URL.Path == "/healthz" {
		status, body = http.StatusOK, map[string]any{"status": "starting"}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone if this fails
}
