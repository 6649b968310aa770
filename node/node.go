package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/gofrs/flock"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/rpc"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node/malloc"
)

// Node is a running node.
type Node struct {
	home    string
	cfg     Config
	version string
	log     *slog.Logger

	registry *prometheus.Registry
	metrics  *metrics

	apiKeys    *APIKeys
	keystore   *Keystore
	hosted     sync.Map   // common.Address -> *HostedKey
	decrypting sync.Mutex // one key at a time
	ledger     *chain.Ledger
	wall       *wall
	signing    *Signing
	trace      *traceParts
	register   register

	rpc   *rpc.Server
	comet http.Handler

	tasks   sync.WaitGroup // what reads the ledger in the background
	closing chan struct{}  // closed when live streams have to end, or stopping would wait for them
	cancel  context.CancelFunc
}

// How long one request may hold a connection. A caller that sends or reads a byte now and then would
// otherwise keep it for ever, and needs no API key for that. WebSockets are taken over and not bounded.
const (
	headerPatience = 10 * time.Second
	bodyPatience   = 2 * time.Minute // a full document in 2 minutes is 140 kB/s
	answerPatience = 5 * time.Minute // from the end of the header
	idlePatience   = 2 * time.Minute
)

// stopPatience bounds the wait for requests that are being answered when the node stops.
const stopPatience = 10 * time.Second

// Run runs the node in home until ctx is done, then stops it in order: first the doors, then what writes,
// the indexes, and last the ledger. It returns an error if the node can't start or breaks down.
func Run(ctx context.Context, home string, cfg Config, version string) error {
	malloc.Tune()
	lock := flock.New(filepath.Join(home, "LOCK"))
	if ok, err := lock.TryLock(); err != nil {
		return fmt.Errorf("home %s: %w (is it made? see suyuan init --help)", home, err)
	} else if !ok {
		return fmt.Errorf("home %s: another process runs this node", home)
	}
	defer lock.Close()
	if err := enoughRoom(home, startRoom); err != nil {
		return err
	}

	n := &Node{home: home, cfg: cfg, version: version, log: newLog(cfg), registry: prometheus.NewRegistry()}
	n.metrics = newMetrics(n.registry)
	n.closing = make(chan struct{})
	background, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	defer cancel()

	// The port is taken first: a node that can't serve shouldn't vote, and probes are answered while the
	// ledger replays.
	listeners, err := listen(cfg)
	if err != nil {
		return err
	}
	certs, err := newCertificates(home, cfg, n.log)
	if err != nil {
		return errors.Join(err, closeAll(listeners))
	}
	if cfg.HTTPRedirect != "" {
		if err := certs.servePlain(background, cfg.HTTPRedirect); err != nil {
			return errors.Join(err, closeAll(listeners))
		}
	}
	doors := newDoors()
	server := &http.Server{Handler: doors, ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience,
		WriteTimeout: answerPatience, IdleTimeout: idlePatience, MaxHeaderBytes: 64 << 10, TLSConfig: certs.config}
	room, err := newSeats()
	if err != nil {
		return errors.Join(err, closeAll(listeners))
	}
	served := make(chan error, len(listeners))
	for _, l := range listeners {
		l = newCrowd(l, cfg.Connections, room, n.metrics.crowded.Inc, n.log)
		go func() { served <- certs.serve(server, l) }()
	}

	if err = n.start(background); err != nil {
		err = fmt.Errorf("%w (suyuan doctor --home %s looks at its stores)", err, home)
	} else {
		var e *echo.Echo
		if e, err = n.mount(); err == nil {
			doors.open(e)
			n.log.Info("ready", "url", cfg.PublicURL, "http", cfg.HTTP, "chain", n.ledger.Genesis().ChainID, "height", n.ledger.Height())
			select {
			case <-ctx.Done():
			case err = <-served:
			case err = <-watchRoom(background, home):
			case <-n.ledger.Failed():
				err = errors.New("consensus has stopped on this node; the log above says why")
			}
		}
	}
	n.log.Info("stopping")
	return errors.Join(err, n.stop(server))
}

// listen takes all ports of the HTTP server, or none.
func listen(cfg Config) ([]net.Listener, error) {
	var out []net.Listener
	for i, address := range append([]string{cfg.HTTP}, cfg.HTTPMore...) {
		l, err := net.Listen("tcp", address)
		if err != nil {
			field := "http"
			if i > 0 {
				field = "http_more"
			}
			return nil, errors.Join(fmt.Errorf("%s: %w", field, err), closeAll(out))
		}
		out = append(out, l)
	}
	return out, nil
}

