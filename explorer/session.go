package explorer

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"
)

// Access says who may see pages that list things.
type Access interface {
	// MayRead refuses a request that carries neither an API key with the scope read nor comes from this machine.
	MayRead(r *http.Request) error
	// SignIn checks an API key that somebody typed.
	SignIn(key string) (Member, error)
	// Still says whether the key a member signed in with is good.
	Still(m Member) bool
}

// Member is who signed in.
type Member struct {
	Ref   string // names the API key to Access; never the key itself
	Party common.Address
	Name  string
	Agent uint64
}

const (
	sessionCookie = "suyuan_explorer"
	sessionLife   = 12 * time.Hour
	maxSessions   = 10_000
)

// sessions are the members that have signed in at this node, in memory: who is signed in after a restart signs in again.
type sessions struct {
	mu   sync.Mutex
	byID map[string]session
}

type session struct {
	Member
	until time.Time
}

func (s *sessions) open(m Member, now time.Time) (id string, err error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	id = hex.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]session{}
	}
	oldest := ""
	for k, v := range s.byID {
		if now.After(v.until) {
			delete(s.byID, k)
		} else if oldest == "" || v.until.Before(s.byID[oldest].until) {
			oldest = k
		}
	}
	if len(s.byID) >= maxSessions {
		delete(s.byID, oldest)
	}
	s.byID[id] = session{m, now.Add(sessionLife)}
	return id, nil
}

func (s *sessions) get(id string, now time.Time) (Member, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.byID[id]
	return v.Member, ok && now.Before(v.until)
}

func (s *sessions) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

const memberKey = "explorer.member"

// members lets callers through that may see lists, and asks a browser that may not to sign in.
func (s *server) members(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "private, no-cache")
		if m, ok := s.member(c); ok {
			c.Set(memberKey, &m)
			return next(c)
		}
		err := s.Access.MayRead(c.Request())
		if err == nil {
			return next(c)
		}
		if !strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html") {
			return err
		}
		return s.signInPage(c, http.StatusUnauthorized, "signin.asked", c.Request().URL.RequestURI())
	}
}

// member is who signed in with the request's cookie.
func (s *server) member(c echo.Context) (Member, bool) {
	cookie, err := c.Cookie(sessionCookie)
	if err != nil {
		return Member{}, false
	}
	m, ok := s.sessions.get(cookie.Value, s.Now())
	if ok && !s.Access.Still(m) {
		s.sessions.close(cookie.Value)
		ok = false
	}
	return m, ok
}

// signInView is what the page to sign in shows.
type signInView struct {
	Said  string // what was wrong, or that all is well
	Bad   bool
	Next  string // where to go then
	Asked string
}

func (s *server) signInPage(c echo.Context, status int, said, next string) error {
	v := signInView{Next: localPath(next)}
	pg := s.newPage(c, nil)
	switch said {
	case "":
	case "signin.asked":
		path, _, _ := strings.Cut(v.Next, "?")
		v.Asked = pg.T("signin.asked", "path", path)
	default:
		v.Said, v.Bad = pg.T(said), status >= http.StatusBadRequest
	}
	pg.Body = v
	pg.Title = pg.T("signin.title")
	c.Response().Header().Set("Cache-Control", "no-store")
	return s.send(c, status, "signin", pg)
}

func (s *server) signInForm(c echo.Context) error { return s.signInPage(c, http.StatusOK, "", "") }

// signIn takes the API key from the form and answers with a cookie that stands for it. Only this site's own form may.
func (s *server) signIn(c echo.Context) error {
	next := localPath(c.FormValue("next"))
	if !sameOrigin(c.Request()) {
		return s.signInPage(c, http.StatusForbidden, "signin.foreign", next)
	}
	m, err := s.Access.SignIn(strings.TrimSpace(c.FormValue("key")))
	if err != nil {
		return s.signInPage(c, http.StatusUnauthorized, "signin.refused", next)
	}
	id, err := s.sessions.open(m, s.Now())
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(c, id, int(sessionLife/time.Second)))
	return c.Redirect(http.StatusSeeOther, next)
}

func (s *server) signOut(c echo.Context) error {
	if !sameOrigin(c.Request()) {
		return s.signInPage(c, http.StatusForbidden, "signin.foreign", "")
	}
	if cookie, err := c.Cookie(sessionCookie); err == nil {
		s.sessions.close(cookie.Value)
	}
	c.SetCookie(s.cookie(c, "", -1))
	return s.signInPage(c, http.StatusOK, "signin.out", "")
}

// cookie is the session's cookie. It goes nowhere but to the explorer's pages, and no script reads it.
func (s *server) cookie(c echo.Context, value string, age int) *http.Cookie {
	secure := c.IsTLS() || strings.HasPrefix(s.PublicURL, "https://") && !isLoopback(c.Request())
	return &http.Cookie{Name: sessionCookie, Value: value, Path: "/explorer", MaxAge: age, HttpOnly: true, Secure: secure,
		SameSite: http.SameSiteStrictMode}
}

// sameOrigin says whether a form was sent by a page of this site. Browsers say so in one of two headers; other clients
// carry no cookies of ours.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// localPath is a path of the explorer to go to, its first page for anything else.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || strings.ContainsAny(next, "\\\r\n") ||
		u.Path != "/explorer" && !strings.HasPrefix(u.Path, "/explorer/") || strings.HasPrefix(u.Path, "/explorer/sign-") {
		return "/explorer"
	}
	return u.RequestURI()
}
