package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// sender captures documents at one node over HTTP.
type sender struct {
	target Target
	http   *http.Client
	flying *atomic.Int64 // documents whose job runs, over all senders
	local  bool          // the node's clock is ours
}

func newSender(t Target, flying *atomic.Int64, local bool) *sender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost, transport.Proxy = 0, 1<<12, nil
	return &sender{target: t, flying: flying, local: local,
		http: &http.Client{Transport: transport, Timeout: 2 * time.Minute}}
}

// job is what the sender reads of a capture job.
type job struct {
	Running    bool            `json:"running"`
	Success    bool            `json:"success"`
	FinishedAt *time.Time      `json:"finishedAt"`
	Errors     json.RawMessage `json:"errors"`
}

// errRefused says that the node didn't take a document: nothing of it is recorded. errBusy says the same of one that may
// be sent again later.
var (
	errRefused = errors.New("refused")
	errBusy    = fmt.Errorf("%w for now", errRefused)
)

// post hands a document in and answers the job's path.
func (s *sender) post(ctx context.Context, doc []byte) (string, error) {
	res, body, err := s.do(ctx, http.MethodPost, "/epcis/capture", doc)
	if err != nil {
		return "", err
	}
	switch res.StatusCode {
	case http.StatusAccepted:
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "", fmt.Errorf("%w: %s: %.300s", errBusy, res.Status, body)
	default:
		return "", fmt.Errorf("%w: %s: %.300s", errRefused, res.Status, body)
	}
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || u.Path == "" {
		return "", fmt.Errorf("answer to a capture: Location %q is not a URL", res.Header.Get("Location"))
	}
	return u.Path, nil
}

// await asks for a job until it has ended, and answers when that was.
func (s *sender) await(ctx context.Context, path string) (time.Time, error) {
	s.flying.Add(1)
	defer s.flying.Add(-1)
	for {
		// The job says itself when it ended, to the millisecond, so asking seldom costs no precision: about a
		// thousand questions a second in all. Where clocks may differ, the moment of the answer counts.
		pause := max(200*time.Millisecond, time.Duration(s.flying.Load())*time.Millisecond)
		if !s.local {
			pause = 20 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-time.After(pause):
		}
		res, body, err := s.do(ctx, http.MethodGet, path, nil)
		if err != nil {
			return time.Time{}, err
		}
		var j job
		if res.StatusCode != http.StatusOK {
			return time.Time{}, fmt.Errorf("%s: %s: %.300s", path, res.Status, body)
		}
		if err := json.Unmarshal(body, &j); err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case j.Running:
			continue
		case !j.Success:
			return time.Time{}, fmt.Errorf("%s failed: %.300s", path, j.Errors)
		case s.local && j.FinishedAt != nil:
			return *j.FinishedAt, nil
		}
		return time.Now(), nil
	}
}

func (s *sender) do(ctx context.Context, method, path string, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(s.target.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.target.APIKey)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res, b, err
}
