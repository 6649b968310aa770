package chain

import (
	"log/slog"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// Transport is how CometBFT nodes talk to each other.
type Transport string

const (
	// TransportLibp2p is go-libp2p over QUIC (UDP), the default.
	TransportLibp2p Transport = "libp2p"
	// TransportClassic is CometBFT's own transport (TCP), kept as a fall-back.
	TransportClassic Transport = "classic"
)

// Peer is another node this one dials.
type Peer struct {
	ID      string // libp2p peer id ("12D3..."), or the classic node id in hex
	Address string // host:port
}

// Config is everything a ledger needs to run. Zero values mean the defaults given here.
type Config struct {
	// Dir is the node's directory. It holds config/genesis.json, config/node_key.json,
	// config/priv_validator_key.json, data (CometBFT), evm (go-ethereum) and ledger (our own records).
	Dir string
	// Moniker is the node's name among its peers. Default: "suyuan".
	Moniker string

	Transport Transport // default TransportLibp2p
	Listen    string    // host:port of the peer port; default "127.0.0.1:26656"
	Peers     []Peer    // nodes to dial

	// EVM sizes the embedded virtual machine.
	EVM evm.Config

	// Submit sizes the outbox and gives it the hosted keys.
	Submit submit.Options `json:"-"`

	// TimeoutCommit is the pause after a decided block. Default 500 ms.
	TimeoutCommit time.Duration
	// TimeoutPropose is how long a validator waits for a proposal. Default 3 s.
	TimeoutPropose time.Duration

	// AllowPeer decides about peers on the classic transport: kind is "id" or "addr". nil allows all.
	// The libp2p transport is walled in BeforeStart.
	AllowPeer func(kind, value string) error `json:"-"`
	// BeforeStart runs when CometBFT is built and has replayed, before it opens its peer port.
	// An error stops the start: this is where the peer wall goes up, and it fails closed.
	BeforeStart func(*cmtnode.Node) error `json:"-"`

	// Comet, if set, may change CometBFT's configuration after our own settings.
	Comet func(*cmtcfg.Config) `json:"-"`

	Log     *slog.Logger          // default slog.Default()
	Metrics prometheus.Registerer // nil: no metrics
}

// GenesisFile is the genesis document of the node in dir.
func GenesisFile(dir string) string { return filepath.Join(dir, "config", "genesis.json") }

// NodeKeyFile holds the key the node in dir proves its identity to peers with.
func NodeKeyFile(dir string) string { return filepath.Join(dir, "config", "node_key.json") }

// ValidatorKeyFile holds the ed25519 key the validator in dir signs blocks with.
func ValidatorKeyFile(dir string) string {
	return filepath.Join(dir, "config", "priv_validator_key.json")
}

// validatorStateFile remembers what the validator signed last, against double signing.
func validatorStateFile(dir string) string {
	return filepath.Join(dir, "data", "priv_validator_state.json")
}

func (c Config) withDefaults() Config {
	if c.Moniker == "" {
		c.Moniker = "suyuan"
	}
	if c.Transport == "" {
		c.Transport = TransportLibp2p
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:26656"
	}
	if c.TimeoutCommit == 0 {
		c.TimeoutCommit = 500 * time.Millisecond
	}
	if c.TimeoutPropose == 0 {
		c.TimeoutPropose = 3 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Submit.Log == nil {
		c.Submit.Log = c.Log
	}
	c.EVM.Dir = filepath.Join(c.Dir, "evm")
	c.EVM.Log = c.Log
	c.EVM.Metrics = c.Metrics
	return c
}
