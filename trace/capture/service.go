package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// Caller is who asks for a capture, as its API key says.
type Caller struct {
	Party  common.Address
	Agent  uint64
	Key    submit.Signer
	Scopes contracts.Scope // of the API key
}

// Submitter makes a call as a key, at most once for an ID, and waits until it is final.
type Submitter interface {
	Submit(ctx context.Context, req submit.Request) (submit.Final, error)
}

// Deps are what a Service works with.
type Deps struct {
	Ledger trace.Ledger
	Submit Submitter
	Index  *index.Projection
	// Lists keeps what lists hold.
	Lists *lists.Store
	// Vault keeps the bodies of sealed events; nil where none are taken.
	Vault *vault.Store
	// Sealing is a party's default; nil: everything is public.
	Sealing func(party common.Address) Sealing
	// MaySeal refuses a party whose sealed bodies would stay here and nowhere else; nil: none is refused.
	MaySeal func(ctx context.Context, party common.Address) error
	// Signer finds a hosted key again after a restart; nil if this node doesn't have it any more.
	Signer func(common.Address) submit.Signer
	// WaitingFor says what the ledger's writes wait for, empty if they don't. May be nil.
	WaitingFor func() string
	// Log is slog.Default() if nil.
	Log *slog.Logger
	// FS is the file system; the operating system's if nil.
	FS vfs.FS
}

// Config sizes the batches. Zero values mean the defaults given here.
type Config struct {
	// Linger is how long an event waits for others to share its transaction. Default 100 ms.
	Linger time.Duration
	// MaxBytes is the size of the canonical bodies in a transaction before compression. Default 400 kB.
	MaxBytes int
	// MaxGas is what the events of a transaction may cost. Default 12,600,000: 300 objects. An event that costs more goes
	// alone.
	MaxGas int
	// MaxEvents is the number of events in a transaction. Default 200.
	MaxEvents int
	// MaxQueued bounds the bodies of unfinished jobs in bytes; beyond it callers are asked to wait. Default 256 MiB.
	MaxQueued int
	// Keep is how long an ended job can be asked for. Default 7 days.
	Keep time.Duration
}

func (c Config) withDefaults() Config {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if c.Linger <= 0 {
		c.Linger = 100 * time.Millisecond
	}
	def(&c.MaxBytes, 400_000)
	def(&c.MaxGas, 300*(gasObject+gasClass))
	def(&c.MaxEvents, 200)
	def(&c.MaxQueued, 256<<20)
	if c.Keep <= 0 {
		c.Keep = 7 * 24 * time.Hour
	}
	return c
}

// full says that a transaction may not hold this much.
func (c Config) full(bytes, gas, events int) bool {
	return bytes > c.MaxBytes || gas > c.MaxGas || events > c.MaxEvents
}

// ErrClosed is returned by a closed service.
var ErrClosed = errors.New("capture: closed")

// Service captures documents. It is safe for concurrent use.
type Service struct {
	Deps
	cfg    Config
	ledger trace.Ledger
	db     *pebble.DB
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	turns  chan struct{} // holds an entry for each document being worked on

	mu      sync.Mutex
	jobs    map[jobID]*job // running
	buckets map[group]*bucket
	pending map[identity]claim // events on their way
	making  map[made]*making   // units that are being drawn
	queued  int                // bytes
	closed  bool
}

// identity is one party's record of one event.
type identity struct {
	party common.Address
	hash  common.Hash
	err   bool
}

// claim is a job's right to send an event. Others that have the same event wait until it is settled, and then send it only
// if it wasn't recorded: the ledger would hold it twice. What is claimed is being sent and waits for nobody, so that jobs
// never wait for each other in a circle.
type claim struct {
	job     jobID
	settled chan struct{}
}

// Open opens the jobs in dir. Nothing is sent before Start.
func Open(dir string, deps Deps, cfg Config) (*Service, error) {
	db, err := pebble.Open(dir, &pebble.Options{FS: deps.FS, FormatMajorVersion: pebble.FormatNewest, MemTableSize: 4 << 20,
		Logger: quiet{}})
	if err != nil {
		return nil, fmt.Errorf("open the capture jobs in %s: %w", dir, err)
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Service{
		Deps: deps, cfg: cfg.withDefaults(), ledger: deps.Ledger, db: db, ctx: ctx, cancel: cancel,
		jobs: make(map[jobID]*job), buckets: make(map[group]*bucket), pending: make(map[identity]claim), making: make(map[made]*making),
		turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1)),
	}, nil
}

