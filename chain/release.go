package chain

import (
	"reflect"

	"github.com/cometbft/cometbft/lp2p"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
)

// closeHost frees the UDP port of a stopped switch. CometBFT closes the libp2p network but not the host,
// which holds the socket for as long as the process runs; the field is private. Without it only a restart
// within one process fails, so finding nothing is no error.
func closeHost(sw p2p.Switcher) {
	lib, ok := sw.(*lp2p.Switch)
	if !ok || lib == nil {
		return
	}
	field := reflect.ValueOf(lib).Elem().FieldByName("host")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*lp2p.Host]() || field.IsNil() {
		return
	}
	if h := (*lp2p.Host)(field.UnsafePointer()); h.Host != nil {
		_ = h.Host.Close()
	}
}

// abandon frees what a CometBFT node that never started holds: its Stop does nothing then.
func abandon(node *cmtnode.Node) {
	closeHost(node.Switch())
	_ = node.EventBus().Stop()
	_ = node.ProxyApp().Stop()
	if env, err := node.ConfigureRPC(); err == nil {
		_ = env.StateStore.Close()
	}
	_ = node.BlockStore().Close()
	_ = node.EvidencePool().Close()
}
