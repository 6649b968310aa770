package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/suyuan-ledger/suyuan/demo"
)

// LifeReport is how long a network needs to come, go and come back, in seconds. Coming counts from the start of the
// processes until every node answers that it is ready.
type LifeReport struct {
	Founding float64 `json:"founding"` // keys, genesis, start, registration of the parties
	Replay   float64 `json:"replay"`   // after SIGKILL of all at once
	Stop     float64 `json:"stop"`     // SIGTERM to the end of the last process
	Restart  float64 `json:"restart"`  // after a clean stop
	Reindex  float64 `json:"reindex"`  // with the first node's trace index removed, until it is complete again
	Blocks   uint64  `json:"blocks"`   // EVM blocks on the ledger
}

// Life kills, stops and starts an own network.
func (n *Network) Life(ctx context.Context) (*LifeReport, error) {
	if n.own == nil {
		return nil, errors.New("restarts: only a network of one's own can be stopped")
	}
	r := &LifeReport{Founding: n.Founding.Seconds()}
	var err error
	for _, pid := range n.pids() {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return nil, fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	n.own.Stop() // waits for their end
	if r.Replay, err = n.again(ctx); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	began := time.Now()
	n.own.Stop()
	r.Stop = time.Since(began).Seconds()
	if r.Restart, err = n.again(ctx); err != nil {
		return nil, fmt.Errorf("restart: %w", err)
	}
	n.own.Stop()
	if err := os.RemoveAll(filepath.Join(n.own.Validators[0].Dir, "trace", "index")); err != nil {
		return nil, err
	}
	began = time.Now()
	if _, err = n.again(ctx); err != nil {
		return nil, fmt.Errorf("reindex: %w", err)
	}
	if r.Blocks, err = n.indexed(ctx); err != nil {
		return nil, err
	}
	r.Reindex = time.Since(began).Seconds()
	return r, nil
}

// again starts the processes of a stopped network.
func (n *Network) again(ctx context.Context) (seconds float64, err error) {
	began := time.Now()
	own, err := demo.Run(ctx, n.opts)
	if err != nil {
		return 0, err
	}
	n.own = own
	return time.Since(began).Seconds(), nil
}

// indexed waits until the first node's index holds every block, and tells how many there are.
func (n *Network) indexed(ctx context.Context) (uint64, error) {
	for {
		s, err := readStatus(ctx, n.Targets[0].URL)
		if err != nil {
			return 0, err
		}
		if s.Indexed >= s.Block.Number {
			return s.Block.Number, nil
		}
		if err := sleepUntil(ctx, time.Now().Add(50*time.Millisecond)); err != nil {
			return 0, err
		}
	}
}

// status is what is read of GET /api/v1/status.
type status struct {
	Indexed uint64 `json:"indexed,string"`
	Block   struct {
		Number uint64 `json:"number,string"`
	} `json:"block"`
}

func readStatus(ctx context.Context, base string) (*status, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/status", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	s := new(status)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("%s: %w", base, err)
	}
	return s, nil
}
