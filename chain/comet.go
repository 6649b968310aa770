package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/lp2p"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

// Transactions go to peers at most as fast as blocks can take them: a full block a second. CometBFT
// itself knows no limit: it gives each batch a stream of its own, all at once, and streams beyond what
// libp2p allows a peer are refused, those with votes and blocks among them. One party that fills the
// pool with large transactions would then stop consensus.
const (
	reapInterval = 100 * time.Millisecond
	reapBytes    = evm.MaxBlockBytes * uint64(reapInterval) / uint64(time.Second)
)

// cometConfig is CometBFT's configuration for this ledger; what isn't set here is CometBFT's default.
func cometConfig(c Config) (*cmtcfg.Config, error) {
	cfg := cmtcfg.DefaultConfig()
	cfg.SetRoot(c.Dir)
	cfg.Moniker = c.Moniker
	cfg.LogLevel = "error"
	cfg.RPC.ListenAddress = "" // our own server offers what may be offered
	cfg.TxIndex.Indexer = "null"
	cfg.Storage.DiscardABCIResponses = true
	cfg.Instrumentation.Prometheus = false

	cfg.Consensus.TimeoutPropose = c.TimeoutPropose
	cfg.Consensus.TimeoutCommit = c.TimeoutCommit
	// With an application-side pool, no empty blocks would mean no blocks at all.
	cfg.Consensus.CreateEmptyBlocks = true
	cfg.Consensus.PeerGossipSleepDuration = 20 * time.Millisecond

	cfg.Mempool.Type = cmtcfg.MempoolTypeApp
	cfg.Mempool.ReapInterval = reapInterval
	cfg.Mempool.ReapMaxBytes = reapBytes
	cfg.Mempool.MaxTxBytes = 256 << 10
	cfg.Mempool.MaxBatchBytes = 1 << 20

	// A validator that catches up and votes at once may equivocate.
	cfg.BlockSync.AdaptiveSync = false

	cfg.P2P.ListenAddress = "tcp://" + c.Listen
	cfg.P2P.PexReactor = false
	cfg.P2P.AddrBookStrict = false
	cfg.P2P.AllowDuplicateIP = true // operators may share an address; the wall knows them by key
	cfg.P2P.FlushThrottleTimeout = 10 * time.Millisecond
	cfg.P2P.SendRate, cfg.P2P.RecvRate = 64<<20, 64<<20
	switch c.Transport {
	case TransportLibp2p:
		cfg.P2P.LibP2PConfig.Enabled = true
		for _, p := range c.Peers {
			cfg.P2P.LibP2PConfig.BootstrapPeers = append(cfg.P2P.LibP2PConfig.BootstrapPeers, cmtcfg.LibP2PBootstrapPeer{
				Host: p.Address, ID: p.ID, Persistent: true, Unconditional: true,
			})
		}
	case TransportClassic:
		cfg.FilterPeers = true
		var peers []string
		for _, p := range c.Peers {
			peers = append(peers, p.ID+"@"+p.Address)
		}
		cfg.P2P.PersistentPeers = strings.Join(peers, ",")
	default:
		return nil, fmt.Errorf("transport is %q, want %q or %q", c.Transport, TransportLibp2p, TransportClassic)
	}
	if c.Comet != nil {
		c.Comet(cfg)
	}
	if cfg.Mempool.Type != cmtcfg.MempoolTypeApp {
		return nil, errors.New("CometBFT's mempool must be of type app")
	}
	return cfg, cfg.ValidateBasic()
}

// cometLog hands CometBFT's errors to slog and drops the rest: it reports every step.
type cometLog struct {
	log  *slog.Logger
	fail func() // called when consensus has stopped for good
}

// consensusFailure is what CometBFT logs, and all it does, when its consensus routine has panicked.
const consensusFailure = "CONSENSUS FAILURE!!!"

func (l cometLog) Debug(string, ...any)         {}
func (l cometLog) Info(string, ...any)          {}
func (l cometLog) Warn(msg string, kv ...any)   { l.log.Debug(msg, kv...) }
func (l cometLog) With(kv ...any) cmtlog.Logger { return cometLog{l.log.With(kv...), l.fail} }
func (l cometLog) Error(msg string, kv ...any) {
	level := slog.LevelError
	kv = slices.Clone(kv)
	for i, v := range kv {
		err, ok := v.(error)
		if !ok {
			continue
		}
		if errors.Is(err, lp2p.ErrPeerExists) { // it dialled us while we dialled it: connected all the same
			level = slog.LevelDebug
		}
		kv[i] = err.Error() // %+v of CometBFT's errors is a stack
	}
	l.log.Log(context.Background(), level, msg, kv...)
	if msg == consensusFailure {
		l.fail()
	}
}
