package explorer

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

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
		return problem.Titled(http.StatusNotFound, "Not found", "there is nothing at this address").Write(c.Response(), c.Request())
	}
	pg := s.newPage(c, nil)
	pg.Title = pg.T("notfound.title")
	return s.send(c, http.StatusNotFound, "notfound", pg)
}
