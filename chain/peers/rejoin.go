package peers

import (
	"errors"
	"time"

	"github.com/cometbft/cometbft/lp2p"
	"github.com/cometbft/cometbft/p2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// errLost is why a peer whose connection ended is dropped. CometBFT dials persistent peers again.
var errLost = errors.New("peers: the connection ended")

// reactors are CometBFT's, by the names under which its switch knows them.
var reactors = []string{"MEMPOOL", "BLOCKSYNC", "CONSENSUS", "EVIDENCE", "STATESYNC"}

// settle is how long after the end of a connection a peer is looked at. A peer that is being added or
// has its next connection already is left to settle, and one that refuses us is dialled no faster.
const settle = time.Second

// lost is told that a connection to a peer has ended. CometBFT's libp2p transport isn't: it keeps what
// it knows of the peer until sending to it fails. A process that was killed and is back by then gets no
// greeting, because its old self never left, and the two go on without knowing each other's height; when
// that happens to enough validators the chain stands still for good. So the peer is dropped, or, if it
// is connected again already, greeted anew.
func (w *Wall) lost(id peer.ID) {
	if _, waiting := w.losing.LoadOrStore(id, true); waiting {
		return
	}
	time.AfterFunc(settle, func() {
		w.losing.Delete(id)
		w.mu.Lock()
		sw, h := w.sw, w.host
		w.mu.Unlock()
		lib, ok := sw.(*lp2p.Switch)
		if !ok || h == nil || !lib.IsRunning() {
			return
		}
		p := lib.Peers().Get(p2p.ID(id.String()))
		switch {
		case p == nil:
		case !p.IsRunning(): // still being added: CometBFT can't drop it, and would not dial it again
			w.lost(id)
		case h.Network().Connectedness(id) == network.Connected:
			greet(lib, p)
		default:
			lib.StopPeerForError(p, errLost)
		}
	})
}

// greet lets every reactor forget a peer and meet it again, on the connections it has now.
func greet(sw *lp2p.Switch, p p2p.Peer) {
	old, isPeer := p.(*lp2p.Peer)
	set, isSet := sw.Peers().(*lp2p.PeerSet)
	if !isPeer || !isSet {
		return
	}
	each := func(do func(p2p.Reactor)) {
		for _, name := range reactors {
			if r, ok := sw.Reactor(name); ok {
				do(r)
			}
		}
	}
	remove := func(p *lp2p.Peer, reason any) { each(func(r p2p.Reactor) { r.RemovePeer(p, reason) }) }
	if set.Remove(p.ID(), lp2p.PeerRemovalOptions{Reason: errLost, OnAfterStop: remove}) != nil {
		return // somebody else has just removed it
	}
	_, _ = set.Add(old.AddrInfo(), lp2p.PeerAddOptions{ // it fails only if a message of the peer has added it already
		Private: old.IsPrivate(), Persistent: old.IsPersistent(), Unconditional: old.IsUnconditional(),
		OnBeforeStart: func(p *lp2p.Peer) { each(func(r p2p.Reactor) { r.InitPeer(p) }) },
		OnAfterStart:  func(p *lp2p.Peer) { each(func(r p2p.Reactor) { r.AddPeer(p) }) },
		OnStartFailed: remove,
	})
}
