package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// Piece is the part of a numbered list's input that says how much of it is wanted.
type Piece struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most entries to answer with"`

	url url.URL
}

// Resolve remembers the request for the link to the next page.
func (p *Piece) Resolve(ctx huma.Context) []error {
	p.url = ctx.URL()
	return nil
}

// Below is the same for lists that are shown newest first.
type Below struct {
	Before uint64 `query:"before" doc:"Begin below this number; 0 or absent: with the latest"`
	Piece
}

// Numbered is a piece of a numbered list.
type Numbered[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Where the next page begins: the value of before (or offset); absent if the list ends here"`
	Total uint64 `json:"total,omitempty,string" doc:"Length of the whole list, where it is known"`
}

type numbered[T any] struct {
	Link string `header:"Link" doc:"The next page (RFC 8288)"`
	Body Numbered[T]
}

// number answers with items; next is where to go on, 0 if the list ends.
func number[T any](u url.URL, param string, items []T, next, total uint64) *numbered[T] {
	if items == nil {
		items = []T{}
	}
	out := &numbered[T]{Body: Numbered[T]{Items: items, Total: total}}
	if next > 0 {
		out.Body.Next = strconv.FormatUint(next, 10)
		q := u.Query()
		q.Set(param, out.Body.Next)
		out.Link = fmt.Sprintf("<%s>; rel=\"next\"", (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).RequestURI())
	}
	return out
}

type body[T any] struct{ Body T }

// absent turns a thing this node doesn't know into a 404.
func absent(thing, name string, err error) error {
	if errors.Is(err, ledger.ErrNotFound) {
		return problem.NotFound(thing, name)
	}
	return err
}

func answer[T any](v T, thing, name string, err error) (*body[T], error) {
	if err != nil {
		return nil, absent(thing, name, err)
	}
	return &body[T]{v}, nil
}

// ByAddress is the part of an input that names an address.
type ByAddress struct {
	Address string `path:"address" pattern:"^0[xX][0-9a-fA-F]{40}$" doc:"0x and 40 hex digits" example:"0x5359000000000000000000000000000000000003"`
}

func (b ByAddress) address() common.Address { return common.HexToAddress(b.Address) }