// Turn waits until there is room for one more document to be read or planned; the caller calls done when it is. Documents
// take one processor less than there are: with more, everything else in the process, consensus first, stands in line behind
// them, and the ledger gets slower than they do.
func (s *Service) Turn(ctx context.Context) (done func(), err error) {
	select {
	case s.turns <- struct{}{}:
		return func() { <-s.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.ctx.Done():
		return nil, ErrClosed
	}
}

type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("store of capture jobs: "+format, args...))
}

// Close stops the service. What is unfinished goes on after the next Start.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, b := range s.buckets {
		b.timer.Stop()
	}
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	return s.db.Close()
}

// Mode says how a document is taken.
type Mode struct {
	// Notes puts its events on the notes lane.
	Notes bool
	// Proceed takes every event for itself: those that are refused don't keep the others from being recorded. Else, as is
	// GS1's default, the document is recorded as a whole or not at all, and refused if it is larger than the ledger can
	// take at once.
	Proceed bool
	// Policy says who may have the bodies, one of epcis.Policy..., and Disclose which fields of a sealed one everybody may
	// see; the party's defaults where empty and nil.
	Policy   string
	Disclose []string
}

// Capture takes a valid document. When it returns, the job is on disk. The error is a *Problem where the caller is to
// blame or should come back later.
func (s *Service) Capture(ctx context.Context, c Caller, doc *epcis.Document, mode Mode) (Job, error) {
	j, err := s.accept(ctx, c, doc, mode, false)
	if err != nil {
		return Job{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.view(), nil
}

// CaptureEvent takes one event and waits until it is final and can be found. The ID of the event is answered.
func (s *Service) CaptureEvent(ctx context.Context, c Caller, e *epcis.Event, mode Mode) (id string, err error) {
	j, err := s.accept(ctx, c, &epcis.Document{Events: []*epcis.Event{e}}, mode, true)
	if err != nil {
		return "", err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		p := unavailable("the event is kept and will be recorded, but isn't final yet")
		if w := s.waitingFor(); w != "" {
			p.Detail += ": writes wait: " + w
		}
		p.Instance = "/epcis/capture/" + j.id.String()
		return "", p
	case <-s.ctx.Done():
		return "", unavailable("the node is stopping; the event is kept: see job " + j.id.String())
	}
	if len(j.errors) > 0 {
		return "", j.errors[0]
	}
	if err := s.Index.WaitFor(ctx, int64(j.rec.Height)); err != nil {
		return "", fmt.Errorf("wait for the index: %w", err)
	}
	return e.ID(), nil
}

// accept plans, checks and stores a document and sets it going.
func (s *Service) accept(ctx context.Context, c Caller, doc *epcis.Document, mode Mode, strict bool) (*job, error) {
	done, err := s.Turn(ctx)
	if err != nil {
		return nil, err
	}
	turn := sync.OnceFunc(done)
	defer turn()
	items, faulty, err := s.newPlanner(ctx, c, mode).plan(doc)
	if err != nil {
		s.dropLists(items)
		return nil, err
	}
	j := &job{done: make(chan struct{}), errors: faulty, rec: jobRecord{Party: c.Party, Key: c.Key.Address(),
		Created: uint64(time.Now().UnixMilli()), Events: uint64(len(doc.Events) + len(doc.Faulty)), Proceed: mode.Proceed}}
	if err := s.admit(ctx, c, j, items, mode, strict, turn); err != nil {
		s.dropLists(items)
		return nil, err
	}
	return j, nil
}

// admit checks what a job is to record, stores it and sets it going.
func (s *Service) admit(ctx context.Context, c Caller, j *job, items []item, mode Mode, strict bool, turn func()) (err error) {
	if j.id, err = newJobID(); err != nil {
		return err
	}
	if items, err = s.scoped(c, j, items, mode); err != nil {
		return err
	}
	// Claimed before it is looked up: what is claimed afterwards is in the index by then, or was never recorded.
	if err := s.claimAll(j, items, strict); err != nil {
		return err
	}
	claimed := items
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := range claimed {
			s.settled(j, &claimed[i])
		}
	}()
	fresh, known, err := s.skipRecorded(c.Party, items)
	if err != nil {
		return err
	}
	if strict && len(known) > 0 {
		return &Problem{Type: ResourceAlreadyExists, Title: "The event is recorded already", Status: http.StatusConflict,
			Detail: "the party has recorded this very event before", Instance: "/epcis/events/" + items[0].EventID}
	}
	if fresh, err = s.check(ctx, c, j, fresh, mode); err != nil {
		return err
	}
	if err := s.units(c, j, fresh, mode); err != nil {
		return err
	}
	turn() // the disk is waited for without it
	j.items, j.pending = fresh, len(fresh)
	j.rec.Items, j.rec.Already = uint64(len(fresh)), countEvents(known)
	if err := s.keep(j, c.Key); err != nil {
		return err
	}
	s.dropLists(known)
	claimed = known
	return nil
}

func countEvents(items []item) (n uint64) {
	for i := range items {
		if items[i].Event > 0 {
			n++
		}
	}
	return n
}

// claimAll claims events for a job: those that no other has. A strict one wants all.
func (s *Service) claimAll(j *job, items []item, strict bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		if !s.claim(j, &items[i]) && strict {
			return &Problem{Type: ResourceAlreadyExists, Title: "The event is being recorded already", Status: http.StatusConflict,
				Instance: "/epcis/capture/" + s.pending[identityOf(j.rec.Party, &items[i])].job.String()}
		}
	}
	return nil
}

