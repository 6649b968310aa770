package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is one validator.
type process struct {
	name, http, home string
	cmd              *exec.Cmd
	ended            chan struct{} // closed when the process is gone
}

// neighbourly keeps nodes that share a machine from treading on each other's toes: each takes its part of the
// processors, and collects garbage in time for all of them to fit.
func neighbourly(nodes int) []string {
	const memory = 320 // MiB of Go's own; the stores' caches come on top
	return []string{fmt.Sprintf("GOMEMLIMIT=%dMiB", memory), fmt.Sprintf("GOMAXPROCS=%d", max(1, runtime.NumCPU()/nodes))}
}

// start runs the binary with args for the home; its log goes to node.log in it.
func start(binary, name, home, http string, args, env []string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(home, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, append(env, os.Environ()...) // what is set already wins
	// A group of its own: Ctrl-C in the terminal reaches the demo, which stops the validators in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	p := &process{name, http, home, cmd, make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel means the thread that started the process, so that one must live as long as the process.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.ended)
	}()
	return p, <-started
}

// running says whether the process is there still.
func (p *process) running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// ready waits until the node answers that it is ready.
func (p *process) ready(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not ready: %w (last: %v; see %s)", p.name, ctx.Err(), last, filepath.Join(p.home, "node.log"))
		case <-p.ended:
			return fmt.Errorf("%s: the process ended; see %s", p.name, filepath.Join(p.home, "node.log"))
		case <-tick.C:
		}
		if last = p.ask(ctx); last == nil {
			return nil
		}
	}
}

func (p *process) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.http+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var why struct {
			Detail string `json:"detail"`
		}
		_ = json.NewDecoder(res.Body).Decode(&why) // without a reason the status is the message
		return errors.New(res.Status + " " + why.Detail)
	}
	return nil
}

// stop asks the process to end and waits; after the time it is killed.
func (p *process) stop(patience time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // gone already is as good
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}
