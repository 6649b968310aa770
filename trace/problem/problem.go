// Package problem is how the HTTP doors of a node say that something is wrong: RFC 9457. The EPCIS doors have a body of
// GS1's own, which is written here too.
package problem

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// MediaType is that of RFC 9457.
const MediaType = "application/problem+json"

// Problem is how every error but those of the EPCIS doors is told.
type Problem struct {
	Type     string  `json:"type" format:"uri-reference" doc:"Kind of problem" example:"/problems/not-found"`
	Title    string  `json:"title" doc:"The kind in words"`
	Status   int     `json:"status" doc:"HTTP status of the answer"`
	Detail   string  `json:"detail" doc:"What went wrong this time"`
	Instance string  `json:"instance" format:"uri-reference" doc:"Path that was asked for"`
	TraceID  string  `json:"trace_id" doc:"ID of the request in the node's log"`
	Errors   []Fault `json:"errors,omitempty" doc:"One entry for each fault of the request"`

	Header http.Header `json:"-"` // further headers of the answer
	Cause  error       `json:"-"` // of a failure that is ours, for the log
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Pointer string `json:"pointer,omitempty" doc:"Where: the JSON pointer of a field of the body, or /query, /path or /header and a name"`
	Line    int    `json:"line,omitempty" doc:"Where: the line of a text"`
	Rule    string `json:"rule,omitempty" doc:"The rule that is broken, in one word"`
	Value   string `json:"value,omitempty" doc:"The offending value"`
	Message string `json:"message" doc:"The rule in words"`
}

// New is a problem of the common kind that goes with a status.
func New(status int, detail string, faults ...Fault) *Problem {
	return Titled(status, http.StatusText(status), detail, faults...)
}

// Titled is a problem of a kind of its own.
func Titled(status int, title, detail string, faults ...Fault) *Problem {
	return &Problem{Type: "/problems/" + strings.ToLower(strings.ReplaceAll(title, " ", "-")), Title: title,
		Status: status, Detail: detail, Errors: faults}
}

// NotFound says that there is no thing by this name.
func NotFound(thing, name string) *Problem {
	return New(http.StatusNotFound, fmt.Sprintf("%s %q: not known to this node", thing, name))
}

// BadParam refuses a parameter: in is query, path or header.
func BadParam(in, name, value, rule, message string) *Problem {
	f := Fault{Pointer: "/" + in + "/" + name, Rule: rule, Value: value, Message: message}
	return New(http.StatusBadRequest, fmt.Sprintf("%s %q: %s", name, value, message), f)
}

func (p *Problem) Error() string { return p.Detail }

// Error is the fault in one line.
func (f *Fault) Error() string { return fmt.Sprintf("%s %q: %s", f.Pointer, f.Value, f.Message) }

// GetStatus is the HTTP status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are further headers of the answer.
func (p *Problem) GetHeaders() http.Header { return p.Header }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return MediaType }

// Of is the problem of one request, whose ID the answer's headers carry by now.
func (p *Problem) Of(r *http.Request, answer http.Header) *Problem {
	q := *p
	q.Instance, q.TraceID = r.URL.EscapedPath(), answer.Get("X-Request-Id")
	return &q
}

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter, r *http.Request) error {
	for name, values := range p.Header {
		w.Header()[name] = values
	}
	return Write(w, r, p.Status, p.Of(r, w.Header()))
}

// Write answers a request with a problem of any shape.
func Write(w http.ResponseWriter, r *http.Request, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write a problem: %w", err)
	}
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err = w.Write(b); err != nil {
		return fmt.Errorf("write a problem: %w", err)
	}
	return nil
}
