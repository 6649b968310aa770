package chain

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

// app is the CometBFT application; each of its methods has a file of its own. CometBFT calls those of
// one connection one at a time, those of different connections at once, and InsertTx, ReapTxs and
// CheckTx from anywhere.
type app struct {
	abci.BaseApplication // snapshots and vote extensions: none

	evm         *evm.Service
	genesisHash common.Hash
	log         *slog.Logger
	allowPeer   func(kind, value string) error
	committed   func(*types.Block) // told after Commit; nil block on a heartbeat

	// decided is the EVM block that FinalizeBlock executed and Commit will make the head; nil on a
	// heartbeat. Both run on the consensus connection.
	decided struct {
		height int64
		block  *types.Block
	}

	rejections struct {
		sync.Mutex
		last error // why ProcessProposal refused lately
	}
	rejected atomic.Uint64

	// lie, set by tests only, makes this proposer dishonest: it gets what an honest one would propose.
	lie func(height int64, honest *types.Block) []byte
}

// reject remembers why a proposal was refused.
func (a *app) reject(height int64, err error) {
	a.rejected.Add(1)
	a.rejections.Lock()
	a.rejections.last = err
	a.rejections.Unlock()
	a.log.Warn("proposal rejected", "height", height, "reason", err)
}

// recovered turns a panic into an error: one in these methods would stop consensus on this node.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}