func closeAll(list []net.Listener) error {
	var errs []error
	for _, l := range list {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

func newLog(cfg Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // validated with the configuration
	opts := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(os.Stderr, opts)
	if cfg.LogFormat == "json" {
		h = slog.NewJSONHandler(os.Stderr, opts)
	}
	return slog.New(h).With("node", cfg.Name)
}

// start opens what the node has and lets the ledger run.
func (n *Node) start(ctx context.Context) (err error) {
	if n.apiKeys, err = OpenAPIKeys(n.home); err != nil {
		return err
	}
	// Without a password the node hosts no keys; it still validates, serves and takes signed transactions.
	password, err := n.cfg.Password(n.home)
	if err != nil {
		n.log.Warn("no keystore password: this node signs for nobody", "reason", err)
	}
	if n.keystore, err = OpenKeystore(n.home, password, StrongKeys); err != nil {
		return err
	}
	if n.wall, err = newWall(n.cfg); err != nil {
		return err
	}
	cfg, err := n.chainConfig()
	if err != nil {
		return err
	}
	if n.ledger, err = chain.Open(cfg); err != nil {
		return err
	}
	if n.trace, err = n.openTrace(); err != nil {
		return err
	}
	if err := n.ledger.Start(ctx); err != nil {
		return err
	}
	if n.signing, err = newSigning(n.ledger); err != nil {
		return err
	}
	n.background(func() { n.signing.run(ctx) })
	n.background(func() { n.signing.watchVotes(ctx, n.log) })
	n.background(func() { n.wall.run(ctx, n.ledger, n.log) })
	return n.startTrace(ctx)
}

func (n *Node) background(task func()) {
	n.tasks.Add(1)
	go func() {
		defer n.tasks.Done()
		task()
	}()
}

func (n *Node) chainConfig() (chain.Config, error) {
	cfg := chain.Config{
		Dir: n.home, Moniker: n.cfg.Name, Transport: chain.Transport(n.cfg.P2PTransport), Listen: n.cfg.P2PListen,
		EVM: evm.Config{DatabaseCacheMB: n.cfg.CacheMiB / 2, TrieCleanCacheMB: n.cfg.CacheMiB / 8,
			FlushEvery: uint64(n.cfg.FlushEvery)},
		AllowPeer:   n.wall.Admit,
		BeforeStart: func(node *cmtnode.Node) error { return n.wall.guard(node, n.ledger) },
		Log:         n.log, Metrics: n.registry,
	}
	cfg.Submit.Signer = n.signer
	cfg.Submit.Errors = contracts.Errors()
	for _, p := range n.cfg.P2PPeers {
		peer, err := parsePeer(p)
		if err != nil {
			return cfg, err
		}
		cfg.Peers = append(cfg.Peers, peer)
	}
	return cfg, nil
}

// mount opens every door.
func (n *Node) mount() (e *echo.Echo, err error) {
	n.rpc, err = rpc.New(rpc.Config{
		Ethereum:   n.ledger.Ethereum(),
		Send:       n.send,
		Peers:      func() int { return n.ledger.Comet().Switch().Peers().Size() },
		CatchingUp: func() bool { return n.ledger.Comet().ConsensusReactor().WaitSync() },
		Version:    "suyuan/" + n.version, Allow: n.mayRead, Hosts: n.hosts(), Debug: n.cfg.RPCDebug,
	})
	if err != nil {
		return nil, err
	}
	if n.comet, err = rpc.Comet(n.ledger.Comet(), "/comet", n.mayRead); err != nil {
		return nil, err
	}
	e = n.newServer()
	n.mountOwn(e)
	return e, n.mountTrace(e)
}

// stop ends everything that start may have begun, in reverse.
func (n *Node) stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	close(n.closing)
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // streams that don't end by themselves
	}
	if n.rpc != nil {
		n.rpc.Close()
	}
	n.cancel()
	n.tasks.Wait()
	errs := []error{err}
	if n.trace != nil {
		errs = append(errs, n.trace.stop())
	}
	if n.ledger != nil {
		errs = append(errs, n.ledger.Stop())
	}
	if n.trace != nil {
		errs = append(errs, n.trace.close())
	}
	return errors.Join(errs...)
}
