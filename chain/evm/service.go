package evm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	gethlog "github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

// ErrClosed is returned by a service that is stopped.
var ErrClosed = errors.New("evm: the service is stopped")

// Service is the embedded go-ethereum with our own block building, checking and durability around it.
// Build, Verify, Execute and Commit are called one at a time (CometBFT does); the others at any time.
type Service struct {
	cfg     Config
	log     *slog.Logger
	chain   *core.BlockChain
	caches  *caches
	eth     *eth.Ethereum
	stack   *node.Node
	store   *pebble.DB
	ctx     *vmContext
	metrics *metrics

	mountain  *Mountain
	pool      *pool
	record    Record // what Commit wrote last; guarded by the order of calls
	unflushed uint64 // gas used by blocks whose state is in memory only; as record
	idle      int    // heartbeats since the last block; as record

	admMu sync.Mutex
	adm   *admission // answers on top of the current head

	decoded [4]decodedBlock // proposals decoded lately, newest first
	final   atomic.Pointer[Record]

	// gate is held for reading by whoever reads the databases, so that Stop doesn't close them under a
	// reader: go-ethereum panics on a read of a closed database.
	gate    sync.RWMutex
	stopped bool
}

// enter opens the gate for a reader; the caller leaves by s.gate.RUnlock.
func (s *Service) enter() error {
	s.gate.RLock()
	if s.stopped {
		s.gate.RUnlock()
		return ErrClosed
	}
	return nil
}

// Open opens the databases under cfg.Dir, writing genesis into them if they are new, and makes what
// was found consistent. store is where our own records go; the caller closes it after Stop.
func Open(cfg Config, genesis *core.Genesis, store *pebble.DB) (*Service, error) {
	cfg = cfg.withDefaults()
	quietGeth(cfg.Log)
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, err
	}
	stack, err := node.New(&node.Config{
		Name:    "geth",
		DataDir: cfg.Dir,
		P2P:     p2p.Config{MaxPeers: 0, NoDial: true, NoDiscovery: true, ListenAddr: ""},
		// No IPC, no HTTP, no authenticated door: our own server offers what may be offered.
	})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", cfg.Dir, err)
	}
	backend, err := eth.New(stack, ethConfig(cfg, genesis))
	if err != nil {
		stack.Close()
		return nil, fmt.Errorf("opening the EVM chain in %s: %w", cfg.Dir, err)
	}
	// eth.New insists on prices above zero; these calls don't.
	backend.TxPool().SetGasTip(new(big.Int))
	backend.Miner().SetGasTip(new(big.Int))
	backend.SetSynced()
	stack.RegisterAPIs([]rpc.API{{
		Namespace: "eth",
		Service:   filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{})),
	}})
	s := &Service{
		cfg:      cfg,
		log:      cfg.Log,
		chain:    backend.BlockChain(),
		caches:   cachesOf(backend.BlockChain()),
		eth:      backend,
		stack:    stack,
		store:    store,
		ctx:      &vmContext{chain: backend.BlockChain(), open: cfg.AdmitAllWithoutParties},
		mountain: &Mountain{db: store},
	}
	if s.metrics, err = newMetrics(cfg.Metrics, s); err != nil {
		stack.Close()
		return nil, err
	}
	s.pool = newPool(s)
	if err := s.reconcile(); err != nil {
		stack.Close()
		return nil, err
	}
	if err := stack.Start(); err != nil {
		stack.Close()
		return nil, fmt.Errorf("starting the EVM: %w", err)
	}
	s.pool.start()
	return s, nil
}

// Stop closes everything but the store. The state in memory is journalled, so a clean stop needs no replay.
func (s *Service) Stop() error {
	s.gate.Lock()
	again := s.stopped
	s.stopped = true
	s.gate.Unlock()
	if again {
		return nil
	}
	s.pool.stop()
	s.metrics.unregister()
	return s.stack.Close()
}

// Ethereum is the go-ethereum service, for the RPC layer.
func (s *Service) Ethereum() *eth.Ethereum { return s.eth }

// Stack is the go-ethereum node that holds the RPC methods.
func (s *Service) Stack() *node.Node { return s.stack }

// Chain is the go-ethereum block chain. Callers read only.
func (s *Service) Chain() *core.BlockChain { return s.chain }

// Mountain is the Merkle mountain range over all EVM blocks.
func (s *Service) Mountain() *Mountain { return s.mountain }

// Final is the record of the latest committed block.
func (s *Service) Final() Record { return *s.final.Load() }

