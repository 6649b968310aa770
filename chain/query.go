package chain

import (
	"context"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
)

// Query answers CometBFT's question whether a peer on the classic transport may connect
// (/p2p/filter/addr/HOST:PORT, /p2p/filter/id/NODEID), and nothing else.
func (a *app) Query(_ context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	rest, ok := strings.CutPrefix(req.Path, "/p2p/filter/")
	kind, value, okKind := strings.Cut(rest, "/")
	if !ok || !okKind {
		return &abci.ResponseQuery{Code: codeRefused, Log: "unknown path"}, nil
	}
	if a.allowPeer != nil {
		if err := a.allowPeer(kind, value); err != nil {
			return &abci.ResponseQuery{Code: codeRefused, Log: err.Error()}, nil
		}
	}
	return &abci.ResponseQuery{}, nil
}
