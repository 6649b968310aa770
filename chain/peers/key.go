package peers

import (
	"encoding/hex"
	"fmt"

	cmtcrypto "github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Key is the ed25519 public key a node proves its identity to peers with. Both transports' ids follow
// from it.
type Key [ed25519.PubKeySize]byte

// KeyOf is the key of a CometBFT node key. Only ed25519 is accepted.
func KeyOf(pub cmtcrypto.PubKey) (Key, error) {
	if pub.Type() != ed25519.KeyType {
		return Key{}, fmt.Errorf("peers: node key type %q: must be %q", pub.Type(), ed25519.KeyType)
	}
	return Key(pub.Bytes()), nil
}

// ParsePeerID reads the key out of a libp2p peer id ("12D3Koo...").
func ParsePeerID(s string) (Key, error) {
	id, err := peer.Decode(s)
	if err != nil {
		return Key{}, fmt.Errorf("peers: peer id %q: %w", s, err)
	}
	k, ok := keyOfID(id)
	if !ok {
		return Key{}, fmt.Errorf("peers: peer id %q: must hold an ed25519 key", s)
	}
	return k, nil
}

// keyOfID reads the key out of a libp2p identity. Ed25519 identities hold the key itself.
func keyOfID(id peer.ID) (Key, bool) {
	pub, err := id.ExtractPublicKey()
	if err != nil || pub.Type() != crypto.Ed25519 {
		return Key{}, false
	}
	raw, err := pub.Raw()
	if err != nil || len(raw) != ed25519.PubKeySize {
		return Key{}, false
	}
	return Key(raw), true
}

// PeerID is the key's identity on the libp2p transport.
func (k Key) PeerID() peer.ID {
	pub, err := crypto.UnmarshalEd25519PublicKey(k[:])
	if err != nil {
		panic(err) // the length is right by type
	}
	id, err := peer.IDFromPublicKey(pub)
	if err != nil {
		panic(err) // an ed25519 key always has an identity
	}
	return id
}

// NodeID is the key's identity on the classic transport: 20 bytes of its SHA-256 in hex.
func (k Key) NodeID() p2p.ID { return p2p.PubKeyToID(ed25519.PubKey(k[:])) }

// String is the key in hex with 0x.
func (k Key) String() string { return "0x" + hex.EncodeToString(k[:]) }
