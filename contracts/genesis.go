package contracts

import (
	"errors"

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
// in an in-memory EVM. The same configuration gives the same allocation.
func Genesis(cfg GenesisConfig) (types.GenesisAlloc, error) {
	return nil, errors.New("contracts: not yet built")
}
