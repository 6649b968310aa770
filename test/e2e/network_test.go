//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// binary is what is tested.
var binary = must(filepath.Abs("../../bin/suyuan"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// network is a demo network run by the binary.
type network struct {
	demo.File
	dir     string
	cmd     *exec.Cmd
	out     bytes.Buffer
	took    time.Duration
	revived []*exec.Cmd
}

// shared is the network of tests that do no harm to it.
var shared *network

func TestMain(m *testing.M) {
	if _, err := os.Stat(binary); err != nil {
		fmt.Fprintln(os.Stderr, "bin/suyuan is missing: run make build")
		os.Exit(1)
	}
	dir := must(os.MkdirTemp("", "suyuan-e2e-"))
	n, err := startNetwork(filepath.Join(dir, "demo"))
	code := 1
	if err == nil {
		shared = n
		code = m.Run()
		n.stop()
	} else {
		fmt.Fprintln(os.Stderr, "the demo network didn't start:", err)
	}
	if code == 0 {
		_ = os.RemoveAll(dir)
	} else {
		fmt.Fprintln(os.Stderr, "logs are kept in", dir)
	}
	os.Exit(code)
}

// startNetwork runs `suyuan demo` on free ports, with more flags, and waits until it has printed what to scan.
func startNetwork(dir string, more ...string) (*network, error) {
	n := &network{dir: dir}
	begin := time.Now()
	n.cmd = exec.Command(binary, append([]string{"demo", "--dir", dir, "--http", fmt.Sprintf("127.0.0.1:%d", freePorts(4))}, more...)...)
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	n.cmd.Stderr = &n.out
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	printed := make(chan error, 1)
	go func() {
		buf := make([]byte, 1) // the first byte comes when all is done
		if _, err := io.ReadFull(stdout, buf); err != nil {
			printed <- fmt.Errorf("%w: %s", err, n.out.String())
			return
		}
		printed <- nil
		_, _ = io.Copy(io.Discard, stdout)
	}()
	select {
	case err = <-printed:
	case <-time.After(3 * time.Minute):
		err = fmt.Errorf("nothing printed after 3 minutes: %s", n.out.String())
	}
	if err == nil {
		n.took = time.Since(begin)
		err = n.load()
	}
	if err != nil {
		n.stop()
		return nil, err
	}
	return n, nil
}

func (n *network) load() error {
	b, err := os.ReadFile(filepath.Join(n.dir, "demo.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &n.File)
}

// stop ends the network as Ctrl-C does, and what tests have started beside it.
func (n *network) stop() {
	for _, c := range n.revived {
		_ = c.Process.Signal(syscall.SIGTERM)
	}
	_ = n.cmd.Process.Signal(syscall.SIGINT)
	done := make(chan struct{})
	go func() { _ = n.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(40 * time.Second):
		_ = n.cmd.Process.Kill()
	}
	for _, c := range n.revived {
		_ = c.Wait()
	}
}

// url is an address of validator i.
func (n *network) url(i int) string { return n.Validators[i].HTTP }

// party is a party of the demo by its id.
func (n *network) party(t testing.TB, id string) demo.Party {
	t.Helper()
	for _, p := range n.Parties {
		if p.ID == id {
			return p
		}
	}
	require.Fail(t, "no such party", id)
	return demo.Party{}
}

// as speaks to validator i with the API key of a party.
func (n *network) as(t testing.TB, i int, party string) *remote.Node {
	return remote.New(n.url(i), n.party(t, party).APIKey)
}

// kill sends SIGKILL to validator i and waits until the process is gone.
func (n *network) kill(t testing.TB, i int) {
	t.Helper()
	pid := n.Validators[i].PID
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	n.gone(t, pid)
}

func (n *network) gone(t testing.TB, pid int) {
	t.Helper()
	eventually(t, 30*time.Second, fmt.Sprintf("process %d ends", pid), func() error {
		// A zombie of the demo process still answers signal 0; its state in /proc says that it is dead. It may be so of its
		// first thread while others, in the middle of a write, still hold its files and their locks.
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return nil
		}
		if i := bytes.LastIndexByte(b, ')'); i > 0 && i+2 < len(b) && b[i+2] == 'Z' {
			if threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)); err != nil || len(threads) == 1 {
				return nil
			}
		}
		return fmt.Errorf("still there: %s", b)
	})
}

// revive starts validator i again and waits until it is ready.
func (n *network) revive(t testing.TB, i int, env ...string) {
	t.Helper()
	n.launch(t, i, env...)
	n.ready(t, i)
}

func (n *network) launch(t testing.TB, i int, env ...string) {
	t.Helper()
	v := &n.Validators[i]
	cmd := exec.Command(binary, "start", "--home", v.Dir)
	cmd.Env = append(os.Environ(), env...)
	log, err := os.OpenFile(filepath.Join(v.Dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	v.PID = cmd.Process.Pid
	n.revived = append(n.revived, cmd)
	go func() { _ = cmd.Wait() }()
}

func (n *network) ready(t testing.TB, i int) {
	t.Helper()
	eventually(t, 90*time.Second, n.Validators[i].Name+" is ready", func() error {
		res, err := http.Get(n.url(i) + "/readyz")
		if err != nil {
			said, _ := os.ReadFile(filepath.Join(n.Validators[i].Dir, "node.log")) // it may have ended
			return fmt.Errorf("%w; it said last:\n%s", err, said[max(0, len(said)-4000):])
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			b, _ := io.ReadAll(res.Body)
			return fmt.Errorf("%s: %s", res.Status, b)
		}
		return nil
	})
}

// status asks validator i how it does.
func (n *network) status(t testing.TB, i int) node.Status {
	t.Helper()
	var s node.Status
	require.NoError(t, remote.New(n.url(i), "").Get(context.Background(), "/api/v1/status", &s))
	return s
}

// agree waits until the validators have the same EVM block and have indexed it, and returns it.
func (n *network) agree(t testing.TB, which ...int) node.Status {
	t.Helper()
	var first node.Status
	eventually(t, 60*time.Second, "validators agree", func() error {
		first = n.status(t, which[0])
		for _, i := range which {
			s := n.status(t, i)
			if s.Block.Hash != first.Block.Hash || s.Indexed != first.Block.Number {
				return fmt.Errorf("%s: block %d %s, indexed %d; %s: block %d %s", s.Name, s.Block.Number, s.Block.Hash, s.Indexed,
					first.Name, first.Block.Number, first.Block.Hash)
			}
		}
		return nil
	})
	return first
}

// eventually waits for a condition and says what it last was.
func eventually(t testing.TB, patience time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			require.FailNow(t, "waited in vain: "+what, "after %s: %v", patience, err)
		}
		time.Sleep(100 * time.Millisecond) // between two looks at the condition
	}
}

// freePorts finds the first of n free TCP and UDP ports in a row. They are below those that systems give to outgoing
// connections: one of those on the port of a node that was killed would keep it from coming back.
func freePorts(n int) int {
next:
	for range 100 {
		first := 20_000 + rand.IntN(12_000)
		for p := first; p < first+n; p++ {
			t, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
			if err != nil {
				continue next
			}
			_ = t.Close()
			u, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", p))
			if err != nil {
				continue next
			}
			_ = u.Close()
		}
		return first
	}
	panic("no free ports")
}

// suyuan runs the binary and returns what it printed and its exit code.
func suyuan(t testing.TB, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewBufferString(stdin), &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}
