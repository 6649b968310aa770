package rpc

import (
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// netAPI is the net namespace, about CometBFT's peers: go-ethereum has none.
type netAPI struct{ cfg Config }

// Version is the chain id in decimal.
func (n *netAPI) Version() string {
	return n.cfg.Ethereum.BlockChain().Config().ChainID.String()
}

// Listening is true.
func (n *netAPI) Listening() bool { return true }

// PeerCount is the number of connected nodes.
func (n *netAPI) PeerCount() hexutil.Uint {
	if n.cfg.Peers == nil {
		return 0
	}
	return hexutil.Uint(n.cfg.Peers())
}

// web3API is the web3 namespace.
type web3API struct{ cfg Config }

// ClientVersion names this software.
func (w *web3API) ClientVersion() string { return w.cfg.Version }

// Sha3 is the Keccak-256 hash of the input.
func (w *web3API) Sha3(input hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(input) }