// claim claims an event for a job unless another has it; the lock is held. Master data is no event and may come often.
func (s *Service) claim(j *job, it *item) bool {
	if it.Event == 0 {
		return true
	}
	id := identityOf(j.rec.Party, it)
	if c, taken := s.pending[id]; taken {
		return c.job == j.id
	}
	s.pending[id] = claim{job: j.id, settled: make(chan struct{})}
	return true
}

// settled ends a job's claim, if it has one; the lock is held.
func (s *Service) settled(j *job, it *item) {
	if c, ok := s.pending[identityOf(j.rec.Party, it)]; ok && it.Event > 0 && c.job == j.id {
		delete(s.pending, identityOf(j.rec.Party, it))
		close(c.settled)
	}
}

// keep puts a job on disk and sets it going.
func (s *Service) keep(j *job, key submit.Signer) error {
	size := 0
	for i := range j.items {
		size += len(j.items[i].Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.queued+size > s.cfg.MaxQueued:
		return &Problem{Type: TooManyRequests, Title: "Too much is waiting", Status: http.StatusTooManyRequests,
			Detail: strconv.Itoa(s.queued) + " bytes of events wait for blocks; " + s.waitingFor(), RetryAfter: retryAfter}
	}
	s.queued += size
	s.mu.Unlock()
	err := s.putSealed(j.items) // both on disk, and not under the lock
	if err == nil {
		err = s.store(j)
	}
	s.mu.Lock()
	if err != nil {
		s.queued -= size
		return err
	}
	if s.closed {
		return nil // on disk: goes on after the next start
	}
	if len(j.items) == 0 {
		return s.finish(j)
	}
	s.jobs[j.id] = j
	s.takeAll(j, key, nil)
	return nil
}

// takeAll sends a job's items, unit by unit, but those that skip names; the lock is held.
func (s *Service) takeAll(j *job, key submit.Signer, skip map[storedRef]bool) {
	units := make(map[uint32][]ref)
	var order []uint32
	for i := range j.items {
		it := &j.items[i]
		if it.Body == nil || skip[storedRef{Job: j.id, Item: uint32(i)}] {
			continue
		}
		if it.Unit == 0 {
			s.take([]ref{{j, i}}, key)
			continue
		}
		if units[it.Unit] == nil {
			order = append(order, it.Unit)
		}
		units[it.Unit] = append(units[it.Unit], ref{j, i})
	}
	for _, u := range order {
		s.take(units[u], key)
	}
}

// take sends the items of a unit, or waits while another job sends one of them; the lock is held. Who waits has claimed
// nothing. What wasn't claimed before it was last looked up may have been recorded since, and is looked up again.
func (s *Service) take(refs []ref, key submit.Signer) {
	other, late := s.claimUnit(refs)
	if late {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			s.retake(refs, key)
		}()
		return
	}
	if other != nil {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			select {
			case <-other:
				s.retake(refs, key)
			case <-s.ctx.Done(): // goes on after the next start
			}
		}()
		return
	}
	if !refs[0].item().Staged {
		s.enqueue(refs, key)
		return
	}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.sendStaged(refs, key)
	}()
}

