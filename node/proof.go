package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/problem"
	"github.com/suyuan-ledger/suyuan/trace/proof"
	"github.com/suyuan-ledger/suyuan/verify"
)

// proofPatience bounds the making of one proof: it may wait for a heartbeat of the ledger.
const proofPatience = 10 * time.Second

// mountProofs opens the doors to what a reader can check without believing this node. They need no key: a proof concerns
// something the caller can name.
func (n *Node) mountProofs(e *echo.Echo) {
	builder := proof.NewBuilder(n.ledger, n.trace.index, n.trace.lists, n.trace.vault)
	open := e.Group("", anyOrigin)
	open.GET("/trust.json", func(c echo.Context) error {
		trust, err := builder.Trust()
		if err != nil {
			return err
		}
		file, err := trust.Encode()
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, file)
	})
	open.GET("/proof/object/*", func(c echo.Context) error {
		return n.answerProof(c, func(ctx context.Context) (*verify.Proof, error) { return objectProof(ctx, builder, c) })
	})
	open.GET("/proof/party/:address", func(c echo.Context) error {
		return n.answerProof(c, func(ctx context.Context) (*verify.Proof, error) {
			address := c.Param("address")
			if !common.IsHexAddress(address) {
				return nil, problem.BadParam("path", "address", address, "address", "must be an address: 0x and 40 hex digits")
			}
			return builder.Party(ctx, common.HexToAddress(address))
		})
	})
	open.GET("/proof/block/:number", func(c echo.Context) error {
		return n.answerProof(c, func(ctx context.Context) (*verify.Proof, error) {
			text := c.Param("number")
			if text == "latest" {
				return builder.Block(ctx, nil)
			}
			number, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return nil, problem.BadParam("path", "number", text, "number", "must be the number of an EVM block, or latest")
			}
			return builder.Block(ctx, &number)
		})
	})
}

// anyOrigin lets pages of other operators read what needs no trust in this node.
func anyOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
		return next(c)
	}
}

// objectProof proves the object of a Digital Link's path, or of the URI in the query parameter id.
func objectProof(ctx context.Context, b *proof.Builder, c echo.Context) (*verify.Proof, error) {
	if uri := c.QueryParam("id"); uri != "" {
		id, err := gs1.Parse(uri)
		if err != nil {
			return nil, problem.BadParam("query", "id", uri, "identifier", err.Error())
		}
		return b.Object(ctx, id.Canonical().String())
	}
	path := strings.TrimPrefix(c.Request().URL.EscapedPath(), "/proof/object")
	id, err := gs1.ParsePath(path)
	if err != nil {
		return nil, problem.BadParam("path", "identifier", path, "identifier", err.Error())
	}
	return b.Object(ctx, id.Canonical().String())
}

func (n *Node) answerProof(c echo.Context, build func(context.Context) (*verify.Proof, error)) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), proofPatience)
	defer cancel()
	p, err := build(ctx)
	switch {
	case errors.Is(err, proof.ErrUnknown):
		return problem.New(http.StatusNotFound, err.Error())
	case errors.Is(err, proof.ErrUnprovable), errors.Is(err, proof.ErrTooLarge):
		return problem.New(http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, chain.ErrNoCertificate), errors.Is(err, context.DeadlineExceeded):
		why := "the ledger has no signed header yet to prove this by"
		if state := n.state(); !state.Ready {
			why = state.Reason
		}
		return problem.New(http.StatusServiceUnavailable, why+"; ask again in a few seconds")
	case err != nil:
		return err
	}
	file := p.Encode()
	h := c.Response().Header()
	h.Set("Cache-Control", "no-cache")
	h.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if explorer.AcceptsGzip(c.Request()) {
		if file, err = proof.Pack(file); err != nil {
			return err
		}
		h.Set(echo.HeaderContentEncoding, "gzip")
	}
	return c.Blob(http.StatusOK, verify.MediaType, file)
}

// indexGenesis gives the index what the register told before the first block.
func (n *Node) indexGenesis() error {
	logs, err := chain.GenesisLogs(n.ledger.Genesis())
	if err != nil {
		return err
	}
	genesis, err := n.ledger.EVM().BlockByNumber(0)
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	return n.trace.index.Genesis(genesis.Hash(), genesis.Time(), logs)
}
