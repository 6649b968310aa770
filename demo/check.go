package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
)

// Path is the file that describes the network.
func (n *Network) Path() string { return filepath.Join(n.dir, describedIn) }

// Check opens the scan page of every story at every validator, as a browser and as a program would.
func (n *Network) Check(ctx context.Context) error {
	for _, s := range n.Stories {
		path := strings.TrimPrefix(s.DigitalLink, "https://id.gs1.org")
		for _, v := range n.Validators {
			for _, accept := range []string{"text/html", "application/json"} {
				if err := get(ctx, v.HTTP+path, accept); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func get(ctx context.Context, url, accept string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, accept) || len(body) == 0 {
		return fmt.Errorf("%s: %s, %s, %d bytes; want 200 and %s", url, res.Status, kind, len(body), accept)
	}
	return nil
}
