package evm

import (
	"log/slog"

	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/prometheus/client_golang/prometheus"
)

// Config sizes the embedded virtual machine. Zero values mean the defaults given here, which suit four
// nodes on one small machine.
type Config struct {
	Dir string // where go-ethereum keeps its databases

	DatabaseCacheMB  int    // block database cache; default 64
	TrieCleanCacheMB int    // state read cache; default 16
	DatabaseHandles  int    // open files of the block database; default 256
	FlushEvery       uint64 // EVM blocks between flushes of the state to disk; default 64
	FlushIdle        int    // heartbeats without a block before the state goes to disk; default 8
	PoolTransactions uint64 // transactions the pool holds; default 32768
	RPCGasCap        uint64 // gas of one eth_call; default 50 M

	// NoLogIndex leaves out go-ethereum's index of logs, a sixth of the work on four validators under load
	// (measured). eth_getLogs then looks at every block of its range. For validators that serve no /rpc.
	NoLogIndex bool
	// Tune, if set, may change go-ethereum's configuration after our own settings.
	Tune func(*ethconfig.Config) `json:"-"`
	// AdmitAllWithoutParties admits every key while no Parties contract is deployed. For tests.
	AdmitAllWithoutParties bool

	Log     *slog.Logger
	Metrics prometheus.Registerer
}

func (c Config) withDefaults() Config {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&c.DatabaseCacheMB, 64)
	set(&c.TrieCleanCacheMB, 16)
	set(&c.DatabaseHandles, 256)
	set(&c.FlushIdle, 8)
	if c.FlushEvery == 0 {
		c.FlushEvery = 64
	}
	if c.PoolTransactions == 0 {
		c.PoolTransactions = 1 << 15
	}
	if c.RPCGasCap == 0 {
		c.RPCGasCap = 50_000_000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}
