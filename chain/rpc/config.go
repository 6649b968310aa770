package rpc

import (
	"context"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
)

// Config is what /rpc needs. Zero values mean the defaults given here.
type Config struct {
	// Ethereum is the embedded go-ethereum service.
	Ethereum *eth.Ethereum
	// Send runs admission on a signed transaction, puts it into the pool and lets it be gossiped.
	// A no by admission is best a *submit.Refused: its reason goes to the caller.
	Send func(ctx context.Context, tx *types.Transaction) error
	// Peers is the number of peers net_peerCount answers; nil: 0.
	Peers func() int
	// CatchingUp says that this node is behind the others, for eth_syncing; nil: never.
	CatchingUp func() bool
	// Version is what web3_clientVersion answers, like "suyuan/v0.1.0".
	Version string

	// Allow decides whether a request may use the door, before its body is read; an error refuses it with
	// status 403, or the error's own Status() int. nil allows all: the node passes its check for loopback
	// callers and keys with the read scope.
	Allow func(r *http.Request) error
	// Hosts are the host names the door answers to besides IP addresses and localhost, against DNS
	// rebinding; "*" allows all.
	Hosts []string
	// Origins are the origins of web pages allowed to use the door; "*" allows all. Default: none.
	Origins []string
	// Debug also serves debug_trace* (tracing runs transactions again: expensive).
	Debug bool

	MaxConcurrent int           // heavy calls at once over all callers. Default 8
	MaxLogRange   uint64        // blocks in one eth_getLogs. Default 10,000
	MaxBatch      int           // calls in one batch. Default 100
	MaxResponse   int           // bytes of a batch's answers. Default 10 MiB
	MaxBody       int           // bytes of a request. Default 1 MiB
	MaxSockets    int           // WebSocket connections at once. Default 256
	Timeout       time.Duration // of one call. Default 1 s
}

// GasCap is the most gas a call over /rpc may use (EIP-7825's limit of a transaction).
const GasCap = 1 << 24

func (c Config) withDefaults() Config {
	if c.MaxConcurrent == 0 {
		c.MaxConcurrent = 8
	}
	if c.MaxLogRange == 0 {
		c.MaxLogRange = 10_000
	}
	if c.MaxBatch == 0 {
		c.MaxBatch = 100
	}
	if c.MaxResponse == 0 {
		c.MaxResponse = 10 << 20
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.MaxSockets == 0 {
		c.MaxSockets = 256
	}
	if c.Timeout == 0 {
		c.Timeout = time.Second
	}
	if c.Version == "" {
		c.Version = "suyuan"
	}
	return c
}

// Tune sets go-ethereum's own limits on calls. Use it on the configuration before eth.New.
func Tune(cfg *ethconfig.Config) {
	cfg.RPCGasCap = GasCap
	cfg.RPCEVMTimeout = time.Second
	cfg.RPCTxFeeCap = 0
	cfg.TxSyncDefaultTimeout = 20 * time.Second
	cfg.TxSyncMaxTimeout = time.Minute
}
