package node

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	vaults "github.com/suyuan-ledger/suyuan/trace/share"
)

// opener opens sealed events to whoever makes a request: to the party of an API key that may read those which that party may
// see, to callers on this machine all that this node has, to others none.
func (n *Node) opener(r *http.Request) *trace.Opener {
	key, err := n.bearer(r)
	switch {
	case err != nil:
		return nil
	case key != nil && key.May("read"):
		return &trace.Opener{Who: key.Party.Hex(), Vault: n.trace.vault, May: func(v *index.View, rec *index.Record, stub *epcis.Stub) (bool, error) {
			return vaults.MaySee(v, rec, stub, key.Party)
		}}
	case key == nil && loopback(r):
		return &trace.Opener{Who: "node", Vault: n.trace.vault, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return true, nil }}
	}
	return nil
}

type requestKey struct{}

// withRequest puts the request into its own context.
func withRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
		return next(c)
	}
}

// openerOf is opener for handlers that get the context of a request only.
func (n *Node) openerOf(ctx context.Context) *trace.Opener {
	r, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return nil
	}
	return n.opener(r)
}
