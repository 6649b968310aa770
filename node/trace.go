package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/node/scans"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/rest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// traceParts are the trace domain's parts in this node.
type traceParts struct {
	index   *index.Projection
	teller  *trace.Teller
	capture *capture.Service
	lists   *lists.Store
	vault   *vault.Store
	sharing *sharing     // nil until the peers' port is open
	scans   *scans.Store // nil where scans aren't counted
}

// indexCache is memory for the index in bytes.
const indexCache = 64 << 20

// capture is how the node's jobs are sized and kept.
func (c *Config) capture() capture.Config {
	return capture.Config{Linger: time.Duration(c.CaptureLinger) * time.Millisecond, Keep: time.Duration(c.CaptureKeepDays) * 24 * time.Hour}
}

func (n *Node) openTrace() (*traceParts, error) {
	n.register = register{n.ledger}
	x, err := index.Open(filepath.Join(n.home, "trace", "index"), index.Chain{ID: n.ledger.ChainID().Uint64(), Heads: contracts.HeadsAddr,
		Parties: contracts.PartiesAddr, TraceLog: contracts.TraceLogAddr}, indexCache)
	if err != nil {
		return nil, fmt.Errorf("trace index: %w: %s", err, cureIndex)
	}
	kept, err := lists.Open(filepath.Join(n.home, "trace", "lists"), nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lists: %w: %s", err, cureLists), x.Close())
	}
	sealed, err := vault.Open(filepath.Join(n.home, "trace", "vault"), nil, n.log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("vault: %w: %s", err, cureVault), kept.Close(), x.Close())
	}
	jobs, err := capture.Open(filepath.Join(n.home, "trace", "jobs"), capture.Deps{
		Ledger: traceLedger{n.ledger}, Submit: n.ledger, Index: x, Lists: kept, Vault: sealed, Sealing: n.sealing, MaySeal: n.maySeal, Signer: n.signer,
		WaitingFor: func() string { return n.signing.WaitingFor() }, Log: n.log,
	}, n.cfg.capture())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("capture jobs: %w: %s", err, cureJobs), sealed.Close(), kept.Close(), x.Close())
	}
	counts, err := n.openScans()
	if err != nil {
		return nil, errors.Join(err, jobs.Close(), sealed.Close(), kept.Close(), x.Close())
	}
	teller := trace.NewTeller(x, traceLedger{n.ledger}).WithLists(kept).WithVault(sealed)
	if stories, _ := n.scanCache(); stories > 0 {
		teller.Remember(stories)
	}
	return &traceParts{index: x, teller: teller, capture: jobs, lists: kept, vault: sealed, scans: counts}, nil
}

// scanCache is memory in bytes for stories and for the packed answers made of them, which are much smaller.
func (n *Node) scanCache() (stories, answers int) {
	all := n.cfg.ScanCacheMiB << 20
	return all / 4 * 3, all / 4
}

// traceLedger is the ledger as the trace domain sees it.
type traceLedger struct{ *chain.Ledger }

func (l traceLedger) Final() index.Position { return index.Position(l.Ledger.Final()) }

func (l traceLedger) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	return l.Ledger.Follow(ctx, chain.Cursor(from), func(b chain.Block) error { return fn(index.Block(b)) })
}

func (n *Node) startTrace(ctx context.Context) error {
	if err := n.indexGenesis(); err != nil {
		return err
	}
	n.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "suyuan", Subsystem: "index", Name: "block_number",
		Help: "EVM block up to which stories and queries know the ledger."}, func() float64 { return float64(n.trace.index.Position().Number) }))
	n.background(func() {
		err := n.trace.index.Run(ctx, followed{traceLedger{n.ledger}, n.log})
		if err != nil && ctx.Err() == nil && !errors.Is(err, chain.ErrStopped) {
			n.log.Error("the trace index stopped following the ledger", "err", err)
		}
	})
	if n.trace.scans != nil {
		n.background(func() { n.trace.scans.Run(ctx) })
	}
	if err := n.startSharing(ctx); err != nil {
		return err
	}
	return n.trace.capture.Start()
}

// followed is the ledger as the index follows it, which says how far it has come when that takes long: after a restart, or
// when it is made again.
type followed struct {
	traceLedger
	log *slog.Logger
}

// progressEvery is the time between two such messages.
const progressEvery = 15 * time.Second

func (f followed) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	said := time.Now()
	return f.traceLedger.Follow(ctx, from, func(b index.Block) error {
		if head := f.Final().Number; b.Number+indexLag < head && time.Since(said) > progressEvery {
			said = time.Now()
			f.log.Info("the trace index catches up", "block", b.Number, "of", head)
		}
		return fn(b)
	})
}

func (n *Node) mountTrace(e *echo.Echo) error {
	limits := epcis.DefaultLimits
	limits.Bytes = n.cfg.MaxBodyMiB << 20
	rest.Mount(e, rest.Deps{Auth: callers{n}, Capture: n.trace.capture, Index: n.trace.index, Opener: n.opener, Limits: limits,
		Version: n.version, Log: n.log})
	n.mountProofs(e)
	n.mountScans(e)
	_, answers := n.scanCache()
	return explorer.Mount(e, explorer.Deps{
		Stories: storyTeller{n.trace.teller}, Ledger: n.reader(), Access: memberAccess{n}, Closing: n.closing, Scans: n.scanCounter(),
		LinkDomain: n.cfg.LinkDomain, PublicURL: n.cfg.PublicURL, AnswerBytes: answers, Log: n.log, Peers: n.cfg.PeersPublic,
		Network: explorer.Network{Operator: newOperatorName(n).in, Demo: n.ledger.ChainID().Uint64() == chain.DemoChainID},
	})
}

// callers tells the EPCIS doors who asks.
type callers struct{ n *Node }

func (c callers) MayRead(r *http.Request) error { return c.n.mayRead(r) }

func (c callers) Caller(r *http.Request) (*capture.Caller, error) {
	key, err := c.n.bearer(r)
	if key == nil || err != nil {
		return nil, err
	}
	scopes, err := contracts.ParseScopes(key.Scopes)
	if err != nil {
		return nil, fmt.Errorf("API key %s: %w", key.Hash[:16], err)
	}
	signer, err := c.n.hostedKey(key.Key)
	if err != nil {
		c.n.log.Error("the key of an API key can't sign", "key", key.Key, "err", err)
		return nil, &capture.Problem{Type: capture.ServiceUnavailable, Title: "This node can't sign for this API key now", Status: http.StatusServiceUnavailable,
			Detail: fmt.Sprintf("key %s: its file or the keystore's password is missing or damaged; the operator sees more with suyuan doctor", key.Key)}
	}
	return &capture.Caller{Party: key.Party, Agent: key.Agent, Key: signer, Scopes: scopes}, nil
}

func (t *traceParts) stop() error { return errors.Join(t.sharing.close(), t.capture.Close()) }

func (t *traceParts) close() error {
	errs := []error{t.vault.Close(), t.lists.Close(), t.index.Close()}
	if t.scans != nil {
		errs = append(errs, t.scans.Close())
	}
	return errors.Join(errs...)
}
