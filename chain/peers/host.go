package peers

import (
	"context"
	"fmt"
	"reflect"

	"github.com/cometbft/cometbft/lp2p"
	"github.com/cometbft/cometbft/p2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// hostOf finds the libp2p host inside CometBFT's switch. The field is private and CometBFT has no
// getter, so this reads it by reflection, and refuses anything that doesn't look exactly as expected:
// a CometBFT upgrade that moves it must stop the node from starting, not open the wall.
func hostOf(sw p2p.Switcher) (*lp2p.Host, error) {
	lib, ok := sw.(*lp2p.Switch)
	if !ok || lib == nil {
		return nil, fmt.Errorf("peers: switch is a %T: must be a *lp2p.Switch", sw)
	}
	field := reflect.ValueOf(lib).Elem().FieldByName("host")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*lp2p.Host]() || field.IsNil() {
		return nil, fmt.Errorf("peers: lp2p.Switch has no field host of type *lp2p.Host: this CometBFT can't be walled")
	}
	h := (*lp2p.Host)(field.UnsafePointer())
	if h.Host == nil {
		return nil, fmt.Errorf("peers: the switch's libp2p host is empty")
	}
	if _, walled := h.Host.(*gate); walled {
		return nil, fmt.Errorf("peers: the switch's libp2p host is walled already")
	}
	return h, nil
}

// gate is the host CometBFT sees: it opens nothing to strangers.
type gate struct {
	host.Host
	wall *Wall
}

// Connect refuses strangers before they are dialled.
func (g *gate) Connect(ctx context.Context, info peer.AddrInfo) error {
	if !g.wall.allows(info.ID) {
		return stranger{info.ID}
	}
	return g.Host.Connect(ctx, info)
}

// NewStream refuses strangers before a byte is sent.
func (g *gate) NewStream(ctx context.Context, id peer.ID, protocols ...protocol.ID) (network.Stream, error) {
	if !g.wall.allows(id) {
		return nil, stranger{id}
	}
	return g.Host.NewStream(ctx, id, protocols...)
}
