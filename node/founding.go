package node

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// Founder is an operator of a new chain, with the home of its first validator.
type Founder struct {
	Name    string // legal name
	Country string // ISO 3166-1 alpha-2, may be empty
	GLN     uint64 // 13 digits, 0 for none
	Home    string
	Config  Config // Found fills in the peers
}

// Founding is what a new chain is made of.
type Founding struct {
	ChainID  uint64
	Founders []Founder
	// Sandbox makes a test chain: a party of that name holds every prefix nobody registered and lets all
	// parties use them. Empty: none, and it can't be added later.
	Sandbox  string
	Timelock time.Duration // between a majority of operators and the act
	Keys     KeyStrength
	// Password encrypts the keys; empty makes a random one in the file keystore_password of each home.
	Password string
}

// Founded names the keys that were made, in the order of the founders.
type Founded struct {
	Operators []common.Address // first key of each operator, in its home's keystore
	Sandbox   common.Address   // first key of the sandbox party, in the first home's keystore
}

// passwordFile is the file of a generated keystore password in a home.
const passwordFile = "keystore_password"

// Found makes the homes of all founders: keys, configuration and one genesis document. It refuses a home
// that already has a genesis document.
func Found(f Founding) (*Founded, error) {
	var (
		out       Founded
		operators []contracts.GenesisOperator
		consensus []chain.Operator
		stores    []*Keystore
		ids       []chain.Identity
	)
	for i := range f.Founders {
		op := &f.Founders[i]
		if _, err := os.Stat(chain.GenesisFile(op.Home)); err == nil {
			return nil, fmt.Errorf("home %s: already belongs to a chain", op.Home)
		}
		identity, err := chain.InitKeys(op.Home)
		if err != nil {
			return nil, err
		}
		machine, err := genesisNode(identity)
		if err != nil {
			return nil, err
		}
		ks, err := newKeystore(op, f)
		if err != nil {
			return nil, err
		}
		key, err := ks.New()
		if err != nil {
			return nil, err
		}
		out.Operators, stores, ids = append(out.Operators, key), append(stores, ks), append(ids, identity)
		operators = append(operators, contracts.GenesisOperator{Name: op.Name, Country: op.Country, GLN: op.GLN, Key: key,
			Nodes: []contracts.GenesisNode{machine}})
		consensus = append(consensus, chain.Operator{Name: op.Name, Validators: []crypto.PubKey{identity.Validator}})
	}
	now := time.Now().UTC().Truncate(time.Second)
	cfg := contracts.GenesisConfig{ChainID: f.ChainID, Time: uint64(now.Unix()), Operators: operators, Timelock: uint64(f.Timelock / time.Second)}
	if f.Sandbox != "" {
		key, err := stores[0].New()
		if err != nil {
			return nil, err
		}
		out.Sandbox = key
		cfg.Sandbox = &contracts.GenesisSandbox{Name: f.Sandbox, Key: key}
	}
	alloc, err := contracts.Genesis(cfg)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	logs, err := contracts.GenesisLogs(cfg)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	doc, err := chain.NewGenesis(chain.GenesisConfig{ChainID: f.ChainID, Time: now, Operators: consensus, Alloc: alloc, Logs: logs})
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	for i, op := range f.Founders {
		for j, other := range f.Founders {
			if i != j {
				c := other.Config
				if err := c.validate(); err != nil {
					return nil, fmt.Errorf("%s: %w", other.Name, err)
				}
				op.Config.P2PPeers = append(op.Config.P2PPeers, ids[j].ID(chain.Transport(c.P2PTransport))+"@"+c.P2PListen)
			}
		}
		if err := chain.WriteGenesis(op.Home, doc); err != nil {
			return nil, err
		}
		if err := WriteConfigFile(filepath.Join(op.Home, ConfigFile), op.Config); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

func newKeystore(op *Founder, f Founding) (*Keystore, error) {
	password := f.Password
	if password == "" {
		b := make([]byte, 16)
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
		password = hex.EncodeToString(b)
		if err := writeFileAtomic(filepath.Join(op.Home, passwordFile), []byte(password+"\n"), 0o600); err != nil {
			return nil, err
		}
		op.Config.KeystorePassFile = passwordFile
	}
	return OpenKeystore(op.Home, password, f.Keys)
}

// genesisNode is how the ledger's registry names a machine.
func genesisNode(id chain.Identity) (contracts.GenesisNode, error) {
	pid, err := peer.Decode(id.PeerID)
	if err != nil {
		return contracts.GenesisNode{}, fmt.Errorf("peer id %q: %w", id.PeerID, err)
	}
	n := contracts.GenesisNode{PeerID: []byte(pid)}
	copy(n.ValidatorKey[:], id.Validator.Bytes())
	return n, nil
}
