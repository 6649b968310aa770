package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// ProblemOf is the problem an error is told as. Errors that say no status of their own are not the caller's to know.
func ProblemOf(err error) *problem.Problem {
	var p *problem.Problem
	var own interface {
		error
		Status() int
	}
	var he *echo.HTTPError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &own):
		p = problem.New(own.Status(), own.Error())
	case errors.As(err, &he):
		p = problem.New(he.Code, "")
		if s, ok := he.Message.(string); ok && s != p.Title {
			p.Detail = s
		}
	default:
		p = problem.New(http.StatusInternalServerError, "the node's log says more under this trace_id")
	}
	if p.Status == http.StatusUnauthorized {
		p.Header = http.Header{"WWW-Authenticate": {`Bearer realm="suyuan"`}}
	}
	return p
}

func init() {
	// huma has one function for all errors it makes itself: parameters that break their schema, and handlers' errors
	// without a status.
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return newError(status, detail, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		p := newError(status, detail, errs)
		for name, values := range p.Header {
			for _, v := range values {
				ctx.SetHeader(name, v)
			}
		}
		return p
	}
}

func newError(status int, detail string, errs []error) *problem.Problem {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest // what is wrong with the request is 400 at all our doors
	}
	if len(errs) == 1 && (status == http.StatusInternalServerError || status == http.StatusUnauthorized) {
		p := ProblemOf(errs[0])
		if p.Status == http.StatusInternalServerError {
			p.Cause = errs[0]
		}
		return p
	}
	p := problem.New(status, detail)
	for _, err := range errs {
		p.Errors = append(p.Errors, faultOf(err))
	}
	if len(p.Errors) > 0 {
		f := p.Errors[0]
		p.Detail = f.Error()
	}
	return p
}

// faultOf reads a fault out of what huma found.
func faultOf(err error) problem.Fault {
	var f *problem.Fault
	var d *huma.ErrorDetail
	switch {
	case errors.As(err, &f):
		return *f
	case errors.As(err, &d):
		out := problem.Fault{Pointer: "/" + strings.ReplaceAll(d.Location, ".", "/"), Rule: "schema", Message: d.Message}
		if d.Value != nil {
			out.Value = fmt.Sprint(d.Value)
		}
		return out
	default:
		return problem.Fault{Rule: "schema", Message: err.Error()}
	}
}

// complete fills in what a problem says of its request.
func (a *API) complete(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*problem.Problem)
	if !ok {
		return v, nil
	}
	c := humaecho.Unwrap(ctx)
	if p.Cause != nil {
		a.deps.Log.LogAttrs(ctx.Context(), slog.LevelError, "request failed", slog.String("path", c.Request().URL.Path),
			slog.String("trace_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.Any("err", p.Cause))
	}
	return p.Of(c.Request(), c.Response().Header()), nil
}
