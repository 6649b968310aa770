package peers

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cometbft/cometbft/p2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

// ErrStranger is the error of every dealing with a peer that is not on the list.
var ErrStranger = errors.New("peers: not a registered node")

// protectTag marks members in libp2p's connection manager, which then never trims them.
const protectTag = "suyuan/member"

// Wall decides which nodes this node talks to. It is safe for concurrent use.
type Wall struct {
	own     map[peer.ID]Key // bootstrap peers, always allowed
	allowed atomic.Pointer[list]
	refused atomic.Uint64
	losing  sync.Map // peer.ID: a connection has ended, the peer is looked at soon

	mu   sync.Mutex // one Guard, Update or Close at a time
	sw   p2p.Switcher
	host host.Host // the host behind the wall; nil before Guard, and on the classic transport before Fence
	gate *gate     // through which this node's own protocols use it
}

// list is one immutable allow-list, by the identities of both transports.
type list struct {
	peers map[peer.ID]bool
	nodes map[p2p.ID]bool
}

// New makes a wall that lets this node's own bootstrap peers through, and nobody else before the first
// Update.
func New(bootstrap ...Key) *Wall {
	w := &Wall{own: make(map[peer.ID]Key, len(bootstrap))}
	for _, k := range bootstrap {
		w.own[k.PeerID()] = k
	}
	w.allowed.Store(w.list(nil))
	return w
}

func (w *Wall) list(members []Key) *list {
	l := &list{peers: map[peer.ID]bool{}, nodes: map[p2p.ID]bool{}}
	for id, k := range w.own {
		l.peers[id], l.nodes[k.NodeID()] = true, true
	}
	for _, k := range members {
		l.peers[k.PeerID()], l.nodes[k.NodeID()] = true, true
	}
	return l
}

// Guard puts the wall around a CometBFT node's switch. Call it before the node starts; an error means
// that there is no wall and the node must not start. On the classic transport it only keeps the switch
// for Update: filter_peers must be on, and Admit must answer it.
func (w *Wall) Guard(sw p2p.Switcher) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sw != nil {
		return errors.New("peers: the wall already stands around a switch")
	}
	if classic, ok := sw.(*p2p.Switch); ok {
		w.sw = classic
		return nil
	}
	h, err := hostOf(sw)
	if err != nil {
		return err
	}
	if err := w.wrap(h.Host); err != nil {
		return err
	}
	h.Host, w.sw = w.gate, sw
	return nil
}

// Fence puts the wall around a libp2p host of this node's own, beside CometBFT's classic transport, and answers what to use
// in the host's place.
func (w *Wall) Fence(h host.Host) (host.Host, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.host != nil {
		return nil, errors.New("peers: the wall already stands around a host")
	}
	if err := w.wrap(h); err != nil {
		return nil, err
	}
	return w.gate, nil
}

// Host is the libp2p host behind the wall, for this node's own protocols; nil if there is none.
func (w *Wall) Host() host.Host {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gate == nil {
		return nil
	}
	return w.gate
}

// wrap closes the three roads of a host: streams in, streams and connections out, connections in. The caller holds mu.
func (w *Wall) wrap(inner host.Host) error {
	streams, ok := inner.Network().(interface {
		StreamHandler() network.StreamHandler
	})
	if !ok || streams.StreamHandler() == nil {
		return fmt.Errorf("peers: libp2p network %T has no stream handler to wrap", inner.Network())
	}
	// The network's own handler runs before a protocol is negotiated, so nothing of a stranger's stream
	// is read, be it CometBFT's, identify or ping.
	next := streams.StreamHandler()
	inner.Network().SetStreamHandler(func(s network.Stream) {
		if !w.allows(s.Conn().RemotePeer()) {
			w.refused.Add(1)
			_ = s.Reset()
			_ = s.Conn().Close()
			return
		}
		next(s)
	})
	inner.Network().Notify(&network.NotifyBundle{ConnectedF: func(_ network.Network, c network.Conn) {
		if !w.allows(c.RemotePeer()) {
			w.refused.Add(1)
			go c.Close() // a notifee must not block
		}
	}, DisconnectedF: func(_ network.Network, c network.Conn) { go w.lost(c.RemotePeer()) }})
	w.host, w.gate = inner, &gate{Host: inner, wall: w}
	w.protect(nil, w.allowed.Load())
	w.sweep()
	return nil
}

// Update replaces the list of registered nodes, drops peers that left it and closes what strangers hold.
// Call it with the registry's nodes at start and after every block.
func (w *Wall) Update(members []Key) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.list(members)
	last := w.allowed.Swap(next)
	w.protect(last, next)
	w.sweep()
}

// protect keeps libp2p's connection manager from trimming members. The caller holds mu.
func (w *Wall) protect(last, next *list) {
	if w.host == nil {
		return
	}
	cm := w.host.ConnManager()
	for id := range next.peers {
		cm.Protect(id, protectTag)
	}
	if last == nil {
		return
	}
	for id := range last.peers {
		if !next.peers[id] {
			cm.Unprotect(id, protectTag)
		}
	}
}

// sweep drops CometBFT's strangers, then their connections. The caller holds mu. It repeats at every
// block, so a stream that was being read while its peer left the list can't bring that peer back for
// longer than that.
func (w *Wall) sweep() {
	if w.sw != nil {
		for _, p := range w.sw.Peers().Copy() {
			if w.AllowsNode(p.ID()) {
				continue
			}
			w.refused.Add(1)
			w.sw.StopPeerForError(p, ErrStranger)
		}
	}
	if w.host == nil {
		return
	}
	for _, c := range w.host.Network().Conns() {
		if !w.allows(c.RemotePeer()) {
			w.refused.Add(1)
			_ = c.Close()
		}
	}
}

func (w *Wall) allows(id peer.ID) bool { return w.allowed.Load().peers[id] }

// Allows says whether the node with this key is let through.
func (w *Wall) Allows(k Key) bool { return w.allows(k.PeerID()) }

// AllowsNode says whether the peer with this id, of either transport, is let through.
func (w *Wall) AllowsNode(id p2p.ID) bool {
	if w.allowed.Load().nodes[id] {
		return true
	}
	lib, err := peer.Decode(string(id))
	return err == nil && w.allows(lib)
}

// Refused counts strangers' streams, connections and peers turned away since the start.
func (w *Wall) Refused() uint64 { return w.refused.Load() }

// stranger is the refusal of a peer. It also counts as libp2p's "no good addresses": CometBFT drops a
// peer it meets that error at, where it would go on sending after any other.
type stranger struct{ id peer.ID }

func (e stranger) Error() string { return fmt.Sprintf("%v: %s", ErrStranger, e.id) }
func (e stranger) Is(target error) bool {
	return target == ErrStranger || target == swarm.ErrNoGoodAddresses
}
