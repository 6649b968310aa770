package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// profileTime bounds the length of a profile.
const profileTime = 20 * time.Second

// profile writes profiles of each node of an own network into dir: of the processor, taken from the time on for at most
// as long as given, and behind it of the memory. The channel gets the result.
func (n *Network) profile(ctx context.Context, dir string, from time.Time, length time.Duration) <-chan error {
	out := make(chan error, 1)
	if dir == "" || n.own == nil {
		out <- nil
		return out
	}
	go func() {
		err := errors.Join(os.MkdirAll(dir, 0o755), sleepUntil(ctx, from))
		group, gctx := errgroup.WithContext(ctx)
		for _, v := range n.own.Validators {
			if err != nil {
				break
			}
			group.Go(func() error {
				url := fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", v.HTTP, int(min(length, profileTime).Seconds()))
				if err := fetch(gctx, url, filepath.Join(dir, v.Name+".cpu.pprof")); err != nil {
					return err
				}
				return fetch(gctx, v.HTTP+"/debug/pprof/heap", filepath.Join(dir, v.Name+".heap.pprof"))
			})
		}
		out <- errors.Join(err, group.Wait())
	}()
	return out
}

func fetch(ctx context.Context, url, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
