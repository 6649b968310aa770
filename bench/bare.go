package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// The bare look-up is what a scan can't be cheaper than: an echo server with one route and no middleware, that looks a
// path up in a Pebble store and sends what it finds. It runs as a process of its own, so that the kernel books its
// processor time as it does a node's.

// bareCache is the memory of its store, as much as the node's index has.
const bareCache = 64 << 20

func openBare(dir string) (*pebble.DB, error) {
	cache := pebble.NewCache(bareCache)
	defer cache.Unref()
	opts := &pebble.Options{Cache: cache, Logger: pebblelog.Of("the bare look-up", nil)}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return pebble.Open(dir, opts)
}

// ServeBare answers look-ups in the store of dir at the address until ctx is done.
func ServeBare(ctx context.Context, dir, address string) error {
	db, err := openBare(dir)
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/*", func(c echo.Context) error {
		value, closer, err := db.Get([]byte(c.Request().URL.Path))
		if errors.Is(err, pebble.ErrNotFound) {
			return echo.ErrNotFound
		}
		if err != nil {
			return err
		}
		defer func() { _ = closer.Close() }()
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, value)
	})
	stop := context.AfterFunc(ctx, func() { _ = e.Close() })
	defer stop()
	err = e.Start(address)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, db.Close())
}

// bare is the process.
type bare struct {
	cmd *exec.Cmd
	url string
	dir string
}

// startBare stores the event of each pack under the pack's path and serves them.
func startBare(ctx context.Context, binary string, w world, documents int) (b *bare, err error) {
	b = new(bare)
	if b.dir, err = os.MkdirTemp("", "suyuan-bare-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.stop()
		}
	}()
	if err := b.store(w, documents); err != nil {
		return nil, err
	}
	address, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	b.url = "http://" + address
	b.cmd = exec.Command(binary, "bench", "bare", "--dir", filepath.Join(b.dir, "db"), "--http", address)
	b.cmd.Stderr = os.Stderr
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return b, c.Close()
		}
		if err := sleepUntil(ctx, time.Now().Add(20*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

func (b *bare) store(w world, documents int) error {
	db, err := openBare(filepath.Join(b.dir, "db"))
	if err != nil {
		return err
	}
	for doc := deepDocs; doc < documents; doc++ {
		parsed, err := epcis.Parse(w.document(doc))
		if err != nil {
			return errors.Join(err, db.Close())
		}
		batch := db.NewBatch()
		for _, e := range parsed.Events {
			for _, t := range e.Objects() {
				path := strings.TrimPrefix(t.ID.String(), idHost)
				if strings.Contains(path, "/21/") {
					if err := batch.Set([]byte(path), e.Body(), nil); err != nil {
						return errors.Join(err, db.Close())
					}
				}
			}
		}
		if err := batch.Commit(pebble.NoSync); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	if err := errors.Join(db.Flush(), db.Close()); err != nil {
		return fmt.Errorf("the bare look-up's store: %w", err)
	}
	return nil
}

func (b *bare) cpu() time.Duration {
	t, err := cpuTime(b.cmd.Process.Pid)
	if err != nil {
		return 0 // it ended: its answers tell
	}
	return t
}

func (b *bare) stop() {
	if b.cmd != nil && b.cmd.Process != nil {
		_ = b.cmd.Process.Kill() // it keeps nothing
		_ = b.cmd.Wait()
	}
	_ = os.RemoveAll(b.dir)
}
