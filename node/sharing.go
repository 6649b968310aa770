package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/lp2p"
	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/peers"
	vaults "github.com/suyuan-ledger/suyuan/trace/share"
)

// sharing shares the vault with the other nodes.
type sharing struct {
	*vaults.Service
	own host.Host // of this node's own, beside the classic transport; nil if consensus' host is used
}

// vaultRegister is the register as sharing reads it.
type vaultRegister struct{ n *Node }

func (r vaultRegister) Nodes() map[peer.ID]common.Address { return r.n.wall.Nodes() }

func (r vaultRegister) Sponsor(ctx context.Context, party common.Address) (common.Address, error) {
	return r.n.register.Sponsor(ctx, party)
}

// startSharing opens the vault's protocol on the host that consensus uses. The classic transport has none: there a host of
// this node's own, with the same key, takes the UDP port of the same number.
func (n *Node) startSharing(ctx context.Context) error {
	s := &sharing{}
	h := n.wall.Host()
	if h == nil {
		key, err := p2p.LoadNodeKey(chain.NodeKeyFile(n.home))
		if err != nil {
			return fmt.Errorf("node key: %w", err)
		}
		if s.own, err = peers.NewHost(key.PrivKey, n.cfg.P2PListen); err != nil {
			return err
		}
		if h, err = n.wall.Fence(s.own); err != nil {
			return errors.Join(err, s.own.Close())
		}
	}
	var err error
	s.Service, err = vaults.New(vaults.Deps{Vault: n.trace.vault, Index: n.trace.index, Register: vaultRegister{n}, Host: h,
		Log: n.log.With("part", "vault"), Metrics: n.registry}, vaults.Config{})
	if err != nil {
		return errors.Join(err, s.close())
	}
	n.trace.sharing = s
	s.Start()
	n.background(func() { n.watchRegistry(ctx) })
	if s.own != nil {
		n.background(func() { n.dialVaults(ctx, h) })
	}
	return nil
}

func (s *sharing) close() error {
	if s == nil {
		return nil
	}
	if s.Service != nil {
		s.Close()
	}
	if s.own != nil {
		return s.own.Close()
	}
	return nil
}

// watchRegistry tells sharing when the registry of nodes was read again.
func (n *Node) watchRegistry(ctx context.Context) {
	for {
		select {
		case <-n.wall.told:
			n.trace.sharing.Nudge()
		case <-ctx.Done():
			return
		}
	}
}

// dialAgain is how long after a failure a peer's vault is dialled again.
const dialAgain = 5 * time.Second

// dialVaults keeps the host of this node's own connected with those of the configured peers. The classic transport names
// nodes by hashes of their keys; the registry has the keys.
func (n *Node) dialVaults(ctx context.Context, h host.Host) {
	tick := time.NewTicker(dialAgain)
	defer tick.Stop()
	for {
		for _, p := range n.cfg.P2PPeers {
			id, address, _ := strings.Cut(p, "@")
			info, ok := n.vaultAddress(id, address)
			if !ok || h.Network().Connectedness(info.ID) == network.Connected {
				continue
			}
			dialling, cancel := context.WithTimeout(ctx, dialAgain)
			if err := h.Connect(dialling, info); err != nil && ctx.Err() == nil {
				n.log.Debug("a peer's vault can't be reached", "peer", id, "address", address, "err", err)
			}
			cancel()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// vaultAddress is where the vault of a configured peer is; ok is false while the peer isn't registered.
func (n *Node) vaultAddress(id, address string) (info peer.AddrInfo, ok bool) {
	r := n.wall.registered.Load()
	if r == nil {
		return info, false
	}
	i := slices.IndexFunc(r.keys, func(k peers.Key) bool { return string(k.NodeID()) == id })
	if i < 0 {
		return info, false
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return info, false
	}
	info, err := lp2p.AddrInfoFromHostAndID(address, r.keys[i].PeerID().String())
	return info, err == nil
}
