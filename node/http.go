package node

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/time/rate"
)

// newServer is the handler with what all doors share: request ids, recovery, limits, problem+json
// for errors that no door has answered itself.
func (n *Node) newServer() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = n.problem
	e.Use(middleware.RequestID(), middleware.Recover(), n.countRequests, n.limitStrangers(), compress())
	return e
}

// compress packs pages and JSON. The RPC doors stream and upgrade, and are left alone; so is capture, whose many
// answers are short: the middleware readies a compressor of a megabyte before it knows.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1400, Skipper: func(c echo.Context) bool {
		path := c.Request().URL.Path
		return path == "/rpc" || path == "/metrics" || strings.HasPrefix(path, "/comet") || strings.HasPrefix(path, "/epcis/capture")
	}})
}

// mountOwn registers the doors of the node itself.
func (n *Node) mountOwn(e *echo.Echo) {
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "alive"}) })
	e.GET("/readyz", n.readyz)
	e.GET("/api/v1/status", n.status)
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{})), n.members)
	e.Any("/rpc", echo.WrapHandler(n.rpc))
	e.Any("/comet", echo.WrapHandler(n.comet))
	e.Any("/comet/*", echo.WrapHandler(n.comet))
	if n.cfg.Profile {
		mountProfiles(e.Group("/debug/pprof", onlyHere))
	}
}

// members guards doors that list things.
func (n *Node) members(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := n.mayRead(c.Request()); err != nil {
			return err
		}
		return next(c)
	}
}

// limitStrangers bounds the rate of requests of one address that carries no API key.
func (n *Node) limitStrangers() echo.MiddlewareFunc {
	if n.cfg.RateLimit <= 0 {
		return func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	store := middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: rate.Limit(n.cfg.RateLimit), Burst: int(4 * n.cfg.RateLimit), ExpiresIn: 3 * time.Minute})
	return middleware.RateLimiterWithConfig(middleware.RateLimiterConfig{
		Store: store,
		Skipper: func(c echo.Context) bool {
			key, err := n.bearer(c.Request())
			return err == nil && key != nil
		},
		DenyHandler: func(c echo.Context, _ string, _ error) error {
			c.Response().Header().Set("Retry-After", "1")
			return &refusal{http.StatusTooManyRequests, "too many requests from this address without an API key"}
		},
	})
}

// problem answers errors as application/problem+json (RFC 9457).
func (n *Node) problem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, detail := http.StatusInternalServerError, ""
	var own interface {
		error
		Status() int
	}
	var he *echo.HTTPError
	switch {
	case errors.As(err, &own):
		status, detail = own.Status(), own.Error()
	case errors.As(err, &he):
		status = he.Code
		if s, ok := he.Message.(string); ok && s != http.StatusText(status) {
			detail = s
		}
	default:
		n.log.Error("request failed", "path", c.Request().URL.Path, "err", err)
		detail = "the node's log says more under this trace_id"
	}
	title := http.StatusText(status)
	body := map[string]any{
		"type":  "/problems/" + strings.ToLower(strings.ReplaceAll(title, " ", "-")),
		"title": title, "status": status, "detail": detail, "instance": c.Request().URL.Path,
		"trace_id": c.Response().Header().Get(echo.HeaderXRequestID),
	}
	if status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", `Bearer realm="suyuan"`)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(status)
		return
	}
	if err := c.JSON(status, body); err != nil {
		n.log.Log(c.Request().Context(), slog.LevelDebug, "answer not sent", "err", err)
	}
}

// countRequests feeds the metrics.
func (n *Node) countRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		door := c.Path()
		if door == "" {
			door = "none"
		}
		n.metrics.requests.WithLabelValues(door, c.Request().Method, statusClass(c.Response().Status)).Observe(time.Since(start).Seconds())
		return nil
	}
}

func statusClass(status int) string {
	return string(rune('0'+status/100)) + "xx"
}
