package rpc

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/eth/downloader"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	gethnode "github.com/ethereum/go-ethereum/node"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

const (
	// filterTimeout is how long a filter nobody polls is kept.
	filterTimeout = time.Minute
	// logCriteria is how many addresses, or topics at one place, a log query may name.
	logCriteria = 100
)

// Server is the /rpc door: an http.Handler for HTTP POST and WebSocket upgrades.
type Server struct {
	cfg  Config
	rpc  *gethrpc.Server
	http http.Handler
	ws   http.Handler

	sockets atomic.Int64
}

// New makes the door. Close it when the ledger stops.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if cfg.Ethereum == nil || cfg.Send == nil {
		return nil, errors.New("rpc: Ethereum and Send must be given")
	}
	srv := gethrpc.NewServer()
	srv.SetBatchLimits(cfg.MaxBatch, cfg.MaxResponse)
	srv.SetHTTPBodyLimit(cfg.MaxBody)
	srv.SetWebsocketReadLimit(int64(cfg.MaxBody))
	if err := register(srv, cfg); err != nil {
		srv.Stop()
		return nil, err
	}
	return &Server{
		cfg:  cfg,
		rpc:  srv,
		http: gethnode.NewHTTPHandlerStack(srv, cfg.Origins, []string{"*"}, nil, false), // ServeHTTP checks hosts
		ws:   srv.WebsocketHandler(cfg.Origins),
	}, nil
}

// register fills srv with go-ethereum's methods, then with ours, which take their places.
func register(srv *gethrpc.Server, cfg Config) error {
	logs := filters.NewFilterAPI(filters.NewFilterSystem(cfg.Ethereum.APIBackend, filters.Config{
		Timeout: filterTimeout, LogQueryLimit: logCriteria,
	}))
	theirs := []any{logs}
	for _, api := range cfg.Ethereum.APIs() {
		if _, p2p := api.Service.(*downloader.DownloaderAPI); api.Namespace == "eth" && !p2p {
			theirs = append(theirs, api.Service)
		}
	}
	lim := newLimiter(cfg.MaxConcurrent)
	own := &ethAPI{cfg: cfg, limit: lim, inner: methodsOf(theirs)}
	if err := own.inner.require(forwarded...); err != nil {
		return err
	}
	services := []gethrpc.API{}
	for _, s := range theirs {
		services = append(services, gethrpc.API{Namespace: "eth", Service: s})
	}
	services = append(services,
		gethrpc.API{Namespace: "eth", Service: own},
		gethrpc.API{Namespace: "eth", Service: &refusedAPI{}},
		gethrpc.API{Namespace: "net", Service: &netAPI{cfg}},
		gethrpc.API{Namespace: "web3", Service: &web3API{cfg}})
	if cfg.Debug {
		for _, api := range tracers.APIs(cfg.Ethereum.APIBackend) {
			services = append(services, api, gethrpc.API{Namespace: api.Namespace,
				Service: &debugAPI{limit: lim, inner: methodsOf([]any{api.Service})}})
		}
	}
	for _, api := range services {
		if err := srv.RegisterName(api.Namespace, api.Service); err != nil {
			return fmt.Errorf("rpc: register namespace %s: %w", api.Namespace, err)
		}
	}
	return nil
}

// ServeHTTP answers one request or holds one WebSocket connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !KnownHost(r.Host, s.cfg.Hosts) {
		http.Error(w, fmt.Sprintf("host %q is not a name of this node", r.Host), http.StatusForbidden)
		return
	}
	// A preflight carries no key and tells nothing.
	if r.Method != http.MethodOptions && !allowed(w, r, s.cfg.Allow) {
		return
	}
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		defer s.sockets.Add(-1)
		if s.sockets.Add(1) > int64(s.cfg.MaxSockets) {
			http.Error(w, fmt.Sprintf("%d WebSocket connections are open: no more are taken now", s.cfg.MaxSockets), http.StatusServiceUnavailable)
			return
		}
		s.ws.ServeHTTP(w, r)
		return
	}
	s.http.ServeHTTP(w, r)
}

// Close refuses new requests and closes WebSocket connections.
func (s *Server) Close() { s.rpc.Stop() }
