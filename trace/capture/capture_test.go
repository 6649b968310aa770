package capture_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand"
	randv2 "math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// bench is a ledger, its index and one caller.
type bench struct {
	ledger *tracetest.Ledger
	index  *index.Projection
	lists  *lists.Store
	caller capture.Caller

	vault   *vault.Store
	sealing capture.Sealing
}

func newBench(t testing.TB) *bench {
	b := &bench{ledger: tracetest.New(), index: tracetest.Open(t)}
	party, key := b.ledger.Register("plant", 9521303000005)
	b.caller = capture.Caller{Party: party, Agent: 1, Key: tracetest.Key(key), Scopes: contracts.ScopeAll}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() { defer close(done); _ = b.index.Run(ctx, b.ledger) }()
	return b
}

func (b *bench) open(t testing.TB, fs vfs.FS, sub capture.Submitter, cfg capture.Config) *capture.Service {
	t.Helper()
	if b.lists == nil {
		var err error
		b.lists, err = lists.Open("lists", vfs.NewMem())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, b.lists.Close()) })
	}
	s, err := capture.Open("jobs", capture.Deps{Ledger: b.ledger, Submit: sub, Index: b.index, FS: fs, Lists: b.lists, Vault: b.vault,
		Sealing: func(common.Address) capture.Sealing { return b.sealing },
		Signer:  func(a common.Address) submit.Signer { return tracetest.Key(a) }}, cfg)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	return s
}

// bottles is a document with one event for each serial.
func bottles(t testing.TB, serials ...string) *epcis.Document {
	t.Helper()
	doc := &epcis.Document{}
	for _, s := range serials {
		doc.Events = append(doc.Events, tracetest.Event(t, "ObjectEvent", fmt.Sprintf(
			`"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","epcList":["https://id.gs1.org/01/09521202001011/21/%s"]`, s)))
	}
	return doc
}

func wait(t testing.TB, s *capture.Service, b *bench, id string) capture.Job {
	t.Helper()
	var job capture.Job
	require.Eventually(t, func() bool {
		var err error
		job, err = s.Job(b.caller.Party, id)
		require.NoError(t, err)
		return !job.Running
	}, 20*time.Second, time.Millisecond)
	return job
}

// recorded counts the leaves of all appends in the ledger's blocks, by transaction.
func recorded(t testing.TB, l *tracetest.Ledger) (txs []int) {
	for _, b := range l.Blocks() {
		for _, tx := range b.Txs {
			if seal, err := index.ParseSeal(tx.Data()); err == nil {
				txs = append(txs, seal.Events())
			}
			if c, err := index.ParseAppend(tx.Data()); err == nil {
				txs = append(txs, len(c.Commitments))
			}
		}
	}
	return txs
}

func TestConcurrentJobsShareTransactions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: 50 * time.Millisecond})
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			job, err := s.Capture(context.Background(), b.caller, bottles(t, fmt.Sprint("S", i)), capture.Mode{})
			assert.NoError(t, err)
			ids[i] = job.ID
		}()
	}
	wg.Wait()
	for _, id := range ids {
		job := wait(t, s, b, id)
		assert.True(t, job.Success)
		assert.Equal(t, 1, job.Final)
	}
	sum := 0
	txs := recorded(t, b.ledger)
	for _, n := range txs {
		sum += n
	}
	assert.Equal(t, 20, sum)
	assert.Less(t, len(txs), 10)
	require.NoError(t, s.Close())
}

func TestTheSameDocumentAtOnceIsRecordedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: 20 * time.Millisecond})
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			list := []string{"A", "B", fmt.Sprint("own", i)}
			if i%2 == 0 {
				list[0], list[1] = "B", "A"
			}
			job, err := s.Capture(context.Background(), b.caller, bottles(t, list...), capture.Mode{})
			assert.NoError(t, err)
			ids[i] = job.ID
		}()
	}
	wg.Wait()
	final := 0
	for _, id := range ids {
		job := wait(t, s, b, id)
		assert.True(t, job.Success)
		assert.Equal(t, 3, job.Final+job.Already)
		final += job.Final
	}
	sum := 0
	for _, n := range recorded(t, b.ledger) {
		sum += n
	}
	assert.Equal(t, 22, sum)
	assert.Equal(t, 22, final)
	require.NoError(t, s.Close())
}

// refusing refuses the first call that it gets, once it may.
type refusing struct {
	*tracetest.Ledger
	may  chan struct{}
	once sync.Once
}

