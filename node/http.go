package node

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/node/api"
)

// newServer is the handler with what all doors share: request ids, recovery, limits, problem+json
// for errors that no door has answered itself.
func (n *Node) newServer() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = n.problem
	e.Use(middleware.RequestID(), middleware.Recover(), n.countRequests, hurryRefused, n.limitRates(), withRequest, compress())
	return e
}

// compress packs pages and JSON. The RPC doors stream and upgrade, and are left alone; so are capture, whose many
// answers are short (the middleware readies a compressor of a megabyte before it knows), scans, which keep their
// answers packed, and proofs, which know what in them can't be.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1400, Skipper: func(c echo.Context) bool {
		path := c.Request().URL.Path
		return explorer.PacksItself(c.Path()) || path == "/rpc" || strings.HasSuffix(path, "/live") || path == "/metrics" || strings.HasPrefix(path, "/comet") || strings.HasPrefix(path, "/epcis/capture") || strings.HasPrefix(path, "/proof/")
	}})
}

// mountOwn registers the doors of the node itself.
func (n *Node) mountOwn(e *echo.Echo) {
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "alive"}) })
	e.GET("/readyz", n.readyz)
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{})), n.members)
	e.Any("/rpc", echo.WrapHandler(n.rpc))
	e.Any("/comet", echo.WrapHandler(n.comet))
	e.Any("/comet/*", echo.WrapHandler(n.comet))
	n.mountAPI(e)
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

// problem answers errors that no door has answered itself.
func (n *Node) problem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := api.ProblemOf(err)
	if p.Status == http.StatusInternalServerError {
		n.log.Error("request failed", "path", c.Request().URL.Path, "trace_id", c.Response().Header().Get(echo.HeaderXRequestID), "err", err)
	}
	if err := p.Write(c.Response(), c.Request()); err != nil {
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
