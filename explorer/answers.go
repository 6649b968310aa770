package explorer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/labstack/echo/v4"
)

// answers keeps what was rendered of stories, packed as it is sent. Everything an answer shows must be in its key or go
// into its gaps: the story's version stands for the story, and a page that shows more than that names it.
type answers struct {
	max int // bytes; 0: nothing is kept

	mu    sync.Mutex
	kept  lru.BasicLRU[answerKey, *pieces]
	bytes int
}

type answerKey struct {
	story    uint64 // trace.Story.Version, or Telling where the ledger's position isn't shown or goes into a gap
	form     form
	lang     Lang
	uri      string // of the request, which the page's links repeat
	plain    bool   // asked for by plain HTTP from elsewhere, which the page says
	operator string // who answers
}

// maxURI bounds the address of an answer that is kept: longer ones are rare, and each would be another.
const maxURI = 256

func newAnswers(bytes int) *answers {
	return &answers{max: bytes, kept: lru.NewBasicLRU[answerKey, *pieces](1 << 20)}
}

// get gives an answer, building it if it isn't kept.
func (a *answers) get(k answerKey, build func() (*pieces, error)) (*pieces, error) {
	keeps := a.max > 0 && k.story != 0 && len(k.uri) <= maxURI
	if keeps {
		if p, ok := a.take(k); ok {
			return p, nil
		}
	}
	p, err := build()
	if err == nil && keeps {
		a.keep(k, p)
	}
	return p, err
}

func (a *answers) take(k answerKey) (*pieces, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept.Get(k)
}

func (a *answers) keep(k answerKey, p *pieces) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old, ok := a.kept.Peek(k); ok { // two asked at once
		a.bytes -= old.bytes()
	}
	a.kept.Add(k, p)
	for a.bytes += p.bytes(); a.bytes > a.max; {
		_, oldest, ok := a.kept.RemoveOldest()
		if !ok {
			return
		}
		a.bytes -= oldest.bytes()
	}
}

// rendered makes a packed answer of what render writes.
func rendered(render func() ([]byte, error)) func() (*pieces, error) {
	return func() (*pieces, error) {
		body, err := render()
		if err != nil {
			return nil, err
		}
		return pack(body)
	}
}

// answer sends what k stands for with texts in its gaps: whole, or 304 if the caller has it already.
func (s *server) answer(c echo.Context, k answerKey, texts []string, render func() ([]byte, error)) error {
	p, err := s.answers.get(k, rendered(render))
	if err != nil {
		return err
	}
	req, h := c.Request(), c.Response().Header()
	h.Add(echo.HeaderVary, "Accept-Language")
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	tag := p.tag
	if len(texts) > 0 {
		tag += tagOf([]byte(strings.Join(texts, "\n")))
	}
	zipped := AcceptsGzip(req)
	h.Set("ETag", entityTag(tag, zipped))
	if strings.Contains(req.Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	packed, err := p.fill(texts)
	if err != nil {
		return err
	}
	if zipped {
		h.Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(http.StatusOK, k.form.media(), packed)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("unpack an answer: %w", err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return fmt.Errorf("unpack an answer: %w", err)
	}
	return c.Blob(http.StatusOK, k.form.media(), body)
}

// entityTag is the ETag of a form of the bytes: packed ones are other bytes.
func entityTag(tag string, zipped bool) string {
	if zipped {
		return `"` + tag + `-gzip"`
	}
	return `"` + tag + `"`
}

// AcceptsGzip says that the answer to a request may be packed with gzip (RFC 9110, 12.5.3).
func AcceptsGzip(req *http.Request) bool {
	return quality(req.Header.Get(echo.HeaderAcceptEncoding), "gzip") > 0
}

// PacksItself says that the handler of a route compresses its answers.
func PacksItself(route string) bool { return packing[route] }

var packing = func() map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, key := range keys {
		m["/"+key+"/*"] = true
	}
	return m
}()
