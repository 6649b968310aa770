package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// DemoChainID is the EVM chain id of demo networks: SUYUAN on a phone keypad.
const DemoChainID uint64 = 789826

// OperatorPower is the voting power of one operator, however many validators it runs. 60 divides evenly
// by 1 to 6.
const OperatorPower = 60

// maxBlockBytes bounds a CometBFT block: an EVM block, evidence and the commit.
const maxBlockBytes = 8 << 20

// Operator is an organisation of the consortium and its validators at genesis.
type Operator struct {
	Name       string
	Validators []crypto.PubKey // ed25519, 1 to 6 of them
}

// GenesisConfig describes a new ledger.
type GenesisConfig struct {
	ChainID   uint64    // EVM chain id; the CometBFT chain id is "suyuan-<id>"
	Time      time.Time // zero: now
	Operators []Operator
	// Alloc is the state the EVM starts from. The contracts that the protocol itself calls are added.
	Alloc types.GenesisAlloc
	// Logs are what the contracts told while that state was made. The genesis block has no receipts, but the leaves of
	// the founding parties stand for these logs, and whoever proves them needs the logs.
	Logs []*types.Log
}

// appGenesis is the app_state of the genesis document. The allocation is kept as bytes, not recomputed
// from contract sources, and the hash of the block it gives stands beside it.
type appGenesis struct {
	ChainID   uint64             `json:"evm_chain_id,string"`
	BlockHash common.Hash        `json:"evm_genesis_hash"`
	Alloc     types.GenesisAlloc `json:"alloc"`
	Logs      []genesisLog       `json:"logs"`
}

// genesisLog is a log of the genesis block; the leaves it stands for bind its content.
type genesisLog struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Data    hexutil.Bytes  `json:"data"`
}

// CometChainID is the CometBFT chain id that goes with an EVM chain id.
func CometChainID(chainID uint64) string { return fmt.Sprintf("suyuan-%d", chainID) }

// NewGenesis makes the genesis document of a new ledger.
func NewGenesis(cfg GenesisConfig) (*cmttypes.GenesisDoc, error) {
	if cfg.ChainID == 0 {
		return nil, errors.New("genesis: chain id is 0")
	}
	if cfg.Time.IsZero() {
		cfg.Time = time.Now()
	}
	validators, err := genesisValidators(cfg.Operators)
	if err != nil {
		return nil, err
	}
	alloc := evm.WithSystemContracts(cfg.Alloc)
	logs := make([]genesisLog, len(cfg.Logs))
	for i, l := range cfg.Logs {
		logs[i] = genesisLog{l.Address, l.Topics, l.Data}
	}
	state, err := json.Marshal(appGenesis{
		ChainID:   cfg.ChainID,
		BlockHash: evm.Genesis(cfg.ChainID, cfg.Time, alloc).ToBlock().Hash(),
		Alloc:     alloc,
		Logs:      logs,
	})
	if err != nil {
		return nil, err
	}
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = maxBlockBytes
	params.Block.MaxGas = -1
	params.Validator.PubKeyTypes = []string{cmttypes.ABCIPubKeyTypeEd25519}
	doc := &cmttypes.GenesisDoc{
		GenesisTime:     cfg.Time.UTC(),
		ChainID:         CometChainID(cfg.ChainID),
		InitialHeight:   1,
		ConsensusParams: params,
		Validators:      validators,
		AppState:        state,
	}
	return doc, doc.ValidateAndComplete()
}

func genesisValidators(operators []Operator) ([]cmttypes.GenesisValidator, error) {
	var out []cmttypes.GenesisValidator
	seen := map[string]string{}
	for _, op := range operators {
		n := len(op.Validators)
		if n < 1 || n > 6 {
			return nil, fmt.Errorf("genesis: operator %q has %d validators, want 1 to 6", op.Name, n)
		}
		for i, key := range op.Validators {
			if key.Type() != ed25519.KeyType {
				return nil, fmt.Errorf("genesis: validator %d of operator %q has a %s key, want ed25519", i+1, op.Name, key.Type())
			}
			if other, dup := seen[string(key.Bytes())]; dup {
				return nil, fmt.Errorf("genesis: operators %q and %q share a validator key", other, op.Name)
			}
			seen[string(key.Bytes())] = op.Name
			out = append(out, cmttypes.GenesisValidator{PubKey: key, Power: int64(OperatorPower / n), Name: op.Name})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("genesis: no validators")
	}
	return out, nil
}

// readAppGenesis reads the EVM's part of a genesis document.
func readAppGenesis(doc *cmttypes.GenesisDoc) (app appGenesis, err error) {
	dec := json.NewDecoder(bytes.NewReader(doc.AppState))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&app); err != nil {
		return app, fmt.Errorf("genesis document: app_state: %w", err)
	}
	if want := CometChainID(app.ChainID); doc.ChainID != want {
		return app, fmt.Errorf("genesis document: chain_id is %q, want %q", doc.ChainID, want)
	}
	return app, nil
}

// evmGenesis reads the EVM's part of a genesis document and checks that the allocation gives the block
// it names.
func evmGenesis(doc *cmttypes.GenesisDoc) (*core.Genesis, error) {
	app, err := readAppGenesis(doc)
	if err != nil {
		return nil, err
	}
	genesis := evm.Genesis(app.ChainID, doc.GenesisTime, app.Alloc)
	if have := genesis.ToBlock().Hash(); have != app.BlockHash {
		return nil, fmt.Errorf("genesis document: the allocation gives EVM block %s, the document says %s", have, app.BlockHash)
	}
	if heads, ok := app.Alloc[contracts.HeadsAddr]; ok && !contracts.IsHeads(heads.Code) {
		return nil, fmt.Errorf("genesis document: the contract Heads at %s has code that this version doesn't know: "+
			"the chain was founded with another version, and what that wrote would be misread", contracts.HeadsAddr)
	}
	return genesis, nil
}

// GenesisLogs are the logs of the genesis block, which has no receipts: what the register told while it was set up.
func GenesisLogs(doc *cmttypes.GenesisDoc) ([]*types.Log, error) {
	app, err := readAppGenesis(doc)
	if err != nil {
		return nil, err
	}
	logs := make([]*types.Log, len(app.Logs))
	for i, l := range app.Logs {
		logs[i] = &types.Log{Address: l.Address, Topics: l.Topics, Data: l.Data, Index: uint(i), BlockHash: app.BlockHash,
			BlockTimestamp: uint64(doc.GenesisTime.Unix())}
	}
	return logs, nil
}

// WriteGenesis puts the genesis document into a node's directory.
func WriteGenesis(dir string, doc *cmttypes.GenesisDoc) error {
	file := GenesisFile(dir)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return doc.SaveAs(file)
}

// ReadGenesis reads the genesis document of the node in dir.
func ReadGenesis(dir string) (*cmttypes.GenesisDoc, error) {
	return cmttypes.GenesisDocFromFile(GenesisFile(dir))
}
