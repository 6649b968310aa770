package node

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync/atomic"

	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/peers"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// wall keeps the peer wall in step with the registry of nodes on the ledger.
type wall struct {
	*peers.Wall
	registered atomic.Pointer[registry]
	told       chan struct{} // holds one: the registry was read again
}

// registry is the active nodes of the ledger's registry at one block.
type registry struct {
	operators map[peer.ID]common.Address
	keys      []peers.Key
}

// Nodes are the active nodes with the operators that answer for them. Callers read only.
func (w *wall) Nodes() map[peer.ID]common.Address {
	if r := w.registered.Load(); r != nil {
		return r.operators
	}
	return nil
}

// newWall lets the configured peers through from the start; a node that joins knows nobody else yet.
func newWall(cfg Config) (*wall, error) {
	var own []peers.Key
	for _, p := range cfg.P2PPeers {
		id, _, _ := strings.Cut(p, "@")
		if cfg.P2PTransport != string(chain.TransportLibp2p) {
			continue // a classic id is a hash: the registry has to name the key
		}
		k, err := peers.ParsePeerID(id)
		if err != nil {
			return nil, fmt.Errorf("p2p_peers: %w", err)
		}
		own = append(own, k)
	}
	return &wall{Wall: peers.New(own...), told: make(chan struct{}, 1)}, nil
}

// guard puts the wall up before CometBFT opens its port, with the registry as of the replayed state.
func (w *wall) guard(node *cmtnode.Node, ledger *chain.Ledger) error {
	if err := w.Guard(node.Switch()); err != nil {
		return err
	}
	return w.refresh(context.Background(), ledger)
}

// run reads the registry again after every block that holds transactions.
func (w *wall) run(ctx context.Context, ledger *chain.Ledger, log *slog.Logger) {
	var seen uint64
	for {
		moved := ledger.Moved()
		if head := ledger.Final(); head.Number != seen {
			if err := w.refresh(ctx, ledger); err != nil {
				if ctx.Err() == nil {
					log.Error("the registry of nodes can't be read: the list of peers stays as it was", "err", err)
				}
			} else {
				seen = head.Number
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}

func (w *wall) refresh(ctx context.Context, ledger *chain.Ledger) error {
	const page = 100
	parties := contracts.NewParties()
	r := &registry{operators: make(map[peer.ID]common.Address)}
	for offset := int64(0); ; offset += page {
		out, err := ledger.Call(ctx, contracts.PartiesAddr, parties.PackNodes(big.NewInt(offset), big.NewInt(page)))
		if err != nil {
			return err
		}
		answer, err := parties.UnpackNodes(out)
		if err != nil {
			return err
		}
		for _, n := range answer.Page {
			if k, err := peers.ParsePeerID(peer.ID(n.PeerId).String()); err == nil && n.Active {
				r.keys = append(r.keys, k)
				r.operators[k.PeerID()] = n.Operator
			}
		}
		if offset+page >= answer.Total.Int64() {
			break
		}
	}
	w.registered.Store(r)
	w.Update(r.keys)
	select {
	case w.told <- struct{}{}:
	default:
	}
	return nil
}

func parsePeer(s string) (chain.Peer, error) {
	id, address, ok := strings.Cut(s, "@")
	if !ok || id == "" || address == "" {
		return chain.Peer{}, fmt.Errorf("p2p_peers: %q is not ID@HOST:PORT", s)
	}
	return chain.Peer{ID: id, Address: address}, nil
}