// Ledger registers what the explorer shows: /blocks, /transactions, /parties, /validators, /licences, /addresses, the leaves
// of objects, /search, and the stream /live, which ends when closing is closed.
func Ledger(a *API, e *echo.Echo, r *ledger.Reader, closing <-chan struct{}) {
	blockOperations(a, r)
	partyOperations(a, r)
	licenceOperations(a, r)
	Members(a, huma.Operation{OperationID: "leaves", Path: "/objects/{key}/leaves", Summary: "Leaves of an object", Tags: []string{"ledger"}, Extensions: Chinese("对象的叶"),
		Description: "One lane of an object: its leaves in ledger order, and whether they add up to the head that the contract Heads holds."},
		func(ctx context.Context, in *struct {
			Key   string `path:"key" pattern:"^0[xX][0-9a-fA-F]{64}$" doc:"Object key; a search for the identifier names it" example:"0x1a441e41ffac69adc382d1a255ed36d76ac4772a6fb0f259a6e50ab3688aeb68"`
			Lane  string `query:"lane" enum:"trunk,notice,notes" default:"trunk"`
			From  uint64 `query:"from" doc:"Number of the first leaf, from 1"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		}) (*body[ledger.Object], error) {
			o, err := r.Leaves(ctx, common.HexToHash(in.Key), in.Lane, in.From, in.Limit)
			return answer(o, "object", in.Key, err)
		})
	Members(a, huma.Operation{OperationID: "search", Path: "/search", Summary: "Search", Tags: []string{"ledger"}, Extensions: Chinese("查找"),
		Description: "Looks a text up as everything it may be: number, hash, address, GS1 identifier in any form, serial, lot, event, cursor, name of an organisation."},
		func(ctx context.Context, in *struct {
			Q string `query:"q" required:"true" minLength:"1" maxLength:"512" example:"09521202001011"`
		}) (*body[ledger.Found], error) {
			found, err := r.Search(ctx, in.Q)
			return answer(found, "", "", err)
		})
	Members(a, huma.Operation{OperationID: "validators", Path: "/validators", Summary: "Validators and how they sign", Tags: []string{"ledger"}, Extensions: Chinese("验证节点及签名情况")},
		func(context.Context, *struct{}) (*body[ledger.Validators], error) {
			return &body[ledger.Validators]{r.Validators()}, nil
		})
	live(a, e, r, closing)
}

func blockOperations(a *API, r *ledger.Reader) {
	Members(a, huma.Operation{OperationID: "blocks", Path: "/blocks", Summary: "Blocks, newest first", Tags: []string{"ledger"}, Extensions: Chinese("区块，从新到旧")},
		func(ctx context.Context, in *struct{ Below }) (*numbered[ledger.Block], error) {
			list, err := r.Blocks(ctx, in.Before, in.Limit)
			if err != nil {
				return nil, absent("block", strconv.FormatUint(in.Before, 10), err)
			}
			var next uint64
			if n := len(list); n == in.Limit && list[n-1].Number > 1 {
				next = list[n-1].Number
			}
			return number(in.url, "before", list, next, 0), nil
		})
	Members(a, huma.Operation{OperationID: "block", Path: "/blocks/{id}", Summary: "One block", Tags: []string{"ledger"}, Extensions: Chinese("一个区块"),
		Description: "Header, CometBFT height and proposer, who signed, and up to 50 of its transactions."},
		func(ctx context.Context, in *struct {
			ID   string `path:"id" pattern:"^([0-9]{1,20}|0[xX][0-9a-fA-F]{64})$" doc:"Number or hash" example:"1"`
			From int    `query:"from" minimum:"0" doc:"Position of the first transaction to list"`
		}) (*body[ledger.BlockDetail], error) {
			b, err := r.Block(ctx, in.ID, in.From)
			return answer(b, "block", in.ID, err)
		})
	Members(a, huma.Operation{OperationID: "transaction", Path: "/transactions/{hash}", Summary: "One transaction", Tags: []string{"ledger"}, Extensions: Chinese("一笔交易"),
		Description: "Call and logs decoded where they are the ledger's own contracts', what it put on record, and why it failed if it did."},
		func(ctx context.Context, in *struct {
			Hash string `path:"hash" pattern:"^0[xX][0-9a-fA-F]{64}$" example:"0xcbd0afcbfcd13f598784d0f442f36e84942529b577bef2abf2fa9a0716caced5"`
		}) (*body[ledger.Transaction], error) {
			tx, err := r.Transaction(ctx, common.HexToHash(in.Hash))
			return answer(tx, "transaction", in.Hash, err)
		})
}

func partyOperations(a *API, r *ledger.Reader) {
	Members(a, huma.Operation{OperationID: "parties", Path: "/parties", Summary: "Organisations", Tags: []string{"ledger"}, Extensions: Chinese("机构"),
		Description: "In the order they were registered."},
		func(ctx context.Context, in *struct {
			Offset int `query:"offset" minimum:"0" maximum:"1000000000"`
			Piece
		}) (*numbered[ledger.Party], error) {
			list, total, err := r.Parties(ctx, in.Offset, in.Limit)
			if err != nil {
				return nil, err
			}
			var next uint64
			if end := in.Offset + len(list); end < total && len(list) > 0 {
				next = uint64(end) //nolint:gosec // not negative
			}
			return number(in.url, "offset", list, next, uint64(total)), nil //nolint:gosec // not negative
		})
	Members(a, huma.Operation{OperationID: "party", Path: "/parties/{address}", Summary: "One organisation", Tags: []string{"ledger"}, Extensions: Chinese("一家机构"),
		Description: "With its keys, their scopes and validity, and its licences."},
		func(ctx context.Context, in *ByAddress) (*body[ledger.PartyDetail], error) {
			p, err := r.Party(ctx, in.address())
			return answer(p, "party", in.Address, err)
		})
	Members(a, huma.Operation{OperationID: "partyHistory", Path: "/parties/{address}/history", Summary: "Changes of the register", Tags: []string{"ledger"}, Extensions: Chinese("登记册的变更"),
		Description: "Who changed what of an organisation, its agents, keys, nodes and licences, and when; newest first."},
		func(ctx context.Context, in *struct {
			ByAddress
			Paging
		}) (*Listed[ledger.Change], error) {
			if _, _, err := in.From(); err != nil {
				return nil, err
			}
			list, next, err := r.History(ctx, in.address(), in.After, in.Limit)
			if err != nil {
				return nil, absent("party", in.Address, err)
			}
			return List(&in.Paging, list, next), nil
		})
	Members(a, huma.Operation{OperationID: "address", Path: "/addresses/{address}", Summary: "One address", Tags: []string{"ledger"}, Extensions: Chinese("一个地址"),
		Description: "What is known of it, and the transactions it sent, newest first."},
		func(ctx context.Context, in *struct {
			ByAddress
			Paging
		}) (*body[ledger.Address], error) {
			if _, _, err := in.From(); err != nil {
				return nil, err
			}
			x, err := r.Address(ctx, in.address(), in.After, in.Limit)
			return answer(x, "address", in.Address, err)
		})
}

func licenceOperations(a *API, r *ledger.Reader) {
	Members(a, huma.Operation{OperationID: "licences", Path: "/licences", Summary: "Licences, newest first", Tags: []string{"ledger"}, Extensions: Chinese("编码许可，从新到旧")},
		func(ctx context.Context, in *struct{ Below }) (*numbered[ledger.Licence], error) {
			list, total, err := r.Licences(ctx, in.Before, in.Limit)
			if err != nil {
				return nil, err
			}
			var next uint64
			if n := len(list); n == in.Limit && list[n-1].ID > 1 {
				next = list[n-1].ID
			}
			return number(in.url, "before", list, next, total), nil
		})
	Members(a, huma.Operation{OperationID: "licence", Path: "/licences/{id}", Summary: "One licence", Tags: []string{"ledger"}, Extensions: Chinese("一项许可"),
		Description: "With the organisations that may write under it."},
		func(ctx context.Context, in *struct {
			ID uint64 `path:"id" example:"1"`
		}) (*body[ledger.LicenceDetail], error) {
			l, err := r.Licence(ctx, in.ID)
			return answer(l, "licence", strconv.FormatUint(in.ID, 10), err)
		})
}

// live is a stream, which no operation of the description's kind can be: it is described by hand and served by itself.
func live(a *API, e *echo.Echo, r *ledger.Reader, closing <-chan struct{}) {
	path := Prefix + "/live"
	op := huma.Operation{Method: http.MethodGet, Path: path, OperationID: "live", Summary: "What becomes final, as it does",
		Tags: []string{"ledger"}, Security: []map[string][]string{{keyScheme: {}}}, Extensions: Chinese("实时数据流"),
		Description: "Server-sent events in ledger order: record (id: its cursor), block (id: one behind its last record) and state. After a break " +
			"the header Last-Event-ID goes on where it was.",
		Parameters: []*huma.Param{
			{Name: "after", In: "query", Description: "Cursor to begin behind; absent: with what comes next", Schema: &huma.Schema{Type: "string", Pattern: cursorPattern}},
			{Name: "records", In: "query", Description: "false: only blocks", Schema: &huma.Schema{Type: "boolean"}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}}}
	a.huma.OpenAPI().AddOperation(&op)
	a.listed(op)
	e.GET(path, func(c echo.Context) error {
		if err := a.deps.MayRead(c.Request()); err != nil {
			return err
		}
		after := c.Request().Header.Get("Last-Event-ID")
		if after == "" {
			after = c.QueryParam("after")
		}
		if _, err := index.ParseSeq(after); after != "" && err != nil {
			return problem.BadParam("query", "after", after, "cursor", "is not a cursor of the form height-index")
		}
		if v := strings.ToLower(c.QueryParam("records")); v != "" && v != "true" && v != "false" {
			return problem.BadParam("query", "records", v, "boolean", "is neither true nor false")
		}
		return explorer.Stream(c, r, closing)
	})
}

const cursorPattern = "^[0-9]{1,20}-[0-9]{1,10}$"
