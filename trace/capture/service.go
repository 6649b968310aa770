package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
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
	named   map[name]identity  // and their eventIDs
	making  map[made]*making   // units that are being drawn
	queued  int                // bytes
	closed  bool
}

// Open opens the jobs in dir. Nothing is sent before Start.
func Open(dir string, deps Deps, cfg Config) (*Service, error) {
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	db, err := manifest.Open(dir, &pebble.Options{FS: deps.FS, FormatMajorVersion: pebble.FormatNewest, MemTableSize: 4 << 20,
		Logger: pebblelog.Of("capture jobs", deps.Log)})
	if err != nil {
		return nil, fmt.Errorf("open the capture jobs in %s: %w", dir, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Service{
		Deps: deps, cfg: cfg.withDefaults(), ledger: deps.Ledger, db: db, ctx: ctx, cancel: cancel,
		jobs: make(map[jobID]*job), buckets: make(map[group]*bucket), pending: make(map[identity]claim), named: make(map[name]identity), making: make(map[made]*making),
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
