package node

import (
	"net/http"
	"net/http/pprof"

	"github.com/labstack/echo/v4"
)

// mountProfiles registers Go's profiles: what the process spends its time and memory on. A profile costs
// the node processor time and shows its insides, so it is for callers on this machine alone.
func mountProfiles(g *echo.Group) {
	g.GET("/profile", echo.WrapHandler(http.HandlerFunc(pprof.Profile)))
	g.GET("/trace", echo.WrapHandler(http.HandlerFunc(pprof.Trace)))
	g.GET("/symbol", echo.WrapHandler(http.HandlerFunc(pprof.Symbol)))
	g.GET("/:name", func(c echo.Context) error {
		pprof.Handler(c.Param("name")).ServeHTTP(c.Response(), c.Request())
		return nil
	})
}

// onlyHere refuses callers from other machines, whatever API key they carry.
func onlyHere(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !loopback(c.Request()) {
			return &refusal{http.StatusForbidden, "this door is for callers on the node's own machine"}
		}
		return next(c)
	}
}
