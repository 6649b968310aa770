package explorer

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// toldBy tells stories from a test ledger.
type toldBy struct{ *trace.Teller }

func (t toldBy) Story(ctx context.Context, id gs1.ID, o StoryOptions) (*trace.Story, error) {
	return t.Teller.Story(ctx, id, trace.Options{Lang: string(o.Lang), Printed: o.Printed, Now: o.Now})
}

const scanned = "/01/09521202001011/21/S1"

// live is a ledger whose packs can be scanned, with and without memory.
type live struct {
	ledger      *tracetest.Ledger
	index       *index.Projection
	kept, plain *echo.Echo
}

func newLive(t *testing.T) *live {
	l := &live{ledger: tracetest.New(), index: tracetest.Open(t), kept: echo.New(), plain: echo.New()}
	require.NoError(t, Mount(l.kept, Deps{Stories: toldBy{trace.NewTeller(l.index, l.ledger).Remember(1 << 20)}, AnswerBytes: 1 << 20}))
	require.NoError(t, Mount(l.plain, Deps{Stories: toldBy{trace.NewTeller(l.index, l.ledger)}}))
	require.NoError(t, l.index.Apply(l.ledger.Blocks()...))
	return l
}

func (l *live) observe(t *testing.T, at, path string) {
	e := tracetest.Event(t, "ObjectEvent", `"eventTime":"`+at+`","action":"OBSERVE","bizStep":"inspecting","epcList":["https://id.gs1.org`+path+`"]`)
	require.NoError(t, l.index.Apply(l.ledger.Mine(tracetest.Tx{Party: common.Address{1}, Key: common.Address{2},
		Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})))
}

func request(e *echo.Echo, path string, headers ...string) *http.Response {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, req)
	return w.Result()
}

func bodyOf(t *testing.T, res *http.Response) string {
	r := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r)
		require.NoError(t, err)
		r = z
	}
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

func TestKeptAnswersAreTheOnesThatWouldBeGiven(t *testing.T) {
	l := newLive(t)
	ask := func(when string) {
		for _, path := range []string{scanned, scanned + "?lang=zh", scanned + "?17=261231&lang=en", scanned + "?linkType=linkset"} {
			for _, accept := range []string{"text/html", "application/json", "application/ld+json", "application/linkset+json"} {
				for i, encoding := range []string{"", "gzip", "", "gzip"} {
					headers := []string{"Host", []string{"10.0.0.1", "127.0.0.1"}[i/2], "Accept", accept, "Accept-Encoding", encoding, "Accept-Language", "en"}
					want := request(l.plain, path, headers...)
					text := bodyOf(t, want)
					for range 2 {
						got := request(l.kept, path, headers...)
						assert.Equal(t, text, bodyOf(t, got), "%s %s %s", when, path, accept)
						assert.Equal(t, want.Header, got.Header, "%s %s %s", when, path, accept)
						assert.Equal(t, http.StatusOK, got.StatusCode)
					}
				}
			}
		}
	}
	l.observe(t, "2026-11-01T00:00:00Z", scanned)
	ask("at first")
	l.observe(t, "2026-11-02T00:00:00Z", "/01/09521202001011/21/OTHER")
	ask("after a block about another pack")
	l.observe(t, "2026-11-03T00:00:00Z", scanned)
	ask("after a block about it")
}

func TestAnAnswerTheCallerHasIsNotSentAgain(t *testing.T) {
	l := newLive(t)
	l.observe(t, "2026-11-01T00:00:00Z", scanned)
	first := request(l.kept, scanned, "Accept-Encoding", "gzip")
	tag := first.Header.Get("ETag")
	require.NotEmpty(t, tag)
	assert.Equal(t, "gzip", first.Header.Get("Content-Encoding"))
	plain := request(l.kept, scanned)
	assert.NotEqual(t, tag, plain.Header.Get("ETag"), "other bytes, another tag")
	assert.Equal(t, bodyOf(t, first), bodyOf(t, plain))

	again := request(l.kept, scanned, "Accept-Encoding", "gzip", "If-None-Match", tag)
	assert.Equal(t, http.StatusNotModified, again.StatusCode)
	assert.Empty(t, bodyOf(t, again))
	assert.Equal(t, tag, again.Header.Get("ETag"))
	assert.Equal(t, http.StatusOK, request(l.kept, scanned, "Accept", "application/json", "If-None-Match", tag).StatusCode, "another form")

	l.observe(t, "2026-11-03T00:00:00Z", scanned)
	assert.Equal(t, http.StatusOK, request(l.kept, scanned, "Accept-Encoding", "gzip", "If-None-Match", tag).StatusCode)
}

func TestRefusalsOnScansArePackedToo(t *testing.T) {
	l := newLive(t)
	res := request(l.kept, "/01/09521202001011/21/NOBODY", "Accept-Encoding", "gzip")
	assert.Equal(t, http.StatusNotFound, res.StatusCode)
	assert.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
	assert.True(t, strings.Contains(bodyOf(t, res), "<html"))
}

// countsEach is a counter that isn't coarse.
type countsEach map[gs1.ID]int

func (t countsEach) Count(id gs1.ID, _ time.Time) { t[id]++ }
func (t countsEach) Scans(id gs1.ID) ScanCount {
	return ScanCount{Scans: Range{From: t[id]}, Days: Range{From: 1}}
}

func TestScansCountAndShowThoughThePageIsKept(t *testing.T) {
	l := newLive(t)
	l.observe(t, "2026-11-01T00:00:00Z", scanned)
	e, counted := echo.New(), countsEach{}
	require.NoError(t, Mount(e, Deps{Stories: toldBy{trace.NewTeller(l.index, l.ledger).Remember(1 << 20)}, Scans: counted, AnswerBytes: 1 << 20}))
	id, err := gs1.ParsePath(scanned)
	require.NoError(t, err)
	tag := ""
	for n := 1; n <= 3; n++ {
		phone := []string{"Accept", "text/html", "Accept-Encoding", "gzip", "User-Agent", "Mozilla/5.0 (a phone)", "If-None-Match", tag}
		res := request(e, scanned, phone...)
		assert.Equal(t, http.StatusOK, res.StatusCode, "another number is another page")
		assert.Contains(t, bodyOf(t, res), seen(EN, counted.Scans(id)))
		assert.Equal(t, n, counted[id])
		tag = res.Header.Get("ETag")
	}
}
