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
)

// Problem is how every error of this interface is told (RFC 9457).
type Problem struct {
	Type     string  `json:"type" format:"uri-reference" doc:"Kind of problem" example:"/problems/not-found"`
	Title    string  `json:"title" doc:"The kind in words"`
	Status   int     `json:"status" doc:"HTTP status of the answer"`
	Detail   string  `json:"detail" doc:"What went wrong this time"`
	Instance string  `json:"instance" format:"uri-reference" doc:"Path that was asked for"`
	TraceID  string  `json:"trace_id" doc:"ID of the request in the node's log"`
	Errors   []Fault `json:"errors,omitempty" doc:"One entry for each fault of the request"`

	headers http.Header
	cause   error // of a failure that is ours, for the log
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Pointer string `json:"pointer,omitempty" doc:"Where: the JSON pointer of a field of the body, or /query, /path or /header and a name"`
	Line    int    `json:"line,omitempty" doc:"Where: the line of a text"`
	Rule    string `json:"rule,omitempty" doc:"The rule that is broken, in one word"`
	Value   string `json:"value,omitempty" doc:"The offending value"`
	Message string `json:"message" doc:"The rule in words"`
}

func (p *Problem) Error() string { return p.Detail }

// Error is the fault in one line.
func (f *Fault) Error() string { return fmt.Sprintf("%s %q: %s", f.Pointer, f.Value, f.Message) }

// GetStatus is the HTTP status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are further headers of the answer.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// NewProblem is a problem of the common kind that goes with a status.
func NewProblem(status int, detail string, faults ...Fault) *Problem {
	title := http.StatusText(status)
	return &Problem{Type: "/problems/" + strings.ToLower(strings.ReplaceAll(title, " ", "-")), Title: title,
		Status: status, Detail: detail, Errors: faults}
}

// NotFound says that there is no thing by this name.
func NotFound(thing, name string) *Problem {
	return NewProblem(http.StatusNotFound, fmt.Sprintf("%s %q: not known to this node", thing, name))
}

// BadParam refuses a parameter: in is query, path or header.
func BadParam(in, name, value, rule, message string) *Problem {
	f := Fault{Pointer: "/" + in + "/" + name, Rule: rule, Value: value, Message: message}
	return NewProblem(http.StatusBadRequest, fmt.Sprintf("%s %q: %s", name, value, message), f)
}

// ProblemOf is the problem an error is told as. Errors that say no status of their own are not the caller's to know.
func ProblemOf(err error) *Problem {
	var p *Problem
	var own interface {
		error
		Status() int
	}
	var he *echo.HTTPError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &own):
		p = NewProblem(own.Status(), own.Error())
	case errors.As(err, &he):
		p = NewProblem(he.Code, "")
		if s, ok := he.Message.(string); ok && s != p.Title {
			p.Detail = s
		}
	default:
		p = NewProblem(http.StatusInternalServerError, "the node's log says more under this trace_id")
	}
	if p.Status == http.StatusUnauthorized {
		p.headers = http.Header{"WWW-Authenticate": {`Bearer realm="suyuan"`}}
	}
	return p
}

// Write answers a request with a problem, outside of the operations.
func (p *Problem) Write(c echo.Context) error {
	h := c.Response().Header()
	for name, values := range p.headers {
		h[name] = values
	}
	h.Set(echo.HeaderContentType, "application/problem+json")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(p.Status)
	}
	return c.JSON(p.Status, p.of(c))
}

// of is the problem of one request.
func (p *Problem) of(c echo.Context) *Problem {
	q := *p
	q.Instance, q.TraceID = c.Request().URL.EscapedPath(), c.Response().Header().Get(echo.HeaderXRequestID)
	return &q
}

func init() {
	// huma has one function for all errors it makes itself: parameters that break their schema, and handlers' errors
	// without a status.
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return newError(status, detail, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		p := newError(status, detail, errs)
		for name, values := range p.headers {
			for _, v := range values {
				ctx.SetHeader(name, v)
			}
		}
		return p
	}
}

func newError(status int, detail string, errs []error) *Problem {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest // what is wrong with the request is 400 at all our doors
	}
	if len(errs) == 1 && (status == http.StatusInternalServerError || status == http.StatusUnauthorized) {
		p := ProblemOf(errs[0])
		if p.Status == http.StatusInternalServerError {
			p.cause = errs[0]
		}
		return p
	}
	p := NewProblem(status, detail)
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
func faultOf(err error) Fault {
	var f *Fault
	var d *huma.ErrorDetail
	switch {
	case errors.As(err, &f):
		return *f
	case errors.As(err, &d):
		out := Fault{Pointer: "/" + strings.ReplaceAll(d.Location, ".", "/"), Rule: "schema", Message: d.Message}
		if d.Value != nil {
			out.Value = fmt.Sprint(d.Value)
		}
		return out
	default:
		return Fault{Rule: "schema", Message: err.Error()}
	}
}

// complete fills in what a problem says of its request.
func (a *API) complete(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if !ok {
		return v, nil
	}
	c := humaecho.Unwrap(ctx)
	if p.cause != nil {
		a.deps.Log.LogAttrs(ctx.Context(), slog.LevelError, "request failed", slog.String("path", c.Request().URL.Path),
			slog.String("trace_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.Any("err", p.cause))
	}
	return p.of(c), nil
}
