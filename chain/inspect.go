package chain

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	cmtcfg "github.com/cometbft/cometbft/config"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

// Stores is what each store of a stopped node says of how far it is.
type Stores struct {
	Blocks    int64       // latest CometBFT block kept
	Base      int64       // first one kept
	State     int64       // CometBFT height whose result is known
	AppHash   common.Hash // CometBFT's word for the EVM head at State
	Signed    int64       // height at which the validator signed last; 0 if it never did
	Record    int64       // CometBFT height of our own commit record
	RecordEVM common.Hash // EVM head of it
	Head      uint64      // number of go-ethereum's head
	HeadHash  common.Hash
}

// CheckGenesis says whether a node can start from the genesis document in dir.
func CheckGenesis(dir string) (*cmttypes.GenesisDoc, error) {
	doc, err := ReadGenesis(dir)
	if err == nil {
		_, err = evmGenesis(doc)
	}
	return doc, err
}

// Inspect reads the stores of the node in dir without changing what they hold. The node must not run: the caller holds its
// lock. A node that never ran answers zeros.
func Inspect(dir string) (s Stores, err error) {
	pv, err := loadValidator(dir)
	if err != nil {
		return s, err
	}
	s.Signed = pv.LastSignState.Height
	if _, err := os.Stat(filepath.Join(dir, "data", "blockstore.db")); os.IsNotExist(err) {
		return s, nil
	}
	if err := s.readComet(dir); err != nil {
		return s, err
	}
	ledger, err := manifest.Open(filepath.Join(dir, "ledger"), &pebble.Options{ReadOnly: true, Logger: pebblelog.Of("EVM state", slog.Default())})
	if err != nil {
		return s, fmt.Errorf("opening the ledger's records: %w", err)
	}
	defer ledger.Close()
	rec, _, err := evm.ReadRecord(ledger)
	if err != nil {
		return s, err
	}
	s.Record, s.RecordEVM = rec.Height, rec.Hash
	s.Head, s.HeadHash, err = evm.ReadHead(filepath.Join(dir, "evm"))
	return s, err
}

func (s *Stores) readComet(dir string) (err error) {
	defer func() { // CometBFT's stores panic at what they can't read
		if r := recover(); r != nil {
			err = fmt.Errorf("CometBFT's stores in %s: %v", filepath.Join(dir, "data"), r)
		}
	}()
	cfg := cmtcfg.DefaultConfig()
	cfg.SetRoot(dir)
	blocks, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "blockstore", Config: cfg})
	if err != nil {
		return fmt.Errorf("opening CometBFT's blocks: %w", err)
	}
	defer blocks.Close()
	b := store.NewBlockStore(blocks)
	s.Blocks, s.Base = b.Height(), b.Base()
	states, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "state", Config: cfg})
	if err != nil {
		return fmt.Errorf("opening CometBFT's state: %w", err)
	}
	defer states.Close()
	state, err := sm.NewStore(states, sm.StoreOptions{}).Load()
	if err != nil {
		return fmt.Errorf("CometBFT's state: %w", err)
	}
	s.State, s.AppHash = state.LastBlockHeight, common.BytesToHash(state.AppHash)
	return nil
}

// Faults names what the stores contradict each other in. A node killed at any moment has none: what a store is behind then,
// the next start replays.
func (s Stores) Faults() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.Blocks > 0 && s.State < s.Blocks-1 {
		add("CometBFT's state is at height %d, its blocks at %d: more than the one that a kill leaves", s.State, s.Blocks)
	}
	if s.State > s.Blocks {
		add("CometBFT's state is at height %d, its blocks end at %d: blocks are missing", s.State, s.Blocks)
	}
	if s.Record > s.Blocks {
		add("the commit record is at height %d, CometBFT's blocks end at %d: blocks are missing", s.Record, s.Blocks)
	}
	if s.Record == s.State && s.State > 0 && s.RecordEVM != s.AppHash {
		add("at height %d the commit record names EVM block %s, CometBFT %s: one of them is damaged", s.State, s.RecordEVM, s.AppHash)
	}
	return out
}
