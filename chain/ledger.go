package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	gethnode "github.com/ethereum/go-ethereum/node"

	"github.com/suyuan-ledger/suyuan/chain/cometdb"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/chain/rpc"
	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// Ledger is one running node of the ledger. Its methods may be called from anywhere after Open; blocks
// move once Start has returned (or earlier, while it replays).
type Ledger struct {
	cfg   Config
	doc   *cmttypes.GenesisDoc
	store *pebble.DB
	evm   *evm.Service
	app   *app
	certs *certificates

	metrics *ledgerMetrics

	outbox  *submit.Outbox
	readers sync.WaitGroup

	mu      sync.Mutex
	comet   *cmtnode.Node
	recent  recentBlocks
	moved   chan struct{} // closed and replaced after every commit
	stopped bool
	done    chan struct{}

	failOnce sync.Once
	failed   chan struct{}
}

// Open opens the node's databases and reconciles them after a crash. The node has no peers and decides
// nothing until Start.
func Open(cfg Config) (*Ledger, error) {
	cfg = cfg.withDefaults()
	doc, err := ReadGenesis(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger in %s: %w", cfg.Dir, err)
	}
	genesis, err := evmGenesis(doc)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cfg.Dir, "ledger")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	store, err := manifest.Open(dir, &pebble.Options{Logger: pebblelog.Of("EVM state", cfg.Log)})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", dir, err)
	}
	cfg.EVM.Tune = rpc.Tune
	service, err := evm.Open(cfg.EVM, genesis, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	l := &Ledger{
		cfg:   cfg,
		doc:   doc,
		store: store,
		evm:   service,
		moved: make(chan struct{}),
		done:  make(chan struct{}),

		failed: make(chan struct{}),
	}
	l.app = &app{
		evm:         service,
		genesisHash: genesis.ToBlock().Hash(),
		log:         cfg.Log,
		allowPeer:   cfg.AllowPeer,
		committed:   l.committed,
	}
	if err := l.openOutbox(); err != nil {
		return nil, errors.Join(err, service.Stop(), store.Close())
	}
	if l.metrics, err = newLedgerMetrics(cfg.Metrics, l); err != nil {
		return nil, errors.Join(err, l.outbox.Close(), service.Stop(), store.Close())
	}
	return l, nil
}

// Start replays what the EVM is behind, connects to the peers and takes part in consensus.
func (l *Ledger) Start(ctx context.Context) error {
	cfg, err := cometConfig(l.cfg)
	if err != nil {
		return err
	}
	pv, err := loadValidator(l.cfg.Dir)
	if err != nil {
		return err
	}
	key, err := p2p.LoadNodeKey(NodeKeyFile(l.cfg.Dir))
	if err != nil {
		return fmt.Errorf("node key: %w", err)
	}
	node, err := l.build(ctx, cfg, pv, key)
	if err != nil {
		return fmt.Errorf("building the CometBFT node: %w", err)
	}
	if err := l.launch(node); err != nil {
		abandon(node)
		return err
	}
	return l.startOutbox(context.WithoutCancel(ctx))
}

// build makes the CometBFT node, which replays: the EVM is open already. It panics at stores that it can't read or that
// contradict each other; to whoever starts a node that is an error with a reason, not a trace of our goroutines.
func (l *Ledger) build(ctx context.Context, cfg *cmtcfg.Config, pv *privval.FilePV, key *p2p.NodeKey) (node *cmtnode.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			l.cfg.Log.Debug("CometBFT panicked while it was built", "reason", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("its stores are damaged: %v", r)
		}
	}()
	return cmtnode.NewNodeWithContext(ctx, cfg, pv, key,
		proxy.NewConnSyncLocalClientCreator(l.app),
		func() (*cmttypes.GenesisDoc, error) { return l.doc, nil },
		cometdb.Open,
		cmtnode.DefaultMetricsProvider(cfg.Instrumentation),
		cometLog{l.cfg.Log.With("part", "cometbft"), l.fail},
	)
}

