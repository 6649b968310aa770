package explorer

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
)

// sheet is a page of the explorer: everything it shows is facts, tables and calls, so that one template draws them all
// and one function writes any table as CSV.
type sheet struct {
	Query    string // what stands in the search box
	Member   *Member
	Section  string // which entry of the navigation is this page's
	Lead     string
	Alert    string // class of Lead: "", warn or bad
	Facts    []fact
	Parts    []part
	Curl     string // the command that answers with the same data
	Live     bool   // it changes as the ledger grows
	Tiles    []fact // figures at the top
	Here     bool   // the caller is on this machine
	Path     string // of this page, to come back to
	Lookfor  bool   // the search box is large: this is the page of the search
	SignedIn string
}

// part is a section of a sheet.
type part struct {
	ID    string
	Title string
	Note  string
	Alert string // class of Note
	Table *table
	Facts []fact
	Call  *callView
	Logs  []callView
	// More leads to all of what is shown in part, Links are further ways on.
	More  *link
	Links []link
	CSV   string
}

type link struct{ Text, Href string }

// fact is a name and what it is.
type fact struct {
	Name string
	cell
}

// cell is a value on a page.
type cell struct {
	Text  string
	Href  string
	Title string // all of it, where Text is short
	Raw   string // for CSV, where it isn't Text
	Stamp string // the time for machines
	Class string // mono, hash, tag bad, ...
	List  []cell
}

type col struct {
	Key string // in the catalogue
	Num bool
	CSV string // name of the column in CSV
}

type table struct {
	Cols []col
	Rows [][]cell
	None string // what to say if there are no rows
}

func (t *table) add(cells ...cell) { t.Rows = append(t.Rows, cells) }

// text, mono and the others make cells.
func text(s string) cell { return cell{Text: orDash(s), Raw: s} }

func num[T int | int64 | uint64 | uint8 | uint32](n T) cell { return cell{Text: fmt.Sprint(n)} }

func mono(s string) cell { return cell{Text: orDash(s), Raw: s, Class: "mono"} }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func short(h string) string {
	if len(h) < 20 {
		return h
	}
	return h[:10] + "…" + h[len(h)-6:]
}

// hash is a hash, shortened; to is its page, empty if it has none.
func hash(h common.Hash, to string) cell {
	if h == (common.Hash{}) {
		return cell{Text: "–", Raw: ""}
	}
	return cell{Text: short(h.Hex()), Title: h.Hex(), Raw: h.Hex(), Href: to, Class: "mono hash"}
}

// whole is a hash in full.
func whole(h common.Hash) cell { return cell{Text: h.Hex(), Class: "mono"} }

func tag(s, class string) cell { return cell{Text: s, Class: "tag " + class} }

func (c cell) to(href string) cell {
	c.Href = href
	return c
}

// at is a moment, to the second.
func (l Lang) at(t time.Time) cell {
	if t.IsZero() {
		return cell{Text: "–"}
	}
	t = t.UTC()
	return cell{Text: l.Date(t) + " " + t.Format("15:04:05"), Stamp: t.Format(time.RFC3339), Raw: t.Format(time.RFC3339)}
}

func (l Lang) atOr(t *time.Time) cell {
	if t == nil {
		return cell{Text: "–"}
	}
	return l.at(*t)
}

// who is an address by its name.
func who(w ledger.Who) cell {
	c := cell{Text: w.Name, Title: w.Address.Hex(), Raw: w.Address.Hex(), Href: whoPath(w)}
	if w.Name == "" {
		c.Text, c.Class = short(w.Address.Hex()), "mono"
	}
	return c
}

func whoPath(w ledger.Who) string {
	if w.Kind == "party" {
		return "/explorer/parties/" + w.Address.Hex()
	}
	return "/explorer/addresses/" + w.Address.Hex()
}

func (l Lang) yesNo(b bool) string {
	if b {
		return l.Say("yes")
	}
	return l.Say("no")
}

// csvRows is how many rows of a list one CSV holds; it goes on where the list's next page begins.
const csvRows = 1000

// wantsCSV says whether the list is wanted for a spreadsheet.
func wantsCSV(c echo.Context) bool { return c.QueryParam("format") == "csv" }

// rows is how many rows of a list a page shows.
func rows(c echo.Context, onPage int) int {
	if wantsCSV(c) {
		return csvRows
	}
	return onPage
}

// sendCSV writes a table (RFC 4180, UTF-8 with the mark that spreadsheets know it by). next is the query of the page
// that follows, empty if there is none; it is in the header Link.
func sendCSV(c echo.Context, name string, t *table, next url.Values) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	if len(next) > 0 {
		next.Set("format", "csv")
		h.Set("Link", "<"+c.Request().URL.EscapedPath()+"?"+next.Encode()+`>; rel="next"`)
	}
	c.Response().WriteHeader(http.StatusOK)
	if _, err := c.Response().Write([]byte("\uFEFF")); err != nil {
		return err
	}
	w := csv.NewWriter(c.Response())
	w.UseCRLF = true
	head := make([]string, len(t.Cols))
	for i, col := range t.Cols {
		head[i] = col.CSV
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, cl := range row {
			line[i] = harmless(cl.raw())
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (c cell) raw() string {
	if len(c.List) > 0 {
		parts := make([]string, len(c.List))
		for i, x := range c.List {
			parts[i] = x.raw()
		}
		return strings.Join(parts, "; ")
	}
	if c.Raw != "" || c.Text == "–" {
		return c.Raw
	}
	return c.Text
}

// harmless keeps a spreadsheet from taking a text for a formula: names of organisations are others' words.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// paged is the address of a list from another place on.
func paged(c echo.Context, changes ...string) string {
	q := url.Values{}
	for _, keep := range []string{"lang", "lane", "q"} {
		if v := c.QueryParam(keep); v != "" {
			q.Set(keep, v)
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	if len(q) == 0 {
		return c.Request().URL.EscapedPath()
	}
	return c.Request().URL.EscapedPath() + "?" + q.Encode()
}

// curl is a command that asks the API for the same data.
func (s *server) curl(c echo.Context, path string) string {
	base := s.PublicURL
	if base == "" {
		base = c.Scheme() + "://" + c.Request().Host
	}
	return `curl -H "Authorization: Bearer $SUYUAN_API_KEY" '` + strings.ReplaceAll(base+"/api/v1"+path, "'", "%27") + "'"
}
