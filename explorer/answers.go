package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/labstack/echo/v4"
)

// answers keeps what was rendered of stories, packed as it is sent. Everything an answer shows must be in its key: the
// story's version stands for the story, and a page that shows more than that names it.
type answers struct {
	kept *lru.SizeConstrainedCache[answerKey, []byte] // nil: nothing is kept
}

type answerKey struct {
	story uint64 // trace.Story.Version
	form  form
	lang  Lang
	uri   string // of the request, which the page's links repeat
	plain bool   // asked for by plain HTTP from elsewhere, which the page says
	// also is what the answer shows beside the story and the address.
	also string
}

// maxURI bounds the address of an answer that is kept: longer ones are rare, and each would be another.
const maxURI = 256

func newAnswers(bytes int) *answers {
	a := new(answers)
	if bytes > 0 {
		a.kept = lru.NewSizeConstrainedCache[answerKey, []byte](uint64(bytes))
	}
	return a
}

// tagLen is the length of the tag that stands before each kept answer.
const tagLen = 20

// get gives an answer's tag and its packed bytes, rendering it if it isn't kept.
func (a *answers) get(k answerKey, render func() ([]byte, error)) (tag string, packed []byte, err error) {
	keeps := a.kept != nil && k.story != 0 && len(k.uri) <= maxURI
	if keeps {
		if v, ok := a.kept.Get(k); ok {
			return string(v[:tagLen]), v[tagLen:], nil
		}
	}
	body, err := render()
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(body)
	v := bytes.NewBuffer(make([]byte, 0, tagLen+len(body)/3))
	v.WriteString(hex.EncodeToString(sum[:tagLen/2]))
	if err := pack(v, body); err != nil {
		return "", nil, err
	}
	if keeps {
		a.kept.Add(k, bytes.Clone(v.Bytes()))
	}
	return string(v.Bytes()[:tagLen]), v.Bytes()[tagLen:], nil
}

// packers are compressors that are not in use: each takes most of a megabyte.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func pack(into io.Writer, body []byte) error {
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(into)
	if _, err := z.Write(body); err != nil {
		return fmt.Errorf("pack an answer: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack an answer: %w", err)
	}
	return nil
}

// answer sends what k stands for: whole, or 304 if the caller has it already.
func (s *server) answer(c echo.Context, k answerKey, render func() ([]byte, error)) error {
	tag, packed, err := s.answers.get(k, render)
	if err != nil {
		return err
	}
	req, res := c.Request(), c.Response()
	h := res.Header()
	h.Add(echo.HeaderVary, "Accept-Language")
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	zipped := quality(req.Header.Get(echo.HeaderAcceptEncoding), "gzip") > 0
	h.Set("ETag", entityTag(tag, zipped))
	if strings.Contains(req.Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
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

// PacksItself says that the handler of a route compresses its answers.
func PacksItself(route string) bool { return packing[route] }

var packing = func() map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, key := range keys {
		m["/"+key+"/*"] = true
	}
	return m
}()
