package chain

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

// The crash tests run a validator in a child process: this test binary, started again with
// SUYUAN_CRASH_CHILD set. The child sends transactions without pause and writes every final block it is
// told of to a file, as an application would acknowledge it to somebody.
const crashChild = "SUYUAN_CRASH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(crashChild) != "" {
		if err := runCrashChild(os.Getenv(crashChild)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type childPlan struct {
	Config Config
	Blocks uint64 // EVM blocks to add before ending well; 0: go on until killed
	Quiet  bool   // send nothing
}

// acknowledged is one line of the child's file.
type acknowledged struct {
	Cursor Cursor
	Number uint64
	Txs    int
}

func ackFile(dir string) string { return filepath.Join(dir, "acknowledged.jsonl") }

func runCrashChild(planFile string) error {
	raw, err := os.ReadFile(planFile)
	if err != nil {
		return err
	}
	var plan childPlan
	if err := json.Unmarshal(raw, &plan); err != nil {
		return err
	}
	plan.Config.Log = testLog()
	acks, err := readAcks(plan.Config.Dir)
	if err != nil {
		return err
	}
	var from Cursor
	if len(acks) > 0 {
		from = acks[len(acks)-1].Cursor
	}
	l, err := Open(plan.Config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := l.Start(ctx); err != nil {
		return err
	}
	start := l.Final().Number
	go func() {
		key := testKey(0)
		for ; ctx.Err() == nil && !plan.Quiet; time.Sleep(50 * time.Millisecond) {
			nonce := l.Ethereum().TxPool().PoolNonce(crypto.PubkeyToAddress(key.PublicKey))
			_ = l.Send(signed(panicking{}, key, nonce, &counterAddr, nil))
		}
	}()
	out, err := os.OpenFile(ackFile(plan.Config.Dir), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	err = l.Follow(ctx, from, func(b Block) error {
		line, err := json.Marshal(acknowledged{Cursor: b.Cursor(), Number: b.Number, Txs: len(b.Txs)})
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		if plan.Blocks > 0 && b.Number >= start+plan.Blocks {
			cancel()
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return l.Stop()
}

// panicking lets the child use helpers that want a testing.TB.
type panicking struct{ testing.TB }

func (panicking) Helper()                        {}
func (panicking) Errorf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
func (panicking) FailNow()                       { panic("failed") }

func readAcks(dir string) ([]acknowledged, error) {
	f, err := os.Open(ackFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []acknowledged
	for s := bufio.NewScanner(f); s.Scan(); {
		var a acknowledged
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			break // the line a kill cut off
		}
		out = append(out, a)
	}
	return out, nil
}

func childCommand(t *testing.T, cfg Config, blocks uint64, env ...string) *exec.Cmd {
	t.Helper()
	return child(t, childPlan{Config: cfg, Blocks: blocks}, env...)
}

func child(t *testing.T, p childPlan, env ...string) *exec.Cmd {
	t.Helper()
	p.Config.Log, p.Config.Submit.Log = nil, nil
	plan := filepath.Join(t.TempDir(), "plan.json")
	raw, err := json.Marshal(p)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(plan, raw, 0o644))
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(append(os.Environ(), crashChild+"="+plan), env...)
	return cmd
}

// checkAcknowledged opens the ledger as a child left it and compares it with what was acknowledged.
func checkAcknowledged(t *testing.T, cfg Config) {
	t.Helper()
	acks, err := readAcks(cfg.Dir)
	require.NoError(t, err)
	require.NotEmpty(t, acks)
	l := startLedger(t, cfg)
	defer l.Stop()
	last := acks[len(acks)-1]
	waitFor(t, l, "the last acknowledged block", 30*time.Second, func() bool { return l.Final().Number >= last.Number })
	var total uint64
	for i, a := range acks {
		require.Equal(t, uint64(i+1), a.Number, "a block was handed out twice or left out")
		b, err := l.Block(a.Number)
		require.NoError(t, err)
		require.Equal(t, a.Cursor, b.Cursor(), "block %d is another one now", a.Number)
		require.Len(t, b.Txs, a.Txs)
		total += uint64(a.Txs)
	}
	require.GreaterOrEqual(t, counter(t, l), total)
}

func TestKillAtEverySavePoint(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	cfg := makeNetwork(t, 1, openAlloc(1))[0]
	cfg.TimeoutCommit = time.Second // every CometBFT block carries an EVM block
	cfg.EVM.FlushEvery = 3
	cfg.EVM.FlushIdle = 1 // a ledger that rests flushes with the first heartbeat
	// CometBFT passes its save points in turn, some ten per height. The process that passes the given
	// number of them ends on the spot; the ones below fall in the first two heights after the start.
	for point := 8; point < 20; point++ {
		for _, quiet := range []bool{false, true} {
			out, err := child(t, childPlan{Config: cfg, Quiet: quiet}, fmt.Sprintf("FAIL_TEST_INDEX=%d", point)).Output()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "save point %d: %s", point, out)
			require.Equal(t, 1, exit.ExitCode(), "save point %d: %s", point, out)
			require.True(t, strings.Contains(string(out), "fail-test"), "save point %d: %s", point, out)
			out, err = childCommand(t, cfg, 1).CombinedOutput()
			require.NoError(t, err, "restart after save point %d: %s", point, out)
		}
	}
	checkAcknowledged(t, cfg)
}

func TestKillAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	cfg := makeNetwork(t, 1, openAlloc(1))[0]
	cfg.EVM.FlushEvery = 4
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	for range 5 {
		cmd := childCommand(t, cfg, 0)
		require.NoError(t, cmd.Start())
		kill := time.NewTimer(2*time.Second + time.Duration(rnd.Intn(3000))*time.Millisecond)
		<-kill.C // the moment is the point here, there is no condition to wait for
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	out, err := childCommand(t, cfg, 2).CombinedOutput()
	require.NoError(t, err, "%s", out)
	checkAcknowledged(t, cfg)
}
