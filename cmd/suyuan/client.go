package main

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

// client talks to the HTTP doors of a node.
type client struct {
	base, key string
	http      *http.Client
}

func (a *app) client() *client {
	return &client{strings.TrimRight(a.node, "/"), a.key(), &http.Client{Timeout: 2 * time.Minute}}
}

// problem is an answer in application/problem+json (RFC 9457); GS1's EPCIS doors answer in the same shape.
type problem struct {
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

func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Title)
	if p.Detail != "" {
		fmt.Fprintf(&b, ": %s", p.Detail)
	}
	for _, e := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", e.Pointer, e.Message)
	}
	return b.String()
}

// exitCode maps the answer's class to the command's exit code.
func (p *problem) exitCode() int {
	switch p.Status {
	case http.StatusNotFound:
		return exitUnknown
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return exitInvalid
	}
	return exitFailure
}

type response struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request to path on the node and returns its answer; a status of 400 and above is an error
// with the reason the node gives.
func (c *client) do(ctx context.Context, method, path string, body []byte, header map[string]string) (*response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, exit(exitUsage, fmt.Errorf("node URL %q: %w", c.base, err))
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer from the node at %s: %w (is it running? see suyuan start --help)", c.base, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("answer of %s: %w", c.base+path, err)
	}
	if res.StatusCode >= 400 {
		p := &problem{Status: res.StatusCode, Title: http.StatusText(res.StatusCode)}
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); strings.HasSuffix(kind, "json") {
			_ = json.Unmarshal(b, p) // an answer of another shape keeps the status as its message
		}
		p.Status = res.StatusCode
		return nil, exit(p.exitCode(), p)
	}
	return &response{res.StatusCode, res.Header, b}, nil
}

// get reads JSON from path into v.
func (c *client) get(ctx context.Context, path string, v any) error {
	res, err := c.do(ctx, http.MethodGet, path, nil, map[string]string{"Accept": "application/json"})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(res.body, v); err != nil {
		return fmt.Errorf("answer of %s: %w", c.base+path, err)
	}
	return nil
}

// pathOf turns a Location header into a path on the node asked.
func pathOf(location string) (string, error) {
	u, err := url.Parse(location)
	if err != nil || u.Path == "" {
		return "", fmt.Errorf("Location %q is not a URL", location)
	}
	return u.RequestURI(), nil
}
