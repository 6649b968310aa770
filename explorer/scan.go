package explorer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// maxPath bounds a Digital Link: the longest valid one is well below.
const maxPath = 512

// scan answers a Digital Link: a page for people, the story for programs, a linkset for resolvers.
func (s *server) scan(c echo.Context) error {
	req := c.Request()
	path := req.URL.EscapedPath()
	want := negotiate(req.Header.Get(echo.HeaderAccept))
	switch c.QueryParam("linkType") {
	case "linkset", "all":
		want = formLinkset
	}
	h := c.Response().Header()
	h.Add(echo.HeaderVary, "Accept")
	h.Set(echo.HeaderAccessControlAllowOrigin, "*")
	h.Set(echo.HeaderAccessControlExposeHeaders, "Link")
	if want == formNone {
		return problem.Titled(http.StatusNotAcceptable, "Not acceptable", "this address can be had as text/html, application/json, "+
			"application/ld+json and application/linkset+json").Write(c.Response(), c.Request())
	}
	if len(path) > maxPath {
		return problem.Titled(http.StatusRequestURITooLong, "Identifier too long", "a GS1 Digital Link is shorter than 512 characters").Write(c.Response(), c.Request())
	}
	id, err := gs1.ParsePath(path)
	if err != nil {
		return s.malformed(c, path, err)
	}
	if to, ok := refined(id, c.QueryParams()); ok {
		return c.Redirect(http.StatusSeeOther, to)
	}
	l := lang(c)
	story, err := s.Stories.Story(req.Context(), id, StoryOptions{Lang: string(l), Printed: gs1.Attributes(req.URL.RawQuery), Now: s.Now()})
	if err != nil {
		return s.unavailable(c, err)
	}
	if unrecorded(story) {
		return s.unknown(c, id, want)
	}
	base := s.PublicURL
	h.Set("Link", "<"+base+id.FullPath()+`?linkType=linkset>; rel="linkset"; type="application/linkset+json"`)
	switch want {
	case formLinkset:
		name := ""
		if story.Identity.Name != nil {
			name = story.Identity.Name.Text
		}
		h.Set(echo.HeaderContentType, want.media())
		return c.JSON(http.StatusOK, newLinkset(base, id, name, l))
	case formJSON, formLD:
		return s.answer(c, answerKey{story: story.Version(), form: want, lang: l}, nil, func() ([]byte, error) { return asJSON(story) })
	}
	key := answerKey{story: story.Telling(), form: want, lang: l, uri: req.RequestURI, plain: plainHTTP(req, s.PublicURL)}
	if s.Network.Operator != nil {
		key.operator = s.Network.Operator(req.Context(), l)
	}
	var gaps []string // in the page's order
	if s.Scans != nil {
		if countable(req) {
			s.Scans.Count(id, s.Now())
		}
		gaps = append(gaps, seen(l, s.Scans.Scans(id)))
	}
	gaps = append(gaps, l.Say("sum.position", "number", story.Ledger.Number, "time", l.Moment(story.Ledger.Time.UTC())))
	for i, text := range gaps {
		gaps[i] = template.HTMLEscapeString(text)
	}
	s.pageHeaders(c, l)
	return s.answer(c, key, gaps, func() ([]byte, error) {
		view := newScanView(l, story, id)
		view.Link, view.Counted = s.LinkDomain+id.FullPath(), s.Scans != nil
		if m, err := qrMatrix(view.Link); err == nil { // a link too long for a code is still a page
			view.Code = template.HTML(qrSVG(m, l.Say("qr.label"))) //nolint:gosec // our own drawing of an escaped text
		}
		pg := s.newPage(c, view)
		pg.Title, pg.Preview = view.Title, view.Preview
		pg.Script, pg.Peers = s.pages.check[pg.Lang], strings.Join(s.Peers, " ")
		pg.Manifest = "/verify.webmanifest?lang=" + string(l) + "&page=" + url.QueryEscape(id.FullPath())
		pg.URL = base + id.FullPath()
		pg.Image, pg.ImageAlt = base+"/preview"+id.FullPath()+".png?lang="+string(l), l.Say("preview.alt", "name", view.Name)
		return s.pages.execute("scan", pg)
	})
}

func asJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	return b.Bytes(), nil
}

// preflight lets pages of other origins read the public facts.
func preflight(c echo.Context) error {
	h := c.Response().Header()
	h.Set(echo.HeaderAccessControlAllowOrigin, "*")
	h.Set(echo.HeaderAccessControlAllowMethods, "GET, HEAD, OPTIONS")
	h.Set(echo.HeaderAccessControlAllowHeaders, "Accept, Accept-Language")
	return c.NoContent(http.StatusNoContent)
}