// claimUnit claims all items of a unit, or none: then it answers what to wait for; the lock is held. late says that it
// claimed some only now.
func (s *Service) claimUnit(refs []ref) (other chan struct{}, late bool) {
	for _, r := range refs {
		if c, taken := s.pending[identityOf(r.job.rec.Party, r.item())]; taken && r.item().Event > 0 && c.job != r.job.id {
			for _, r := range refs {
				s.settled(r.job, r.item())
			}
			return c.settled, false
		}
	}
	for _, r := range refs {
		_, before := s.pending[identityOf(r.job.rec.Party, r.item())]
		late = late || !before && r.item().Event > 0
		s.claim(r.job, r.item())
	}
	return nil, late
}

// retake settles the events of a unit that another job recorded, and sends the rest.
func (s *Service) retake(refs []ref, key submit.Signer) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	items := make([]item, len(refs))
	for i, r := range refs {
		items[i] = *r.item()
	}
	_, known, err := s.skipRecorded(refs[0].job.rec.Party, items)
	if err != nil {
		s.mu.Unlock()
		s.settle([32]byte{}, refs, nil, err)
		return
	}
	var rest, recorded []ref
	for _, r := range refs {
		if slices.ContainsFunc(known, func(it item) bool { return same(&it, r.item()) }) {
			recorded = append(recorded, r)
		} else {
			rest = append(rest, r)
		}
	}
	if len(rest) > 0 {
		s.take(rest, key)
	}
	s.mu.Unlock()
	if len(recorded) > 0 {
		s.settle([32]byte{}, recorded, nil, nil)
	}
}

// same says that two items of one job are one.
func same(a, b *item) bool { return a.Event == b.Event && a.Of == b.Of && a.Kind == b.Kind }

func identityOf(party common.Address, it *item) identity {
	return identity{party: party, hash: it.Hash, err: it.Kind == 2}
}

// skipRecorded leaves out what the party recorded before: never a reason to refuse a document.
func (s *Service) skipRecorded(party common.Address, items []item) (fresh, known []item, err error) {
	v, err := s.Index.View()
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	lists := make(map[uint64]bool) // events recorded already, whose lists aren't needed
	for _, it := range items {
		var ok bool
		switch {
		case it.Event > 0 && it.List != (common.Hash{}):
			// The list is under another salt each time; the event goes by the name of the full one.
			ok, err = v.HasEventOf(party, it.EventID)
			lists[it.Event] = ok
		case it.Event > 0:
			if _, ok, err = v.RecordOf(it.Hash, it.Kind == 2, party); err == nil && !ok {
				ok, err = s.recordedSealed(v, party, &it)
			}
		default:
			ok = it.Of > 0 && lists[it.Of]
		}
		if err != nil {
			return nil, nil, err
		}
		if ok {
			known = append(known, it)
		} else {
			fresh = append(fresh, it)
		}
	}
	return fresh, known, nil
}

// dropLists forgets lists that won't take effect.
func (s *Service) dropLists(items []item) {
	for i := range items {
		s.dropList(&items[i])
	}
}

// recorded says that a list's leaf and event are on the ledger.
func (s *Service) recorded(root common.Hash) (ok bool, err error) {
	v, err := s.Index.View()
	if err != nil {
		return false, err
	}
	_, ok, err = v.List(root)
	return ok, errors.Join(err, v.Close())
}

func (s *Service) dropList(it *item) {
	if it.List == (common.Hash{}) || it.Event == 0 {
		return
	}
	// An earlier try may have been recorded with this very list; what the ledger holds is kept.
	if recorded, err := s.recorded(it.List); err != nil || recorded {
		return
	}
	if err := s.Lists.Drop(it.List); err != nil {
		s.Log.Warn("a list that wasn't recorded can't be removed", "root", it.List, "err", err)
	}
}

// forget takes a job's events off the books; the lock is held.
func (s *Service) forget(j *job) {
	for i := range j.items {
		s.queued -= len(j.items[i].Body)
		s.settled(j, &j.items[i])
	}
}

// finish ends a job that had nothing to send; the lock is held.
func (s *Service) finish(j *job) error {
	b := s.db.NewBatch()
	if err := j.end(b); err != nil {
		return err
	}
	if err := b.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("store the end of job %s: %w", j.id, err)
	}
	s.release(j)
	return nil
}

// release forgets an ended job and wakes who waits for it; the lock is held.
func (s *Service) release(j *job) {
	s.forget(j)
	j.items = nil
	delete(s.jobs, j.id)
	close(j.done)
}

func (s *Service) waitingFor() string {
	if s.WaitingFor == nil {
		return ""
	}
	return s.WaitingFor()
}

func (s *Service) waiting(j Job) Job {
	if j.Running {
		j.WaitingFor = s.waitingFor()
	}
	return j
}
