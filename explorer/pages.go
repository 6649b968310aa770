package explorer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

//go:embed templates
var templateFiles embed.FS

// pages are the parsed templates, one set a page on the common shell, and the style they all carry.
type pages struct {
	byName map[string]*template.Template
	style  template.CSS
	own    map[string]template.CSS // what only pages of that name need, from templates/NAME.css
	// policy is the Content-Security-Policy: our style by its hash, our own scripts, images and requests, nothing else.
	policy string
	island string          // path of the explorer's script; empty if it wasn't built
	check  map[Lang]string // paths of the script that checks scan pages; the same
	verify map[Lang]string // and of the page that checks any proof
}

// page is what every template gets.
type page struct {
	Lang     Lang
	Title    string
	Preview  string // description for link previews
	Image    string // URL of the preview image, of 1200 by 630 pixels
	ImageAlt string // what it shows
	URL      string // canonical address of the page; empty if it has none
	Switch   string // this page in the other language
	Robots   bool   // may be indexed
	Style    template.CSS
	Own      template.CSS // what only this kind of page needs
	Script   string
	Manifest string // address of the web app manifest; empty for none
	Peers    string // URLs of other operators' nodes that the script may ask, separated by spaces
	Wide     bool   // tables need the room
	Network  Network
	Operator string // name of this node's operator in the page's language; empty if unknown
	Body     any
	asked    string // language that the address asks for, to be kept in links
}

// Asked is the language that the address asks for, "" if it asks for none.
func (p *page) Asked() string { return p.asked }

// Skip is the text of the link to the main part: a story, or something else.
func (p *page) Skip() string {
	switch p.Body.(type) {
	case signInView, *sheet:
		return "skip.page"
	}
	return "skip"
}

// T is the catalogue's text.
func (p *page) T(key string, args ...any) string { return p.Lang.Say(key, args...) }

// Gap stands for what is said anew whenever the page is sent.
func (p *page) Gap() template.HTML { return gap }

// N is the catalogue's text for a number of things.
func (p *page) N(key string, n int) string { return p.Lang.Say(key, "n", n) }

var pageNames = []string{"scan", "unknown", "malformed", "error", "home", "sheet", "signin", "notfound", "verify"}

func newPages(peers []string) (*pages, error) {
	css, err := templateFiles.ReadFile("templates/style.css")
	if err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	p := &pages{byName: map[string]*template.Template{}, own: map[string]template.CSS{}, style: template.CSS(squeeze(string(css))), island: assetPath("explorer.js"), check: map[Lang]string{ZH: assetPath("check.zh.js"), EN: assetPath("check.en.js")},
		verify: map[Lang]string{ZH: assetPath("verify.zh.js"), EN: assetPath("verify.en.js")}} //nolint:gosec // our own file
	for _, name := range pageNames {
		t, err := template.New("shell.html").Funcs(template.FuncMap{"dict": dict}).
			ParseFS(templateFiles, "templates/shell.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		p.byName[name] = t
	}
	styles := hashSource(p.style)
	for _, name := range pageNames {
		if css, err := ownStyle(name); err == nil {
			p.own[name] = template.CSS(squeeze(css)) //nolint:gosec // our own file
			styles += " " + hashSource(p.own[name])
		}
	}
	p.policy = "default-src 'none'; style-src " + styles + "; script-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"connect-src " + strings.Join(append([]string{"'self'"}, peers...), " ") + "; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return p, nil
}

// checked are the pages that a script checks, which share the style of its card.
var checked = map[string]bool{"scan": true, "unknown": true, "verify": true}

// ownStyle is what only pages of that name need.
func ownStyle(name string) (string, error) {
	css, err := templateFiles.ReadFile("templates/" + name + ".css")
	if !checked[name] {
		return string(css), err
	}
	card, err := templateFiles.ReadFile("templates/check.css")
	return string(css) + string(card), err
}

// hashSource names a style sheet in a Content-Security-Policy.
func hashSource(css template.CSS) string {
	sum := sha256.Sum256([]byte(css))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var (
	cssComments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpaces   = regexp.MustCompile(`\s+`)
	cssAround   = regexp.MustCompile(` ?([{};,>]) ?`)
)

// squeeze takes comments and needless white space out of a style sheet.
func squeeze(css string) string {
	css = cssComments.ReplaceAllString(css, "")
	css = cssSpaces.ReplaceAllString(css, " ")
	css = cssAround.ReplaceAllString(css, "$1")
	return strings.TrimSpace(strings.ReplaceAll(css, ";}", "}"))
}

// dict makes a map of name, value pairs for a template call.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict: odd number of arguments")
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		m[fmt.Sprint(kv[i])] = kv[i+1]
	}
	return m, nil
}