func ethConfig(cfg Config, genesis *core.Genesis) *ethconfig.Config {
	c := ethconfig.Defaults
	c.Genesis = genesis
	c.NetworkId = genesis.Config.ChainID.Uint64()
	c.SyncMode = ethconfig.FullSync
	c.StateScheme = rawdb.PathScheme
	c.StateHistory = 8       // in blocks; only to step back over a kill between flush and record
	c.TransactionHistory = 0 // all
	c.LogHistory = 0         // all
	c.LogNoHistory = cfg.NoLogIndex
	c.DatabaseCache = cfg.DatabaseCacheMB
	c.DatabaseHandles = cfg.DatabaseHandles
	c.TrieCleanCache = cfg.TrieCleanCacheMB
	c.TrieDirtyCache = flushBufferMB
	c.SnapshotCache = cfg.TrieCleanCacheMB
	c.NoPrefetch = true // it runs every transaction once more beside, for state that building has read already
	c.RPCGasCap = cfg.RPCGasCap
	c.RPCEVMTimeout = callTimeout
	c.RPCTxFeeCap = 0
	c.Miner.GasPrice = big.NewInt(1) // lowered to 0 after New
	c.Miner.GasCeil = BlockGasLimit
	c.BlobPool.Datadir = "" // blob transactions are refused: keep their pool in memory
	c.TxPool.NoLocals = true
	c.TxPool.Journal = ""
	c.TxPool.PriceLimit = 1
	c.TxPool.AccountSlots = 4096
	c.TxPool.GlobalSlots = cfg.PoolTransactions
	c.TxPool.AccountQueue = 1024
	c.TxPool.GlobalQueue = cfg.PoolTransactions / 4
	c.TxPool.Lifetime = time.Hour
	if cfg.Tune != nil {
		cfg.Tune(&c)
	}
	return &c
}

// flushBufferMB is how much changed state a flush collects before it writes, in MiB; between flushes it is empty. In a
// smaller one the upper nodes of the trie, which every few thousand changes touch all, are written several times on the
// way.
const flushBufferMB = 256

var quietOnce sync.Once

// quietGeth sends go-ethereum's log to ours: its errors, and where ours shows debug messages its warnings,
// which mostly say that this is no public network.
func quietGeth(log *slog.Logger) {
	quietOnce.Do(func() {
		gethlog.SetDefault(gethlog.NewLogger(&warnings{log.Handler()}))
	})
}

type warnings struct{ slog.Handler }

func (w *warnings) Enabled(ctx context.Context, l slog.Level) bool {
	if l >= slog.LevelError {
		return w.Handler.Enabled(ctx, l)
	}
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, slog.LevelDebug)
}
func (w *warnings) WithAttrs(a []slog.Attr) slog.Handler { return &warnings{w.Handler.WithAttrs(a)} }
func (w *warnings) WithGroup(g string) slog.Handler      { return &warnings{w.Handler.WithGroup(g)} }

// admission returns the answers on top of the current head, opening its state when the head moved.
func (s *Service) admission() (*admission, error) {
	head := s.chain.CurrentBlock()
	s.admMu.Lock()
	defer s.admMu.Unlock()
	if s.adm != nil && s.adm.parent.Hash() == head.Hash() {
		return s.adm, nil
	}
	adm, err := newAdmission(s.ctx, head)
	if err != nil {
		return nil, err
	}
	s.adm = adm
	return adm, nil
}

// forgetAdmission drops the answers whose state can't be read any more.
func (s *Service) forgetAdmission(old *admission) {
	s.admMu.Lock()
	defer s.admMu.Unlock()
	if s.adm == old || old == nil {
		s.adm = nil
	}
}

// Admit says whether tx may be in the next block: nil, *Inadmissible, or a fault of this node.
func (s *Service) Admit(tx *types.Transaction) error {
	_, _, err := s.admit(tx)
	return err
}

// AdmitCall says whether key may call to (nil: create a contract) in the next block.
func (s *Service) AdmitCall(key common.Address, to *common.Address) error {
	q := question{key: key}
	if to != nil {
		q.to = *to
	}
	return s.withAdmission(func(adm *admission) error {
		g, err := adm.ask(q, nextTime(adm.parent))
		if err == nil && g.reason != admit.Admitted {
			return &Inadmissible{Reason: g.reason, Key: key, To: to}
		}
		return err
	})
}

func (s *Service) admit(tx *types.Transaction) (sender, party common.Address, err error) {
	err = s.withAdmission(func(adm *admission) (err error) {
		sender, party, err = adm.admissible(tx, nextTime(adm.parent))
		return err
	})
	return sender, party, err
}

// withAdmission asks on top of the head. A flush between opening the state and reading it makes the
// reading fail: once more, then.
func (s *Service) withAdmission(ask func(*admission) error) (err error) {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	for range 2 {
		var adm *admission
		if adm, err = s.admission(); err != nil {
			continue
		}
		err = ask(adm)
		var no *Inadmissible
		if err == nil || errors.As(err, &no) {
			return err
		}
		s.forgetAdmission(adm)
	}
	return err
}

// nextTime is the earliest time the next block can have, as seen from here.
func nextTime(parent *types.Header) uint64 {
	return max(parent.Time+1, uint64(time.Now().Unix()))
}
