// Package remote speaks to a running node over its HTTP doors, as the command line and the demo do.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Node is a node at a URL.
type Node struct {
	base, key string
	http      *http.Client
	nowhere   error
}

// New returns the node at base. apiKey may be empty: one identifier at a time can be read without.
func New(base, apiKey string) *Node {
	return &Node{base: strings.TrimRight(base, "/"), key: apiKey, http: &http.Client{Timeout: 2 * time.Minute}}
}

// Nowhere is a node whose address can't be told, for this reason: it is the answer to every request.
func Nowhere(err error) *Node { return &Node{nowhere: err} }

// URL is where the node is asked.
func (n *Node) URL() string { return n.base }

// Problem is an answer in application/problem+json (RFC 9457); GS1's EPCIS doors answer in the same shape.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Rule    string `json:"rule"`
		Value   any    `json:"value"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Title)
	if p.Detail != "" {
		fmt.Fprintf(&b, ": %s", p.Detail)
	}
	for _, e := range p.Errors {
		switch {
		case len(p.Errors) == 1 && strings.Contains(p.Detail, e.Message): // said already
		case e.Pointer == "":
			fmt.Fprintf(&b, "\n  %s", e.Message)
		default:
			fmt.Fprintf(&b, "\n  %s: %s", e.Pointer, e.Message)
		}
	}
	return b.String()
}

// Response is an answer with a status below 400.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request to path on the node. An answer with a status of 400 and above is a *Problem.
func (n *Node) Do(ctx context.Context, method, path string, body []byte, header map[string]string) (*Response, error) {
	if n.nowhere != nil {
		return nil, n.nowhere
	}
	req, err := http.NewRequestWithContext(ctx, method, n.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("node URL %q: %w", n.base, err)
	}
	if n.key != "" {
		req.Header.Set("Authorization", "Bearer "+n.key)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := n.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer from the node at %s: %w (is it running? see suyuan start --help)", n.base, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("answer of %s: %w", n.base+path, err)
	}
	if res.StatusCode >= 400 {
		p := &Problem{Title: http.StatusText(res.StatusCode)}
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); strings.HasSuffix(kind, "json") {
			_ = json.Unmarshal(b, p) // an answer of another shape keeps the status as its message
		}
		p.Status = res.StatusCode
		return nil, p
	}
	return &Response{res.StatusCode, res.Header, b}, nil
}

// Stream sends a request and copies the answer to w as it comes, however long it is.
func (n *Node) Stream(ctx context.Context, method, path string, body io.Reader, w io.Writer) error {
	if n.nowhere != nil {
		return n.nowhere
	}
	req, err := http.NewRequestWithContext(ctx, method, n.base+path, body)
	if err != nil {
		return fmt.Errorf("node URL %q: %w", n.base, err)
	}
	if n.key != "" {
		req.Header.Set("Authorization", "Bearer "+n.key)
	}
	client := *n.http
	client.Timeout = 0 // a long list takes its time; ctx ends it
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from the node at %s: %w (is it running? see suyuan start --help)", n.base, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 {
		b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if err != nil {
			return fmt.Errorf("answer of %s: %w", n.base+path, err)
		}
		p := &Problem{Title: http.StatusText(res.StatusCode)}
		_ = json.Unmarshal(b, p) // an answer of another shape keeps the status as its message
		p.Status = res.StatusCode
		return p
	}
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("answer of %s: %w", n.base+path, err)
	}
	return nil
}

// Get reads JSON from path into v.
func (n *Node) Get(ctx context.Context, path string, v any) error {
	res, err := n.Do(ctx, http.MethodGet, path, nil, map[string]string{"Accept": "application/json"})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(res.Body, v); err != nil {
		return fmt.Errorf("answer of %s: %w", n.base+path, err)
	}
	return nil
}

// Job is EPCISCaptureJob of GS1's OpenAPI.
type Job struct {
	CaptureID string    `json:"captureID"`
	Running   bool      `json:"running"`
	Success   bool      `json:"success"`
	Height    int64     `json:"suyuan:height,string"` // consensus height of the last block that took an event
	Behaviour string    `json:"captureErrorBehaviour"`
	Errors    []Problem `json:"errors"`
	Events    int       `json:"suyuan:events"`
	Final     int       `json:"suyuan:final"`
	Already   int       `json:"suyuan:already"`
	Master    bool      `json:"suyuan:masterData"`
}

// JobFailed is the error of a capture job that ended without success. Job.Final of its events are on the ledger all the
// same: none where it was taken as a whole.
type JobFailed struct{ Job *Job }

func (e *JobFailed) Error() string {
	msgs := make([]string, len(e.Job.Errors))
	for i := range e.Job.Errors {
		msgs[i] = e.Job.Errors[i].Error()
	}
	if e.Job.Final+e.Job.Already > 0 {
		return fmt.Sprintf("capture job %s: %d of %d events are recorded; the others are not: %s", e.Job.CaptureID,
			e.Job.Final+e.Job.Already, e.Job.Events, strings.Join(msgs, "; "))
	}
	return fmt.Sprintf("capture job %s failed: %s", e.Job.CaptureID, strings.Join(msgs, "; "))
}

// Capture sends an EPCIS document to a lane ("trunk" or "notes") and waits until its job has ended: its
// events are final then.
func (n *Node) Capture(ctx context.Context, document []byte, lane string) (*Job, error) {
	return n.CaptureAs(ctx, document, map[string]string{"Suyuan-Lane": lane})
}

// CaptureAs is Capture with the headers that say how the document is to be taken; those without a value aren't sent.
func (n *Node) CaptureAs(ctx context.Context, document []byte, how map[string]string) (*Job, error) {
	header := map[string]string{"Content-Type": "application/json"}
	for name, value := range how {
		if value != "" {
			header[name] = value
		}
	}
	res, err := n.Do(ctx, http.MethodPost, "/epcis/capture", document, header)
	if err != nil {
		return nil, err
	}
	return n.Follow(ctx, res.Header.Get("Location"))
}

// Follow waits until a capture job has ended.
func (n *Node) Follow(ctx context.Context, at string) (*Job, error) {
	location, err := url.Parse(at)
	if err != nil || location.Path == "" {
		return nil, fmt.Errorf("answer to a capture: Location %q is not a URL", at)
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		var job Job
		if err := n.Get(ctx, location.RequestURI(), &job); err != nil {
			return nil, err
		}
		if !job.Running {
			if !job.Success {
				return &job, &JobFailed{&job}
			}
			return &job, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}
