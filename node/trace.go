package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// traceParts are the trace domain's parts in this node.
type traceParts struct {
	index  *index.Projection
	teller *trace.Teller
}

// indexCache is memory for the index's blocks in bytes.
const indexCache = 16 << 20

func (n *Node) openTrace() (*traceParts, error) {
	n.register = register{n.ledger}
	x, err := index.Open(filepath.Join(n.home, "trace", "index"), index.Chain{ID: n.ledger.ChainID().Uint64(), Heads: contracts.HeadsAddr,
		Parties: contracts.PartiesAddr}, indexCache)
	if err != nil {
		return nil, fmt.Errorf("trace index: %w", err)
	}
	return &traceParts{index: x, teller: trace.NewTeller(x, traceLedger{n.ledger})}, nil
}

// traceLedger is the ledger as the trace domain sees it.
type traceLedger struct{ *chain.Ledger }

func (l traceLedger) Final() index.Position { return index.Position(l.Ledger.Final()) }

func (l traceLedger) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	return l.Ledger.Follow(ctx, chain.Cursor(from), func(b chain.Block) error { return fn(index.Block(b)) })
}

func (n *Node) startTrace(ctx context.Context) error {
	n.background(func() {
		err := n.trace.index.Run(ctx, traceLedger{n.ledger})
		if err != nil && ctx.Err() == nil && !errors.Is(err, chain.ErrStopped) {
			n.log.Error("the trace index stopped following the ledger", "err", err)
		}
	})
	return nil
}

func (n *Node) mountTrace(e *echo.Echo) error {
	return explorer.Mount(e, explorer.Deps{
		Stories: storyTeller{n.trace.teller}, Ledger: ledgerView{n}, Members: n.members,
		LinkDomain: n.cfg.LinkDomain, PublicURL: n.cfg.PublicURL, Log: n.log,
		Network: explorer.Network{Demo: n.ledger.ChainID().Uint64() == chain.DemoChainID},
	})
}

func (t *traceParts) stop() error { return nil }

func (t *traceParts) close() error { return t.index.Close() }