// execute renders a page. Indentation is taken out: none of the pages holds preformatted text.
func (p *pages) execute(name string, pg *page) ([]byte, error) {
	pg.Style, pg.Own = p.style, p.own[name]
	var b bytes.Buffer
	if err := p.byName[name].ExecuteTemplate(&b, "shell.html", pg); err != nil {
		return nil, fmt.Errorf("render page %s: %w", name, err)
	}
	return outdent(b.Bytes()), nil
}

// outdent takes white space out that follows a line's end, in place.
func outdent(html []byte) []byte {
	out, inside := html[:0], false
	for _, c := range html {
		switch {
		case c == '\n' && !inside:
			inside = true
			out = append(out, c)
		case inside && (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'):
		default:
			inside = false
			out = append(out, c)
		}
	}
	return out
}

// lang is the language of a request.
func lang(c echo.Context) Lang {
	return NegotiateLang(c.QueryParam("lang"), c.Request().Header.Get("Accept-Language"))
}

// newPage fills in what is common to all pages.
func (s *server) newPage(c echo.Context, body any) *page {
	l := lang(c)
	u := *c.Request().URL
	q := u.Query()
	q.Set("lang", string(l.Other()))
	u.RawQuery = q.Encode()
	network := s.Network
	network.Plain = plainHTTP(c.Request(), s.PublicURL)
	// A link that began with two slashes would lead to another host.
	pg := &page{Lang: l, Switch: "/" + strings.TrimLeft(u.RequestURI(), "/"), Network: network, Body: body}
	if s.Network.Operator != nil {
		pg.Operator = s.Network.Operator(c.Request().Context(), l)
	}
	if c.QueryParam("lang") == string(l) {
		pg.asked = string(l)
	}
	return pg
}

// send renders a page with the headers all pages have.
func (s *server) send(c echo.Context, status int, name string, pg *page) error {
	body, err := s.pages.execute(name, pg)
	if err != nil {
		return err
	}
	s.pageHeaders(c, pg.Lang)
	h := c.Response().Header()
	if name == "verify" { // it may fetch a proof from any node that the reader names
		h.Set("Content-Security-Policy", strings.Replace(s.pages.policy, "connect-src 'self'", "connect-src 'self' https: http:", 1))
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add(echo.HeaderVary, "Accept-Language")
	if !PacksItself(c.Path()) || !AcceptsGzip(c.Request()) {
		return c.Blob(status, formHTML.media(), body)
	}
	p, err := pack(body)
	if err != nil {
		return err
	}
	packed, err := p.fill(nil)
	if err != nil {
		return err
	}
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Set(echo.HeaderContentEncoding, "gzip")
	return c.Blob(status, formHTML.media(), packed)
}

// pageHeaders are what all pages say of themselves.
func (s *server) pageHeaders(c echo.Context, l Lang) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", s.pages.policy)
	h.Set("Referrer-Policy", "same-origin") // with no-referrer browsers send forms with Origin: null
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Language", l.Tag())
}

//go:embed all:web/dist
var assets embed.FS

// assetPath is the address of a built script, "" if it isn't there.
func assetPath(name string) string {
	b, err := fs.ReadFile(assets, "web/dist/"+name)
	if err != nil || len(b) == 0 {
		return ""
	}
	sum := sha256.Sum256(b)
	return fmt.Sprintf("/assets/%s?v=%x", name, sum[:6])
}

// serveAsset serves a built script. One whose address holds its hash may be kept for ever; those that scripts load by
// name are asked for anew, so that they are of the same build.
func serveAsset(c echo.Context) error {
	name := c.Param("name")
	if !strings.HasSuffix(name, ".js") {
		return echo.ErrNotFound
	}
	b, err := fs.ReadFile(assets, "web/dist/"+name)
	if err != nil {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "no-cache")
	if c.QueryParam("v") != "" {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", b)
}

// Moment writes a time in the page's language, to the minute, in UTC.
func (p *page) Moment(t time.Time) string { return p.Lang.Moment(t.UTC()) }

// Seconds writes a time in the page's language, to the second, in UTC.
func (p *page) Seconds(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.UTC()
	return p.Lang.Date(t) + " " + t.Format("15:04:05")
}

// Stamp is a time for machines.
func (p *page) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ShortHash is enough of a hash or address to tell it from its neighbours.
func (p *page) ShortHash(h string) string {
	if len(h) < 16 {
		return h
	}
	return h[:10] + "…" + h[len(h)-6:]
}

// ExamplePath is the scan page of the example, on this node.
func (p *page) ExamplePath() string {
	id, err := gs1.Parse(p.Network.Example)
	if err != nil {
		return "/"
	}
	return id.FullPath()
}