func (r *refusing) Submit(ctx context.Context, req submit.Request) (submit.Final, error) {
	var err error
	r.once.Do(func() {
		<-r.may
		err = &submit.Refused{Reason: admit.Expired}
	})
	if err != nil {
		return submit.Final{}, err
	}
	return r.Ledger.Submit(ctx, req)
}

func TestWhoWaitsForARefusedEventSendsItItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := &refusing{Ledger: b.ledger, may: make(chan struct{})}
	s := b.open(t, vfs.NewMem(), r, capture.Config{Linger: time.Millisecond})
	var jobs []capture.Job
	for range 3 {
		job, err := s.Capture(context.Background(), b.caller, bottles(t, "A"), capture.Mode{})
		require.NoError(t, err)
		jobs = append(jobs, job)
	}
	close(r.may)
	assert.False(t, wait(t, s, b, jobs[0].ID).Success)
	second, third := wait(t, s, b, jobs[1].ID), wait(t, s, b, jobs[2].ID)
	assert.True(t, second.Success)
	assert.True(t, third.Success)
	assert.Equal(t, 1, second.Final+third.Final)
	assert.Equal(t, []int{1}, recorded(t, b.ledger))
	require.NoError(t, s.Close())
}

func TestLimitsSplitABatch(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]capture.Config{
		"events": {MaxEvents: 4},
		"gas":    {MaxGas: 4 * 45_000},
		"bytes":  {MaxBytes: 600},
	} {
		b := newBench(t)
		cfg.Linger = time.Millisecond
		s := b.open(t, vfs.NewMem(), b.ledger, cfg)
		job, err := s.Capture(context.Background(), b.caller, bottles(t, "1", "2", "3", "4", "5", "6", "7", "8", "9"),
			capture.Mode{Proceed: true})
		require.NoError(t, err, name)
		assert.True(t, wait(t, s, b, job.ID).Success, name)
		for _, n := range recorded(t, b.ledger) {
			assert.LessOrEqual(t, n, 4, name)
		}
		require.NoError(t, s.Close())
	}
}

func TestOneBadEventTakesNoOtherDown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	poison := tracetest.ObjectsOf(t, bottles(t, "BAD").Events[0])[0]
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: 200 * time.Millisecond})
	var ids []string
	for _, serial := range []string{"1", "2", "BAD", "3", "4"} {
		job, err := s.Capture(context.Background(), b.caller, bottles(t, serial), capture.Mode{})
		require.NoError(t, err)
		ids = append(ids, job.ID)
	}
	// The ledger changes its mind after the check.
	b.ledger.Refuse = func(_ common.Address, c index.Call) []byte {
		for i, list := range c.Objects {
			for _, o := range list {
				if o == poison {
					return notAuthorized(t, i)
				}
			}
		}
		return nil
	}
	for i, id := range ids {
		job := wait(t, s, b, id)
		assert.Equal(t, i != 2, job.Success, "job %d: %v", i, job.Errors)
		if i == 2 {
			require.Len(t, job.Errors, 1)
			assert.Equal(t, 403, job.Errors[0].Status)
			assert.Contains(t, job.Errors[0].Detail, "/21/BAD")
		}
	}
	require.NoError(t, s.Close())
}

func notAuthorized(t testing.TB, i int) []byte {
	a, err := contracts.PolicyMetaData.ParseABI()
	require.NoError(t, err)
	e := a.Errors["NotAuthorized"]
	data, err := e.Inputs.Pack(common.Address{1}, big.NewInt(int64(i)), common.Big0, uint8(3))
	require.NoError(t, err)
	return append(e.ID[:4:4], data...)
}

// faulty is the outbox of a process that can be killed: what was asked before the kill may or may not reach the ledger,
// and its answers reach nobody. After the kill nothing leaves the process.
type faulty struct {
	*tracetest.Ledger
	dice   func() int
	mu     sync.RWMutex // held for reading while a call is on its way to the ledger
	killed chan struct{}
}

func (f *faulty) Submit(ctx context.Context, req submit.Request) (submit.Final, error) {
	fate := f.dice()
	var final submit.Final
	var err error
	f.mu.RLock()
	select {
	case <-f.killed:
		fate = 0
	default:
		if fate != 0 {
			final, err = f.Ledger.Submit(ctx, req)
		}
	}
	f.mu.RUnlock()
	if fate < 2 { // never left the process, or is final but the process dies before it learns that
		<-f.killed
		return submit.Final{}, submit.ErrClosed
	}
	return final, err
}

