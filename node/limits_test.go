package node

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
)

func TestRatesAreBounded(t *testing.T) {
	l, now := newLimiter(), time.Unix(1_800_000_000, 0)
	for i := 4; i > 0; i-- {
		ok, left, _ := l.take("a", 1, now)
		assert.True(t, ok)
		assert.Equal(t, i-1, left)
	}
	ok, _, wait := l.take("a", 1, now)
	assert.False(t, ok)
	assert.Equal(t, time.Second, wait)
	ok, _, _ = l.take("b", 1, now)
	assert.True(t, ok, "another caller has its own")
	ok, _, _ = l.take("a", 1, now.Add(time.Second))
	assert.True(t, ok)
	ok, left, _ := l.take("a", 2, now.Add(time.Second))
	assert.True(t, ok && left == 7, "a new rate holds at once")
	l.take("c", 1, now.Add(time.Hour))
	assert.Len(t, l.byName, 1, "who was silent is forgotten")
}

func TestStrangersAreToldApartByConnection(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:99":            "192.0.2.1",
		"[::ffff:192.0.2.1]:99":   "192.0.2.1",
		"[2001:db8:1:2:3::4]:99":  "2001:db8:1:2::/64",
		"[2001:db8:1:2:9::9]:1":   "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":        "fe80::/64",
		"somewhere":               "somewhere",
		"not an address:99":       "not an address",
		"[2001:db8:1:3:9::9]:100": "2001:db8:1:3::/64",
	} {
		assert.Equal(t, want, addressOf(remote), remote)
	}
}

// TestRatesThroughTheServer asks the server as it is put together: echo makes middleware anew for every request, and the
// rates must outlive that.
func TestRatesThroughTheServer(t *testing.T) {
	t.Parallel()
	n := &Node{cfg: Config{RateLimit: 0.001}, metrics: newMetrics(prometheus.NewRegistry()), log: slog.New(slog.DiscardHandler)}
	e := n.newServer()
	e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	ask := func(from string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.RemoteAddr = from
		e.ServeHTTP(w, r)
		return w
	}
	first := ask("192.0.2.1:1")
	assert.Equal(t, http.StatusOK, first.Code)
	assert.Equal(t, `"address";r=0;t=1000`, first.Header().Get("RateLimit"))
	second := ask("192.0.2.1:2")
	assert.Equal(t, http.StatusTooManyRequests, second.Code)
	assert.Contains(t, second.Body.String(), "too many requests from this address")
	assert.NotEmpty(t, second.Header().Get("Retry-After"))
	assert.Equal(t, http.StatusOK, ask("192.0.2.2:1").Code, "another address has a rate of its own")
}
