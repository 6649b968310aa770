package explorer

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// blocksShown is how many blocks the explorer's first page lists.
const blocksShown = 12

// explorerView is the explorer's first page.
type explorerView struct {
	Head       Head
	Blocks     []Block
	Parties    []Party
	Validators []Validator
	Missing    string // names of validators that don't sign, empty if all do
	Waiting    bool   // so many are missing that nothing can be written
}

func (s *server) explorer(c echo.Context) error {
	ctx := c.Request().Context()
	var v explorerView
	var err error
	if v.Head, err = s.Ledger.Head(ctx); err != nil {
		return s.unavailable(c, err)
	}
	if v.Blocks, err = s.Ledger.Blocks(ctx, blocksShown); err != nil {
		return s.unavailable(c, err)
	}
	if v.Parties, err = s.Ledger.Parties(ctx); err != nil {
		return s.unavailable(c, err)
	}
	if v.Validators, err = s.Ledger.Validators(ctx); err != nil {
		return s.unavailable(c, err)
	}
	l := lang(c)
	v.Missing, v.Waiting = missing(l, v.Validators)
	pg := s.newPage(c, v)
	pg.Title, pg.Script, pg.Wide = pg.T("explorer.title"), s.pages.island, true
	return s.send(c, http.StatusOK, "explorer", pg)
}

// missing names the validators that have stopped signing, and says if what is left is no more than two thirds of the
// power, so that nothing can become final.
func missing(l Lang, vs []Validator) (names string, waiting bool) {
	var list []string
	var total, signing int64
	for _, v := range vs {
		total += v.Power
		if v.Missing() {
			list = append(list, v.Name)
		} else {
			signing += v.Power
		}
	}
	return l.List(list), total > 0 && signing*3 <= total*2
}

func (s *server) home(c echo.Context) error {
	pg := s.newPage(c, nil)
	pg.Title, pg.Preview, pg.URL, pg.Robots = pg.T("home.title"), pg.T("home.lead"), s.PublicURL+"/", true
	return s.send(c, http.StatusOK, "home", pg)
}

// lookup sends what somebody typed to its scan page.
func (s *server) lookup(c echo.Context) error {
	input := strings.TrimSpace(c.QueryParam("q"))
	if len(input) > maxPath {
		input = input[:maxPath]
	}
	id, _, err := gs1.ParseInput(input)
	if err == nil && id.Key() == "" {
		err = &gs1.Error{Field: "identifier", Value: input, Rule: gs1.RuleUnknownKey, Message: "is not a GS1 identifier"}
	}
	if err != nil {
		return s.malformed(c, input, err)
	}
	to := id.FullPath()
	if v := c.QueryParam("lang"); v != "" {
		to += "?lang=" + string(lang(c))
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// notFound answers an address nothing is at.
func (s *server) notFound(c echo.Context) error {
	if !strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html") {
		return problem(c, http.StatusNotFound, "not-found", "Not found", "there is nothing at this address")
	}
	pg := s.newPage(c, nil)
	pg.Title = pg.T("notfound.title")
	return s.send(c, http.StatusNotFound, "notfound", pg)
}
