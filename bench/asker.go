package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// asker reads over HTTP, as a browser or a program would: connections are kept, answers may come packed.
type asker struct {
	base, apiKey string
	http         *http.Client
}

func newAsker(base, apiKey string, connections int) *asker {
	t := &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true, ReadBufferSize: 32 << 10}
	return &asker{base: base, apiKey: apiKey, http: &http.Client{Transport: t, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// errAnswer says that an answer has another status than expected.
var errAnswer = errors.New("unexpected answer")

// ask gives the number of bytes on the wire of an answer that is 200, or 404 where nothing is known.
func (a *asker) ask(ctx context.Context, q Question) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+q.Path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept", q.Accept)
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "Mozilla/5.0 (suyuan)") // a scan is counted where a browser asks
	if a.apiKey != "" {
		req.Header.Set("Authorization", "Bearer "+a.apiKey)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		return n, err
	}
	if want := http.StatusOK; res.StatusCode != want && (q.Kind != "unknown pack" || res.StatusCode != http.StatusNotFound) {
		return n, fmt.Errorf("%s %s: %s: %w", q.Kind, q.Path, res.Status, errAnswer)
	}
	return n, nil
}