// unrecorded says that the ledger knows nothing of the object: no record, no note, no recall. Of a kind of product a
// declared name is enough, for its units and lots have the records.
func unrecorded(st *trace.Story) bool {
	if st == nil {
		return true
	}
	return st.Record.State == trace.RecordUnknown && len(st.Journey) == 0 && st.Notes.Count == 0 && len(st.Recalls) == 0 &&
		(st.Kind != trace.KindClass || st.Identity.Name == nil)
}

// refined is the link to go to when the form for lot and serial was sent: ?lot= and ?serial= on a GTIN.
func refined(id gs1.ID, q url.Values) (string, bool) {
	lot, serial := strings.TrimSpace(q.Get("lot")), strings.TrimSpace(q.Get("serial"))
	if id.Key() != "01" || lot == "" && serial == "" {
		return "", false
	}
	to := "/01/" + id.Value()
	if lot != "" {
		to += "/10/" + url.PathEscape(lot)
	}
	if serial != "" {
		to += "/21/" + url.PathEscape(serial)
	}
	if v := q.Get("lang"); v != "" {
		to += "?lang=" + url.QueryEscape(v)
	}
	return to, true
}

// unknownView is a well-formed identifier without a record.
type unknownView struct {
	Code   string
	Parent string // path of its class, empty if it has none
	Ask    bool   // it is a class: ask for lot or serial
	Path   string
}

func (s *server) unknown(c echo.Context, id gs1.ID, want form) error {
	if want != formHTML {
		return problem.Titled(http.StatusNotFound, "Unknown identifier", "this ledger holds no record of "+id.String()).Write(c.Response(), c.Request())
	}
	v := unknownView{Code: id.ElementString(), Path: id.Path(), Ask: id.Key() == "01" && id.Level() == gs1.LevelClass}
	if class, ok := id.Class(); ok {
		v.Parent = class.Path()
	}
	pg := s.newPage(c, v)
	pg.Title = pg.T("unknown.title")
	pg.Script, pg.Peers = s.pages.check[pg.Lang], strings.Join(s.Peers, " ")
	return s.send(c, http.StatusNotFound, "unknown", pg)
}

// malformedView says which rule an identifier breaks.
type malformedView struct {
	Value, Field, Rule, Message string
	Expected                    string // the sentence with the right check digit, if that is what is wrong
	Input                       string
}

// malformed answers an identifier that breaks a rule of GS1, in the form the caller asked for.
func (s *server) malformed(c echo.Context, input string, err error) error {
	var e *gs1.Error
	if !errors.As(err, &e) {
		return err
	}
	if f := negotiate(c.Request().Header.Get(echo.HeaderAccept)); f != formHTML {
		return problem.Titled(http.StatusBadRequest, "Malformed identifier", e.Error(),
			problem.Fault{Pointer: "", Rule: e.Rule, Value: e.Value, Message: e.Field + ": " + e.Message}).Write(c.Response(), c.Request())
	}
	l := lang(c)
	v := malformedView{Value: e.Value, Field: e.Field, Rule: l.Say("rule." + e.Rule), Message: e.Message, Input: input}
	if e.Rule == gs1.RuleCheckDigit && len(e.Value) > 1 && allDigits(e.Value) {
		body := e.Value[:len(e.Value)-1]
		digit := string(gs1.CheckDigit(body))
		v.Expected = l.Say("malformed.expected", "digit", digit, "code", body+digit)
	}
	pg := s.newPage(c, v)
	pg.Title = pg.T("malformed.title")
	return s.send(c, http.StatusBadRequest, "malformed", pg)
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// unavailable answers a failure of ours; the cause goes to the log, never to the reader.
func (s *server) unavailable(c echo.Context, err error) error {
	if c.Request().Context().Err() != nil {
		return err // the reader is gone
	}
	s.Log.Error("page can't be answered", "path", c.Request().URL.Path, "err", err)
	c.Response().Header().Set("Retry-After", "5")
	if negotiate(c.Request().Header.Get(echo.HeaderAccept)) != formHTML {
		return problem.Titled(http.StatusServiceUnavailable, "Unavailable", "this node can't answer at the moment").Write(c.Response(), c.Request())
	}
	pg := s.newPage(c, c.Response().Header().Get(echo.HeaderXRequestID))
	pg.Title = pg.T("error.title")
	return s.send(c, http.StatusServiceUnavailable, "error", pg)
}
