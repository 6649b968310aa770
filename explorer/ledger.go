package explorer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// LedgerView is what the explorer's pages show of the ledger. *ledger.Reader is one; what its methods promise is said
// there. Errors that wrap ledger.ErrNotFound mean that there is no such thing.
type LedgerView interface {
	Head(ctx context.Context) (ledger.Head, error)
	Blocks(ctx context.Context, below uint64, limit int) ([]ledger.Block, error)
	Block(ctx context.Context, id string, from int) (ledger.BlockDetail, error)
	Transaction(ctx context.Context, hash common.Hash) (ledger.Transaction, error)
	Parties(ctx context.Context, offset, limit int) ([]ledger.Party, int, error)
	Party(ctx context.Context, address common.Address) (ledger.PartyDetail, error)
	History(ctx context.Context, party common.Address, after string, limit int) ([]ledger.Change, string, error)
	Address(ctx context.Context, address common.Address, after string, limit int) (ledger.Address, error)
	Validators() ledger.Validators
	Licences(ctx context.Context, below uint64, limit int) ([]ledger.Licence, uint64, error)
	Licence(ctx context.Context, id uint64) (ledger.LicenceDetail, error)
	Leaves(ctx context.Context, key common.Hash, lane string, from uint64, limit int) (ledger.Object, error)
	Search(ctx context.Context, text string) (ledger.Found, error)
	Live(ctx context.Context, from index.Seq, records bool, send func(ledger.Event) error) error
	Tip(ctx context.Context) (index.Seq, error)
}

// Rows on a page.
const (
	blocksOnFirst = 12
	pageRows      = 25
	partyRows     = 50
	historyShown  = 10
)

// mountLedger registers the explorer's pages.
func (s *server) mountLedger(e *echo.Echo) {
	for path, page := range map[string]echo.HandlerFunc{
		"":                          s.overview,
		"/blocks":                   s.blocks,
		"/blocks/:id":               s.block,
		"/transactions/:hash":       s.transaction,
		"/parties":                  s.parties,
		"/parties/:address":         s.party,
		"/parties/:address/history": s.history,
		"/addresses/:address":       s.address,
		"/validators":               s.validators,
		"/licences":                 s.licences,
		"/licences/:id":             s.licence,
		"/objects/:key":             s.object,
		"/search":                   s.search,
		"/live":                     s.live,
	} {
		e.GET("/explorer"+path, page, s.members)
	}
	e.GET("/explorer/sign-in", s.signInForm)
	e.POST("/explorer/sign-in", s.signIn)
	e.POST("/explorer/sign-out", s.signOut)
}

// badAddress is a part of an address that breaks a rule.
type badAddress struct{ field, value, rule string }

func (b *badAddress) Error() string { return fmt.Sprintf("%s %q: %s", b.field, b.value, b.rule) }

var (
	hexHash    = regexp.MustCompile(`^0[xX][0-9a-fA-F]{64}$`)
	hexAddress = regexp.MustCompile(`^0[xX][0-9a-fA-F]{40}$`)
	cursorText = regexp.MustCompile(`^[0-9]{1,20}-[0-9]{1,10}$`)
)

func hashParam(c echo.Context, name string) (common.Hash, error) {
	v := c.Param(name)
	if !hexHash.MatchString(v) {
		return common.Hash{}, &badAddress{name, v, "rule.hash"}
	}
	return common.HexToHash(v), nil
}

func addressParam(c echo.Context) (common.Address, error) {
	v := c.Param("address")
	if !hexAddress.MatchString(v) {
		return common.Address{}, &badAddress{"address", v, "rule.address"}
	}
	return common.HexToAddress(v), nil
}

// queryNumber reads a number of the query; none is 0.
func queryNumber(c echo.Context, name string) (uint64, error) {
	v := c.QueryParam(name)
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil {
		return 0, &badAddress{name, v, "rule.number"}
	}
	return n, nil
}

func after(c echo.Context) (string, error) {
	v := c.QueryParam("after")
	if _, err := index.ParseSeq(v); v != "" && (err != nil || !cursorText.MatchString(v)) {
		return "", &badAddress{"after", v, "rule.cursor"}
	}
	return v, nil
}

// fail answers what couldn't be shown: a mistake in the address, something that isn't there, or a fault of ours.
func (s *server) fail(c echo.Context, what string, err error) error {
	var bad *badAddress
	pg := s.newPage(c, nil)
	sh := s.sheet(c, "")
	pg.Body, pg.Wide = sh, true
	status := http.StatusNotFound
	switch {
	case errors.As(err, &bad):
		status = http.StatusBadRequest
		pg.Title = pg.T("bad.title")
		sh.Lead, sh.Alert = pg.T("bad.lead", "field", bad.field, "value", bad.value, "rule", pg.T(bad.rule)), "warn"
	case errors.Is(err, ledger.ErrNotFound):
		pg.Title = pg.T("missing.title")
		sh.Lead, sh.Alert = pg.T("missing.lead", "what", what), "warn"
	default:
		return s.unavailable(c, err)
	}
	if !strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html") {
		return problem.New(status, sh.Lead).Write(c.Response(), c.Request())
	}
	return s.send(c, status, "sheet", pg)
}

// sheet begins a page of the explorer.
func (s *server) sheet(c echo.Context, section string) *sheet {
	sh := &sheet{Section: section, Path: c.Request().URL.RequestURI()}
	if m, ok := c.Get(memberKey).(*Member); ok {
		sh.Member = m
		sh.SignedIn = lang(c).Say("ledger.signed.in", "name", m.Name, "agent", m.Agent)
	}
	return sh
}

// show renders a sheet.
func (s *server) show(c echo.Context, title string, sh *sheet) error {
	pg := s.newPage(c, sh)
	pg.Title, pg.Script, pg.Wide = title, s.pages.island, true
	return s.send(c, http.StatusOK, "sheet", pg)
}

func unix(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() } //nolint:gosec // a time of the ledger

// Go keeps the language that was chosen in a link.
func (p *page) Go(href string) string {
	if p.asked == "" || strings.HasPrefix(href, "#") {
		return href
	}
	path, query, _ := strings.Cut(href, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return href
	}
	q.Set("lang", p.asked)
	return path + "?" + q.Encode()
}
