package node

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// Rates of requests. A caller may save up for burstSeconds of its rate; who was silent for forgetAfter has saved up as
// much as can be and needn't be remembered.
const (
	burstSeconds = 4
	forgetAfter  = 3 * time.Minute
)

// Policies of rates, as headers and metrics name them.
const (
	limitedByKey     = "key"
	limitedByAddress = "address"
)

// limiter bounds the rate of requests of every caller by itself.
type limiter struct {
	mu     sync.Mutex
	byName map[string]*bucket
	swept  time.Time
}

type bucket struct {
	*rate.Limiter
	last time.Time
}

func newLimiter() *limiter { return &limiter{byName: map[string]*bucket{}} }

// take lets one request of a caller through if its rate allows. left is how many more it may send at once; wait how
// long until one more.
func (l *limiter) take(name string, perSecond float64, now time.Time) (ok bool, left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > forgetAfter {
		for n, b := range l.byName {
			if now.Sub(b.last) > forgetAfter {
				delete(l.byName, n)
			}
		}
		l.swept = now
	}
	b := l.byName[name]
	if b == nil || b.Limit() != rate.Limit(perSecond) {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(perSecond), burst(perSecond))}
		l.byName[name] = b
	}
	b.last = now
	ok = b.AllowN(now, 1)
	tokens := b.TokensAt(now)
	if tokens < 1 {
		wait = time.Duration((1 - tokens) / perSecond * float64(time.Second))
	}
	return ok, max(0, int(tokens)), wait
}

func burst(perSecond float64) int { return max(1, int(burstSeconds*perSecond)) }

// limitRates bounds how many requests one API key, or one address without a key, may send. The answer's headers say
// what is left (RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers).
func (n *Node) limitRates() echo.MiddlewareFunc {
	limits := newLimiter() // here: echo puts middleware around the handler anew for every request
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return n.limitRate(limits, next, c) }
	}
}

func (n *Node) limitRate(limits *limiter, next echo.HandlerFunc, c echo.Context) error {
	r := c.Request()
	policy, name, perSecond := limitedByAddress, addressOf(r.RemoteAddr), n.cfg.RateLimit
	if key, err := n.bearer(r); err == nil && key != nil {
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), bearerKey{}, key)))
		policy, name, perSecond = limitedByKey, key.Hash, n.cfg.KeyRateLimit
		if key.RateLimit > 0 {
			perSecond = key.RateLimit
		}
		n.metrics.keyRequests.WithLabelValues(key.Hash[:min(len(key.Hash), 16)]).Inc()
	}
	if perSecond <= 0 {
		return next(c)
	}
	ok, left, wait := limits.take(name, perSecond, time.Now())
	seconds := int(math.Ceil(wait.Seconds()))
	h := c.Response().Header()
	h.Set("RateLimit-Policy", `"`+policy+`";q=`+strconv.Itoa(burst(perSecond))+`;w=`+strconv.Itoa(burstSeconds))
	h.Set("RateLimit", `"`+policy+`";r=`+strconv.Itoa(left)+`;t=`+strconv.Itoa(seconds))
	if ok {
		return next(c)
	}
	n.metrics.limited.WithLabelValues(policy).Inc()
	h.Set("Retry-After", strconv.Itoa(max(1, seconds)))
	who := "this address without an API key"
	if policy == limitedByKey {
		who = "this API key"
	}
	return &refusal{http.StatusTooManyRequests, fmt.Sprintf("too many requests from %s: it may send %g a second", who, perSecond)}
}

// bearerKey is where the API key of a request is kept once it was looked up.
type bearerKey struct{}

// addressOf is whom a connection, and a request without a key, is counted to: the connection's address, never what a
// header claims; of IPv6 the /64, which is what one household or server has.
func addressOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
