package peers

import (
	"fmt"
	"strings"

	"github.com/cometbft/cometbft/p2p"
)

// filterPrefix is the path of the ABCI queries of CometBFT's filter_peers.
const filterPrefix = "/p2p/filter/"

// Filter answers the ABCI query that the classic transport makes of every peer: path is
// /p2p/filter/addr/HOST:PORT or /p2p/filter/id/NODEID. mine says whether the path is one of them; a nil
// error lets the peer in. An address alone says nothing about who is there, so addresses pass and the
// id decides.
func (w *Wall) Filter(path string) (mine bool, err error) {
	rest, ok := strings.CutPrefix(path, filterPrefix)
	if !ok {
		return false, nil
	}
	kind, value, _ := strings.Cut(rest, "/")
	return true, w.Admit(kind, value)
}

// Admit is Filter for a path already taken apart: kind is "addr" or "id".
func (w *Wall) Admit(kind, value string) error {
	switch kind {
	case "addr":
		return nil
	case "id":
		if w.allowed.Load().nodes[p2p.ID(value)] {
			return nil
		}
		w.refused.Add(1)
		return fmt.Errorf("%w: %s", ErrStranger, value)
	}
	return fmt.Errorf("peers: filter kind %q: must be addr or id", kind)
}