// kill ends the process as SIGKILL does: of what isn't synced some is lost.
func (f *faulty) kill(fs *vfs.MemFS, cfg vfs.CrashCloneCfg) *vfs.MemFS {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.killed)
	return fs.CrashClone(cfg)
}

func TestKillLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for seed := range int64(8) {
		rnd := rand.New(rand.NewSource(seed))
		b := newBench(t)
		fs := vfs.NewCrashableMem()
		var ids []string
		serial := 0
		for range 4 { // lives of the process
			var dice sync.Mutex
			f := &faulty{Ledger: b.ledger, killed: make(chan struct{}), dice: func() int {
				dice.Lock()
				defer dice.Unlock()
				return rnd.Intn(3)
			}}
			s := b.open(t, fs, f, capture.Config{Linger: time.Millisecond, MaxEvents: 3})
			for j := range 4 {
				var list []string
				for range 1 + (int(seed)+j)%5 {
					serial++
					list = append(list, fmt.Sprint("K", serial))
				}
				job, err := s.Capture(context.Background(), b.caller, bottles(t, list...), capture.Mode{})
				require.NoError(t, err)
				ids = append(ids, job.ID)
			}
			dice.Lock()
			percent := rnd.Intn(2) * 50
			dice.Unlock()
			crashed := f.kill(fs, vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: randv2.New(randv2.NewPCG(uint64(seed), 1))})
			require.NoError(t, s.Close())
			fs = crashed
		}
		s := b.open(t, fs, b.ledger, capture.Config{Linger: time.Millisecond})
		for _, id := range ids {
			job := wait(t, s, b, id)
			assert.True(t, job.Success, "seed %d: %v", seed, job.Errors)
			assert.Equal(t, job.Events, job.Final+job.Already, "seed %d", seed)
		}
		require.NoError(t, b.index.WaitFor(context.Background(), b.ledger.Final().Height))
		sum := 0
		for _, n := range recorded(t, b.ledger) {
			sum += n
		}
		assert.Equal(t, serial, sum, "seed %d: every event once", seed)
		list, _, err := s.Jobs(b.caller.Party, "", 1000)
		require.NoError(t, err)
		assert.Len(t, list, len(ids))
		require.NoError(t, s.Close())
	}
}

func TestHandOverNamesReceivers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, _ := b.ledger.Register("shop", 9521606000009)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	e := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","bizStep":"shipping",`+
		`"epcList":["https://id.gs1.org/00/095213030007301181"],`+
		`"destinationList":[{"type":"possessing_party","destination":"urn:epc:id:pgln:9521606.00000"},`+
		`{"type":"owning_party","destination":"https://id.gs1.org/417/9521606000009"},`+
		`{"type":"location","destination":"https://id.gs1.org/414/9521606000016"}]`)
	job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: []*epcis.Event{e}}, capture.Mode{})
	require.NoError(t, err)
	require.True(t, wait(t, s, b, job.ID).Success)
	blocks := b.ledger.Blocks()
	c, err := index.ParseAppend(blocks[len(blocks)-1].Txs[0].Data())
	require.NoError(t, err)
	assert.Equal(t, []common.Address{shop}, c.Next)
	require.NoError(t, s.Close())
}

func TestEndedJobsAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fs := vfs.NewMem()
	s := b.open(t, fs, b.ledger, capture.Config{Linger: time.Millisecond})
	job, err := s.Capture(t.Context(), b.caller, bottles(t, "F1", "F2"), capture.Mode{})
	require.NoError(t, err)
	require.True(t, wait(t, s, b, job.ID).Success)

	n, err := s.Forget(time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.Zero(t, n, "it ended later")
	n, err = s.Forget(time.Now().Add(time.Second))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	_, err = s.Job(b.caller.Party, job.ID)
	var p *capture.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, capture.NoSuchResource, p.Type)
	assert.Contains(t, p.Detail, "ended more than 168 hours ago")
	list, next, err := s.Jobs(b.caller.Party, "", 10)
	require.NoError(t, err)
	assert.Empty(t, list)
	assert.Empty(t, next)
	require.NoError(t, s.Close())
	_, err = s.Forget(time.Now())
	assert.ErrorIs(t, err, capture.ErrClosed)
}
