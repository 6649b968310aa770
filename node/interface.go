package node

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/node/api"
)

// mountAPI opens /api/v1.
func (n *Node) mountAPI(e *echo.Echo) {
	a := api.New(e, api.Deps{MayRead: n.mayRead, Version: n.version, PublicURL: n.cfg.PublicURL, Log: n.log})
	n.mountMemberships(a)
	n.mountLists(a, e)
	n.mountVault(a, e)
	api.Public(a, huma.Operation{OperationID: "status", Path: "/status", Summary: "State of this node", Tags: []string{"node"},
		Extensions:  api.Chinese("本节点的状态"),
		Description: "Heights, peers and validators, whether reads are current, and what writes wait for."},
		func(context.Context, *struct{}) (*struct{ Body Status }, error) {
			return &struct{ Body Status }{n.state()}, nil
		})
	api.Objects{Teller: n.trace.teller, Index: n.trace.index, Opener: n.openerOf}.Mount(a)
	api.MountCertificates(a, n.ledger)
	api.Ledger(a, e, n.reader(), n.closing)
}
