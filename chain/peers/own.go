package peers

import (
	"fmt"

	cmtcrypto "github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/lp2p"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
)

// NewHost opens a libp2p host with a node's key on UDP port listen ("host:port"), for a node whose consensus runs on the
// classic transport and has none. Put the wall around it before it is used: see Wall.Fence.
func NewHost(key cmtcrypto.PrivKey, listen string) (host.Host, error) {
	identity, err := lp2p.PrivateKeyFromCosmosKey(key)
	if err != nil {
		return nil, fmt.Errorf("peers: node key: %w", err)
	}
	address, err := lp2p.AddressToMultiAddr(listen, lp2p.TransportQUIC)
	if err != nil {
		return nil, fmt.Errorf("peers: listen on %q: %w", listen, err)
	}
	h, err := libp2p.New(libp2p.Identity(identity), libp2p.ListenAddrs(address), libp2p.Transport(quic.NewTransport),
		libp2p.UserAgent("suyuan"), libp2p.DisableRelay(), libp2p.Ping(false))
	if err != nil {
		return nil, fmt.Errorf("peers: listen on udp %s: %w", listen, err)
	}
	return h, nil
}
