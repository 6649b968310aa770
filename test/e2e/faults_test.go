//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace/capture"
)

// event is an EPCIS document of one observation under a prefix nobody registered.
func event(serial string) []byte {
	return fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",
"schemaVersion":"2.0","creationDate":"2026-11-01T08:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent",
"eventID":"urn:uuid:%s","eventTime":"2026-11-01T08:00:00.000Z","eventTimeZoneOffset":"+08:00","action":"OBSERVE","bizStep":"inspecting",
"epcList":["https://id.gs1.org/01/09506000134352/21/%s"]}]}}`, uuidOf(serial), serial)
}

// uuidOf makes an event ID from a serial, so that a test can ask for the event.
func uuidOf(serial string) string {
	h := hex.EncodeToString(sum(serial))
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:32])
}

func sum(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

// load captures events at all validators in turn until stop, and remembers the acknowledged ones.
type load struct {
	mu     sync.Mutex
	acked  []string
	count  atomic.Int64
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func startLoad(t *testing.T, n *network, name string) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel}
	for worker := range 8 {
		l.done.Add(1)
		go func() {
			defer l.done.Done()
			for i := 0; ctx.Err() == nil; i++ {
				serial := fmt.Sprintf("%s-%d-%d", name, worker, i)
				try, stop := context.WithTimeout(ctx, 15*time.Second)
				_, err := n.as(t, (worker+i)%4, "sandbox").Capture(try, event(serial), "trunk")
				stop()
				if err != nil {
					select { // a dead validator refuses at once
					case <-ctx.Done():
					case <-time.After(100 * time.Millisecond):
					}
					continue
				}
				l.mu.Lock()
				l.acked = append(l.acked, serial)
				l.mu.Unlock()
				l.count.Add(1)
			}
		}()
	}
	return l
}

// more waits until that many more events were acknowledged.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	from := l.count.Load()
	eventually(t, 2*time.Minute, fmt.Sprintf("%d more events are acknowledged", n), func() error {
		if got := l.count.Load() - from; got < n {
			return fmt.Errorf("%d so far", got)
		}
		return nil
	})
}

func (l *load) stop() []string {
	l.cancel()
	l.done.Wait()
	return l.acked
}

// holdsAll asks every validator for every event.
func holdsAll(t *testing.T, n *network, serials []string) {
	t.Helper()
	for i := range n.Validators {
		at := n.as(t, i, "sandbox")
		for _, s := range serials {
			_, err := at.Do(context.Background(), http.MethodGet, "/epcis/events/"+url.PathEscape("urn:uuid:"+uuidOf(s)), nil, nil)
			require.NoError(t, err, "%s doesn't have the acknowledged event %s", n.Validators[i].Name, s)
		}
	}
}

func TestFaults(t *testing.T) {
	n, err := startNetwork(filepath.Join(t.TempDir(), "demo"))
	require.NoError(t, err)
	defer n.stop()
	t.Logf("demo: printed its URLs after %s", n.took)
	l := startLoad(t, n, "faults")
	defer l.cancel()
	l.more(t, 20)

	t.Run("one of four is killed", func(t *testing.T) {
		for i := range n.Validators {
			n.kill(t, i)
			l.more(t, 5)
			n.revive(t, i)
			l.more(t, 5)
		}
	})
	t.Run("all four are killed at once", func(t *testing.T) {
		finish := acceptLarge(t, n)
		for i := range n.Validators {
			require.NoError(t, syscall.Kill(n.Validators[i].PID, syscall.SIGKILL))
		}
		for i := range n.Validators {
			n.gone(t, n.Validators[i].PID)
		}
		for i := range n.Validators {
			n.launch(t, i)
		}
		for i := range n.Validators {
			n.ready(t, i)
		}
		l.more(t, 10)
		finish(t)
	})
	acked := l.stop()
	n.agree(t, 0, 1, 2, 3)
	t.Logf("%d events acknowledged under faults", len(acked))
	holdsAll(t, n, acked)

	t.Run("two of four are down", func(t *testing.T) { twoDown(t, n) })
	t.Run("sealed bodies are where they may be, and erased ones nowhere", func(t *testing.T) { sealedAndErased(t, n) })
	t.Run("projections equal those rebuilt from genesis", func(t *testing.T) { rebuilt(t, n) })
}

// acceptLarge hands in what takes the ledger a while, units of a lot and a document that must be staged, and answers, as
// soon as both are accepted, what to check after the crash: that both become final, once.
func acceptLarge(t *testing.T, n *network) (finish func(*testing.T)) {
	ctx, at := context.Background(), n.as(t, 0, "sandbox")
	post := func(path, body string) *remote.Response {
		res, err := at.Do(ctx, http.MethodPost, path, []byte(body), map[string]string{"Content-Type": "application/json"})
		require.NoError(t, err)
		return res
	}
	request := `{"request":"` + uuidOf("commission") + `","gtin":"09521987000018","lot":"CRASH","count":20000}`
	var units, again capture.Commissioned
	made := post("/api/v1/commissions", request)
	require.NoError(t, json.Unmarshal(made.Body, &units))
	noise := make([]byte, 300_000) // zstd can't make it small
	_, err := rand.NewChaCha8([32]byte{1}).Read(noise)
	require.NoError(t, err)
	large := strings.Replace(string(event("large")), `"action"`, `"https://example.com/log":"`+hex.EncodeToString(noise)+`","action"`, 1)
	staged := post("/epcis/capture", large)

	return func(t *testing.T) {
		for _, res := range []*remote.Response{made, staged} {
			job, err := at.Follow(ctx, res.Header.Get("Location"))
			require.NoError(t, err)
			assert.True(t, job.Success, "%s", job.Errors)
		}
		require.NoError(t, json.Unmarshal(post("/api/v1/commissions", request).Body, &again))
		assert.True(t, again.Again)
		assert.Equal(t, units.Root, again.Root)
		var kept struct {
			Count     int
			Effective bool
		}
		require.NoError(t, at.Get(ctx, "/api/v1/lists/"+units.Root.Hex(), &kept))
		assert.Equal(t, 20_000, kept.Count)
		assert.True(t, kept.Effective)
		n.agree(t, 0, 1, 2, 3) // the job is final at one of them: the others are told a moment later
		holdsAll(t, n, []string{"large"})
	}
}

// twoDown: reads go on, writes say what they wait for, and go on when one is back.
func twoDown(t *testing.T, n *network) {
	n.kill(t, 2)
	n.kill(t, 3)
	var s node.Status
	eventually(t, time.Minute, "the status says what writes wait for", func() error {
		if s = n.status(t, 0); s.WaitingFor == "" {
			return errors.New("nothing yet")
		}
		return nil
	})
	assert.True(t, s.Ready, "reads go on")
	missing := 0
	for _, v := range s.Validators {
		if v.Missing {
			missing++
		}
	}
	assert.Equal(t, 2, missing, "two validators are named as missing")

	page, err := http.Get(n.url(0) + strings.TrimPrefix(n.Stories[0].DigitalLink, "https://id.gs1.org"))
	require.NoError(t, err)
	defer page.Body.Close()
	assert.Equal(t, http.StatusOK, page.StatusCode, "the scan page is there")

	short, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	at := n.as(t, 0, "sandbox")
	res, err := at.Do(short, http.MethodPost, "/epcis/capture", event("waiting"), map[string]string{"Content-Type": "application/json"})
	if err == nil {
		job, err := url.Parse(res.Header.Get("Location"))
		require.NoError(t, err)
		got, err := at.Do(context.Background(), http.MethodGet, job.RequestURI(), nil, nil)
		require.NoError(t, err)
		assert.Contains(t, string(got.Body), "votes are present", "the job says what it waits for")
	} else {
		var p *remote.Problem
		require.ErrorAs(t, err, &p)
		assert.Equal(t, http.StatusServiceUnavailable, p.Status)
		assert.Contains(t, p.Detail, "votes are present")
	}

	n.revive(t, 2)
	n.revive(t, 3)
	_, err = at.Capture(context.Background(), event("after"), "trunk")
	require.NoError(t, err, "writes go on")
	n.agree(t, 0, 1, 2, 3)
}

// rebuilt throws one validator's index away and compares what it builds anew with the others'.
func rebuilt(t *testing.T, n *network) {
	for i := range n.Validators {
		require.NoError(t, syscall.Kill(n.Validators[i].PID, syscall.SIGTERM))
	}
	for i := range n.Validators {
		n.gone(t, n.Validators[i].PID)
	}
	require.NoError(t, os.RemoveAll(filepath.Join(n.Validators[1].Dir, "trace", "index")))
	for i := range n.Validators {
		n.launch(t, i)
	}
	for i := range n.Validators {
		n.ready(t, i)
	}
	n.agree(t, 0, 1, 2, 3)
	for i := range n.Validators {
		require.NoError(t, syscall.Kill(n.Validators[i].PID, syscall.SIGTERM))
	}
	for i := range n.Validators {
		n.gone(t, n.Validators[i].PID)
	}
	first := digest(t, filepath.Join(n.Validators[0].Dir, "trace", "index"))
	for i := range n.Validators[1:] {
		assert.Equal(t, first, digest(t, filepath.Join(n.Validators[i+1].Dir, "trace", "index")), n.Validators[i+1].Name)
	}
}

// digest hashes every key and value of an index.
func digest(t *testing.T, dir string) string {
	t.Helper()
	db, err := pebble.Open(dir, &pebble.Options{ReadOnly: true})
	require.NoError(t, err)
	defer db.Close()
	it, err := db.NewIter(nil)
	require.NoError(t, err)
	defer it.Close()
	h, keys := sha256.New(), 0
	for ok := it.First(); ok; ok = it.Next() {
		fmt.Fprintf(h, "%d %d ", len(it.Key()), len(it.Value()))
		_, _ = h.Write(it.Key())
		_, _ = h.Write(it.Value())
		keys++
	}
	require.NoError(t, it.Error())
	require.Greater(t, keys, 100)
	return hex.EncodeToString(h.Sum(nil))
}

// TestIntruder: who has the genesis document but isn't registered never receives a block; once an
// operator registers it, it does.
func TestIntruder(t *testing.T) {
	home := filepath.Join(t.TempDir(), "intruder")
	port := freePorts(1)
	peer, err := peerOf(shared.Validators[0].Dir)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	out, stderr, code := suyuan(t, "", "init", "--home", home, "--genesis", filepath.Join(shared.Validators[0].Dir, "config", "genesis.json"),
		"--http", address, "--p2p-peers", peer+"@"+shared.Validators[0].Address(), "--output", "json")
	require.Equal(t, 0, code, stderr)
	id := field(t, out, "peer_id")

	n := &network{File: shared.File, dir: shared.dir}
	n.Validators = append(n.Validators[:4:4], demoValidator("intruder", "http://"+address, home))
	n.launch(t, 4)
	defer func() { _ = syscall.Kill(n.Validators[4].PID, syscall.SIGKILL) }()
	eventually(t, time.Minute, "the intruder's node runs", func() error {
		res, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			return err
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.Contains(string(b), "alive") {
			return fmt.Errorf("%s %w", b, err)
		}
		return nil
	})
	// It has had all chances once the network has made twenty more blocks.
	from := shared.status(t, 0).Height
	eventually(t, time.Minute, "twenty more blocks", func() error {
		if h := shared.status(t, 0).Height; h < from+20 {
			return fmt.Errorf("height %d", h)
		}
		return nil
	})
	assert.Zero(t, n.status(t, 4).Height, "a block came through the wall")

	operator := shared.party(t, "association")
	_, stderr, code = suyuan(t, "", "party", "node", id, "--home", operator.Home, "--node", shared.url(0), "--from", operator.Admin.Hex())
	require.Equal(t, 0, code, stderr)
	eventually(t, time.Minute, "the registered node catches up", func() error {
		if h := n.status(t, 4).Height; h < from {
			return fmt.Errorf("height %d", h)
		}
		return nil
	})
}
