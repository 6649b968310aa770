package rpc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/rpc/core"
	"github.com/cometbft/cometbft/rpc/jsonrpc/server"
)

// cometRoutes are CometBFT's routes that only read. Transactions come in by /rpc and the outbox, never
// here, and what shows other peers' consensus state or asks the application is left out.
var cometRoutes = []string{
	"health", "status", "net_info", "blockchain", "genesis", "genesis_chunked", "block", "block_by_hash",
	"block_results", "commit", "header", "header_by_hash", "validators", "consensus_params",
	"num_unconfirmed_txs", "abci_info",
}

// maxCometBody is the size limit of a request to /comet, in bytes.
const maxCometBody = 64 << 10

// Comet makes the /comet door over a CometBFT node: GET prefix/ROUTE?args, or JSON-RPC by POST to prefix.
// allow decides about requests as Config.Allow does.
func Comet(n *node.Node, prefix string, allow func(*http.Request) error) (http.Handler, error) {
	env, err := n.ConfigureRPC()
	if err != nil {
		return nil, fmt.Errorf("rpc: CometBFT's RPC environment: %w", err)
	}
	all, routes := env.GetRoutes(), core.RoutesMap{}
	for _, name := range cometRoutes {
		route, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("rpc: CometBFT has no route %q", name)
		}
		routes[name] = route
	}
	mux := http.NewServeMux()
	server.RegisterRPCFuncs(mux, routes, log.NewNopLogger())
	inner := server.RecoverAndLogHandler(mux, log.NewNopLogger())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowed(w, r, allow) {
			return
		}
		body, err := cometCall(http.MaxBytesReader(w, r.Body, maxCometBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r2 := r.Clone(r.Context())
		r2.Body = io.NopCloser(bytes.NewReader(body))
		r2.URL.Path = "/" + strings.Trim(strings.TrimPrefix(r.URL.Path, prefix), "/")
		r2.URL.RawPath = ""
		inner.ServeHTTP(w, r2)
	}), nil
}

var errCometBatch = errors.New("batches are not offered here: send one call a request")

// cometCall reads the body of a request. It refuses batches: CometBFT puts no limit on them and builds all
// answers in memory, so 64 kB that ask a thousand times for the genesis would cost hundreds of megabytes.
func cometCall(body io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '[' {
		return nil, errCometBatch
	}
	return raw, nil
}

// CometRoute says whether /comet serves a route of CometBFT's RPC.
func CometRoute(name string) bool { return slices.Contains(cometRoutes, name) }
