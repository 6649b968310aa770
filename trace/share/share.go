package share

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// Deps are what sharing works with.
type Deps struct {
	Vault    *vault.Store
	Index    *index.Projection
	Register Register
	Host     host.Host // behind the wall
	Log      *slog.Logger
	Metrics  prometheus.Registerer // nil: none
}

// Config says when. Zero values mean the defaults given here.
type Config struct {
	// FirstRetry and LastRetry are how long a body that nobody gave is left, at first and at most. Default 250 ms and
	// 5 minutes.
	FirstRetry, LastRetry time.Duration
	// HearEvery is how often a peer is asked for erasures that doesn't knock. Default a minute.
	HearEvery time.Duration
	// Penalty is how long who sent something else than it should isn't asked for bodies. Default 10 minutes.
	Penalty time.Duration
}

func (c Config) withDefaults() Config {
	for at, d := range map[*time.Duration]time.Duration{&c.FirstRetry: 250 * time.Millisecond, &c.LastRetry: 5 * time.Minute,
		&c.HearEvery: time.Minute, &c.Penalty: 10 * time.Minute} {
		if *at == 0 {
			*at = d
		}
	}
	return c
}

// Service shares the vault of one node with its peers.
type Service struct {
	cfg      Config
	vault    *vault.Store
	index    *index.Projection
	register Register
	sponsors *sponsors
	host     host.Host
	log      *slog.Logger
	m        *metrics

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup
	wake   chan struct{} // holds one: there is something to do

	notifiee *network.NotifyBundle

	guestsMu sync.Mutex // held when ctx ends, too
	guests   map[peer.ID]*guest
	serving  sync.WaitGroup

	inboxMu sync.Mutex
	inbox   inbox

	work work // of the one goroutine that asks
}

// inbox is what has happened since the asking goroutine looked last.
type inbox struct {
	knocked map[peer.ID]bool // come for erasures
	came    bool             // a peer is connected that wasn't
	tell    bool             // something was erased here: knock at the others

	sponsored []common.Address // parties that got another sponsor
}

// New prepares sharing. Nothing is asked or answered before Start.
func New(deps Deps, cfg Config) (*Service, error) {
	s := &Service{cfg: cfg.withDefaults(), vault: deps.Vault, index: deps.Index, register: deps.Register, host: deps.Host, log: deps.Log,
		sponsors: &sponsors{register: deps.Register}, wake: make(chan struct{}, 1), guests: make(map[peer.ID]*guest),
		inbox: inbox{knocked: make(map[peer.ID]bool)}, work: newWork()}
	s.notifiee = &network.NotifyBundle{ConnectedF: s.arrived}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	s.m, err = newMetrics(deps.Metrics, s)
	return s, err
}

// Start answers peers and asks them, until Close.
func (s *Service) Start() {
	s.host.SetStreamHandler(Protocol, s.serve)
	s.host.Network().Notify(s.notifiee)
	s.index.Watch(func(t index.Touched) {
		s.post(func(b *inbox) { b.sponsored = append(b.sponsored, t.Sponsored...) })
	})
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		s.run()
	}()
}

// Close ends sharing. When it returns, nothing reads the vault or the index any more.
func (s *Service) Close() {
	s.host.RemoveStreamHandler(Protocol)
	s.host.Network().StopNotify(s.notifiee)
	s.guestsMu.Lock() // nobody enters afterwards
	s.cancel()
	s.guestsMu.Unlock()
	s.done.Wait()
	s.serving.Wait()
	s.m.unregister()
}

// Nudge says that there is something to look at, such as a register that was read again.
func (s *Service) Nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Operator is who answers for this node, by the register; zero while it isn't registered.
func (s *Service) Operator() common.Address { return s.register.Nodes()[s.host.ID()] }

// run asks, until Close.
func (s *Service) run() {
	for s.ctx.Err() == nil {
		box := s.open()
		more, err := s.advance(box.sponsored)
		if err != nil && s.ctx.Err() == nil {
			s.log.Error("what this node may have of sealed events can't be worked out", "err", err)
		}
		s.hear(box)
		wait, err := s.ask(box.came)
		if err != nil && s.ctx.Err() == nil {
			s.log.Error("sealed bodies can't be asked for", "err", err)
		}
		if more {
			continue
		}
		timer := time.NewTimer(min(wait, s.cfg.HearEvery))
		select {
		case <-s.wake:
		case <-timer.C:
		case <-s.ctx.Done():
		}
		timer.Stop()
	}
}

func (s *Service) open() inbox {
	s.inboxMu.Lock()
	defer s.inboxMu.Unlock()
	box := s.inbox
	s.inbox = inbox{knocked: make(map[peer.ID]bool)}
	return box
}

func (s *Service) post(f func(*inbox)) {
	s.inboxMu.Lock()
	f(&s.inbox)
	s.inboxMu.Unlock()
	s.Nudge()
}

func (s *Service) knocked(from peer.ID) { s.post(func(b *inbox) { b.knocked[from] = true }) }

// arrived is told by libp2p. A peer that is back may have what nobody had, and tell what was erased meanwhile.
func (s *Service) arrived(_ network.Network, c network.Conn) {
	id := c.RemotePeer()
	go s.post(func(b *inbox) { b.came, b.knocked[id] = true, true }) // a notifee must not block
}
