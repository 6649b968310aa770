package contracts

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// GenesisConfig is what the first state of a chain is made of.
type GenesisConfig struct {
	ChainID   uint64
	Time      uint64            // block time of the genesis block, seconds
	Operators []GenesisOperator // 1 to 64
	Sandbox   *GenesisSandbox   // nil on a chain that is no test or demo chain
	Timelock  uint64            // governance's delay between majority and execution in seconds, at most 30 days

	NotesPerDay uint64 // notes a party may append in a day (UTC); 0 = DefaultNotesPerDay
}

// DefaultNotesPerDay is a party's daily quota in the notes lanes unless the genesis says otherwise.
const DefaultNotesPerDay = 10_000

// Bounds of a genesis. The first two are Governance's, the third FORMATS': an operator's 60 units of voting power
// are split evenly.
const (
	maxOperators  = 64
	maxTimelock   = 30 * 24 * 3600
	maxValidators = 6
)

// GenesisOperator is a founding operator. It is also a party, sponsored by itself.
type GenesisOperator struct {
	Name    string         // legal name of the organisation
	Country string         // ISO 3166-1 alpha-2, may be empty
	GLN     uint64         // its 13 digits as a number, 0 if none
	Key     common.Address // votes in Governance, and is the first key of its party with every scope
	Nodes   []GenesisNode
}

// GenesisNode is a machine of a founding operator.
type GenesisNode struct {
	PeerID       []byte   // bytes of the libp2p peer id (its multihash, not the base58 text)
	ValidatorKey [32]byte // ed25519 public key, zeros if it doesn't validate
}

// GenesisSandbox is the party of a test chain that holds the catch-all licence, opened to all parties.
type GenesisSandbox struct {
	Name string
	Key  common.Address // its first key, with every scope a party can have
}

// Genesis answers the allocation of the genesis block: every predeployed contract deployed and initialised
// in an in-memory EVM, the system contracts that Osaka rules need, Multicall3 and the CREATE2 factory. The
// same configuration gives the same allocation. Errors name the field that is wrong.
func Genesis(cfg GenesisConfig) (types.GenesisAlloc, error) {
	alloc, _, err := build(cfg)
	return alloc, err
}

// GenesisLogs answers the logs that the contracts emitted while Genesis set them up, in order. A genesis block
// has no receipts: whoever projects the registry from logs begins with these.
func GenesisLogs(cfg GenesisConfig) ([]*types.Log, error) {
	_, logs, err := build(cfg)
	return logs, err
}

// IsHeads says whether code is that of Heads as proofs and projections read it. It can't be upgraded, so a chain founded with
// other code speaks another language for ever.
func IsHeads(code []byte) bool {
	// Heads has no immutables: creation code ends with what is deployed.
	return len(code) > 0 && bytes.HasSuffix(common.FromHex(HeadsMetaData.Bin), code)
}

func (cfg GenesisConfig) check() error {
	if cfg.ChainID == 0 {
		return errors.New("genesis: chain id is 0")
	}
	if n := len(cfg.Operators); n < 1 || n > maxOperators {
		return fmt.Errorf("genesis: %d operators, need 1 to %d", n, maxOperators)
	}
	if cfg.Timelock > maxTimelock {
		return fmt.Errorf("genesis: timelock %d s, at most %d", cfg.Timelock, maxTimelock)
	}
	keys := map[common.Address]string{}
	peers := map[string]string{}
	validatorKeys := map[[32]byte]string{}
	for _, op := range cfg.Operators {
		if other, taken := keys[op.Key]; taken || op.Key == (common.Address{}) {
			return fmt.Errorf("genesis: operator %q: key %s is zero or that of %q", op.Name, op.Key, other)
		}
		keys[op.Key] = op.Name
		if op.Country != "" && len(op.Country) != 2 {
			return fmt.Errorf("genesis: operator %q: country %q is not ISO 3166-1 alpha-2", op.Name, op.Country)
		}
		validators := 0
		for _, n := range op.Nodes {
			if other, taken := peers[string(n.PeerID)]; taken {
				return fmt.Errorf("genesis: operator %q: peer id %x is that of %q", op.Name, n.PeerID, other)
			}
			peers[string(n.PeerID)] = op.Name
			if n.ValidatorKey == ([32]byte{}) {
				continue
			}
			if other, taken := validatorKeys[n.ValidatorKey]; taken {
				return fmt.Errorf("genesis: operator %q: validator key %x is that of %q", op.Name, n.ValidatorKey, other)
			}
			validatorKeys[n.ValidatorKey] = op.Name
			validators++
		}
		if validators > maxValidators {
			return fmt.Errorf("genesis: operator %q: %d validators, at most %d", op.Name, validators, maxValidators)
		}
	}
	if s := cfg.Sandbox; s != nil {
		if other, taken := keys[s.Key]; taken || s.Key == (common.Address{}) {
			return fmt.Errorf("genesis: sandbox: key %s is zero or that of %q", s.Key, other)
		}
		if s.Name == "" {
			return errors.New("genesis: sandbox: name is empty")
		}
	}
	return nil
}