func (l *Ledger) launch(node *cmtnode.Node) error {
	if l.cfg.BeforeStart != nil {
		if err := l.cfg.BeforeStart(node); err != nil {
			return fmt.Errorf("before start: %w", err)
		}
	}
	certs, err := newCertificates(l, node)
	if err != nil {
		return err
	}
	if err := node.Start(); err != nil {
		return fmt.Errorf("starting the CometBFT node: %w", err)
	}
	l.mu.Lock()
	l.comet, l.certs = node, certs
	l.mu.Unlock()
	l.readers.Add(1)
	go func() {
		defer l.readers.Done()
		l.nudge(node)
	}()
	certs.start()
	return nil
}

// Stop ends everything in reverse order. It waits for the readers of Follow to finish the block they are
// at. It is safe to call more than once, and after a failed Start.
func (l *Ledger) Stop() error {
	l.mu.Lock()
	if l.stopped {
		l.mu.Unlock()
		return nil
	}
	l.stopped = true
	node := l.comet
	close(l.done)
	l.mu.Unlock()

	l.metrics.unregister()
	var errs []error
	if err := l.outbox.Close(); err != nil {
		errs = append(errs, fmt.Errorf("closing the outbox: %w", err))
	}
	l.readers.Wait() // readers of Follow end by themselves
	if l.certs != nil {
		l.certs.stop()
	}
	if node != nil {
		if err := node.Stop(); err != nil {
			errs = append(errs, fmt.Errorf("stopping CometBFT: %w", err))
		}
		node.Wait()
		closeHost(node.Switch())
	}
	if err := l.evm.Stop(); err != nil {
		errs = append(errs, fmt.Errorf("stopping the EVM: %w", err))
	}
	if err := l.store.Close(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Failed is closed when consensus has stopped on this node for a reason that needs a person: this node
// can't follow what the others decided, or its disk fails. The reason is in the log. Reads go on; the
// process should end.
func (l *Ledger) Failed() <-chan struct{} { return l.failed }

func (l *Ledger) fail() { l.failOnce.Do(func() { close(l.failed) }) }

// committed is told by Commit; block is nil on a heartbeat.
func (l *Ledger) committed(block *types.Block) {
	if block != nil {
		if b, err := l.read(block); err == nil {
			l.recent.add(b)
		}
	}
	l.mu.Lock()
	close(l.moved)
	l.moved = make(chan struct{})
	l.mu.Unlock()
}

// Moved is closed at the next commit, heartbeats included.
func (l *Ledger) Moved() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moved
}

// Final is the latest final EVM block.
func (l *Ledger) Final() Head {
	rec := l.evm.Final()
	return Head{Height: rec.Block, Number: rec.Number, Hash: rec.Hash, Time: rec.Time}
}

// Height is the latest committed CometBFT height, heartbeats included.
func (l *Ledger) Height() int64 { return l.evm.Final().Height }

// ChainID is the EVM chain id.
func (l *Ledger) ChainID() *big.Int { return new(big.Int).Set(l.evm.Chain().Config().ChainID) }

// Genesis is the genesis document. Callers read only.
func (l *Ledger) Genesis() *cmttypes.GenesisDoc { return l.doc }

// Call runs a read-only call of a contract at the latest final block. Gas and time are bounded.
func (l *Ledger) Call(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	return l.evm.Call(ctx, to, data)
}

// Send checks a signed transaction and puts it in the pool, from where it is gossiped. It doesn't wait.
// A transaction that may not be in the next block is refused with *submit.Refused (the key may not) or
// *submit.Invalid (no block may hold it); one that the pool has already is no error.
func (l *Ledger) Send(tx *types.Transaction) error {
	return (&door{evm: l.evm}).Send(context.Background(), tx)
}

// Admit says whether tx may be in the next block: nil, an error of Send, or a fault of this node.
func (l *Ledger) Admit(tx *types.Transaction) error { return refused(l.evm.Admit(tx), tx.Hash()) }

// EVM is the execution side.
func (l *Ledger) EVM() *evm.Service { return l.evm }

// Ethereum is the embedded go-ethereum service, for the RPC door.
func (l *Ledger) Ethereum() *eth.Ethereum { return l.evm.Ethereum() }

// Stack is the go-ethereum node that holds the RPC methods.
func (l *Ledger) Stack() *gethnode.Node { return l.evm.Stack() }

// Comet is the CometBFT node, nil before Start. Callers read only.
func (l *Ledger) Comet() *cmtnode.Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.comet
}
