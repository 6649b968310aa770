package chain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/crypto"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/lp2p"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
)

// Identity is what others need to know of a node: its validator key and its ids among peers.
type Identity struct {
	Validator crypto.PubKey // ed25519 key it signs blocks with
	NodeKey   crypto.PubKey // ed25519 key it proves its identity to peers with
	NodeID    string        // id on the classic transport
	PeerID    string        // id on the libp2p transport
}

// ID is the node's id on a transport.
func (i Identity) ID(t Transport) string {
	if t == TransportClassic {
		return i.NodeID
	}
	return i.PeerID
}

// InitKeys makes the validator key and the node key of a new node, or reads those that are there.
// Keys are plain files readable by their owner, as CometBFT wants them.
func InitKeys(dir string) (Identity, error) {
	for _, d := range []string{filepath.Join(dir, "config"), filepath.Join(dir, "data")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return Identity{}, err
		}
	}
	if _, err := os.Stat(ValidatorKeyFile(dir)); errors.Is(err, os.ErrNotExist) {
		privval.GenFilePV(ValidatorKeyFile(dir), validatorStateFile(dir)).Save()
	}
	if _, err := p2p.LoadOrGenNodeKey(NodeKeyFile(dir)); err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	return ReadIdentity(dir)
}

// ReadIdentity reads the identity of the node in dir.
func ReadIdentity(dir string) (Identity, error) {
	pv, err := loadValidator(dir)
	if err != nil {
		return Identity{}, err
	}
	node, err := p2p.LoadNodeKey(NodeKeyFile(dir))
	if err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	peer, err := lp2p.IDFromPrivateKey(node.PrivKey)
	if err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	return Identity{Validator: pv.Key.PubKey, NodeKey: node.PubKey(), NodeID: string(node.ID()), PeerID: peer.String()}, nil
}

// loadValidator reads key and state; CometBFT's own function ends the process when one is missing or damaged.
func loadValidator(dir string) (*privval.FilePV, error) {
	for path, into := range map[string]any{ValidatorKeyFile(dir): &privval.FilePVKey{}, validatorStateFile(dir): &privval.FilePVLastSignState{}} {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("validator key: %w", err)
		}
		if err := cmtjson.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("validator key: %s: %w", path, err)
		}
	}
	return privval.LoadFilePV(ValidatorKeyFile(dir), validatorStateFile(dir)), nil
}
