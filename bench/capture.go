package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Capture says what load to put on a network.
type Capture struct {
	Rate     float64       // events a second; 0 finds the peak with a closed loop
	Duration time.Duration // of the sending, warm-up included
	Warmup   time.Duration // part of Duration that doesn't count
	Idle     time.Duration // how long an own network is watched idle before
	Events   int           // in a document
	Objects  int           // of an event
	Workers  int           // documents on their way at once in the closed loop
	Profiles string        // folder for profiles of each node; empty: none
	Restarts bool          // stop and kill an own network afterwards, and time its coming back
	Version  string        // of this software, for the report
}

// CaptureReport is what a run of Capture saw.
type CaptureReport struct {
	Machine    Machine `json:"machine"`
	Validators int     `json:"validators,omitempty"` // of an own network
	Rate       float64 `json:"rate"`                 // events a second asked for, 0 for the peak
	Seconds    float64 `json:"seconds"`              // length of the window
	Events     int     `json:"events_per_document"`
	Objects    int     `json:"objects_per_event"`
	EventBytes float64 `json:"bytes_per_event"` // as sent

	// Of the whole run, in events.
	Sent      int64  `json:"sent"`
	Accepted  int64  `json:"accepted"`  // 202
	Committed int64  `json:"committed"` // job succeeded: final, and in the index of the node that took it
	Refused   int64  `json:"refused"`   // not taken: nothing recorded
	Failed    int64  `json:"failed"`    // taken, and the job failed or its end was never seen
	FirstFail string `json:"first_failure,omitempty"`

	// Of the window.
	PerSecond float64 `json:"events_per_second"` // committed
	Accept    Latency `json:"accept"`            // intended time of a document to its 202
	Commit    Latency `json:"commit"`            // intended time of a document to the success of its job

	NodesCPU float64       `json:"cpu_ms_per_event"`      // all node processes together
	LoadCPU  float64       `json:"load_cpu_ms_per_event"` // the load generator
	Busy     float64       `json:"nodes_cores_busy"`
	Blocks   *BlocksReport `json:"blocks,omitempty"` // of the whole run, of an own network
	Idle     *IdleReport   `json:"idle,omitempty"`
	Nodes    []NodeReport  `json:"nodes,omitempty"`
	Times    *LifeReport   `json:"times,omitempty"`
}

// IdleReport is an own network before the load.
type IdleReport struct {
	Seconds float64 `json:"seconds"`
	Busy    float64 `json:"nodes_cores_busy"`
	RSS     []int64 `json:"rss_bytes"` // one a node
}

// NodeReport is what a node held after the load.
type NodeReport struct {
	Name    string           `json:"name"`
	RSS     int64            `json:"rss_bytes"`
	PeakRSS int64            `json:"peak_rss_bytes"`
	Disk    map[string]int64 `json:"disk_bytes"` // by store
}

// check refuses what can't be run.
func (c *Capture) check() error {
	switch {
	case c.Events < 1:
		return fmt.Errorf("events a document: %d is less than 1", c.Events)
	case c.Objects < 1:
		return fmt.Errorf("objects an event: %d is less than 1", c.Objects)
	case c.Rate < 0 || math.IsNaN(c.Rate):
		return fmt.Errorf("rate: %v is less than 0", c.Rate)
	case c.Duration <= c.Warmup:
		return fmt.Errorf("duration: %s is not longer than the warm-up of %s", c.Duration, c.Warmup)
	case c.Rate == 0 && c.Workers < 1:
		return fmt.Errorf("workers: %d is less than 1", c.Workers)
	}
	return nil
}

// Capture puts load on the network and reports.
func (n *Network) Capture(ctx context.Context, c Capture) (*CaptureReport, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	r := &CaptureReport{Machine: thisMachine(c.Version), Validators: len(n.pids()), Rate: c.Rate, Events: c.Events, Objects: c.Objects}
	if n.own != nil && c.Idle > 0 {
		var err error
		if r.Idle, err = n.watchIdle(ctx, c.Idle); err != nil {
			return nil, err
		}
	}
	var first uint64
	if n.own != nil {
		s, err := readStatus(ctx, n.Targets[0].URL)
		if err != nil {
			return nil, err
		}
		first = s.Block.Number
	}
	start := time.Now()
	run := n.newRun(c, start)
	profiles := n.profile(ctx, c.Profiles, start.Add(c.Warmup), c.Duration-c.Warmup)
	watched := make(chan *window, 1)
	go func() { watched <- n.watch(ctx, run.from, run.end) }()
	if c.Rate > 0 {
		pace(ctx, start, run.end, c.Rate/float64(c.Events), run.one)
	} else {
		press(ctx, run.end, c.Workers, func(w int) { run.one(w, time.Now()) })
	}
	w := <-watched
	if err := errors.Join(ctx.Err(), <-profiles); err != nil {
		return nil, err
	}
	run.report(r, w)
	r.Nodes = n.nodes()
	if n.own != nil {
		var err error
		if r.Blocks, err = n.readBlocks(ctx, first); err != nil {
			return nil, err
		}
	}
	if n.own != nil && c.Restarts {
		var err error
		if r.Times, err = n.Life(ctx); err != nil {
			return nil, err
		}
	}
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

// run is the load while it is on the network.
type run struct {
	ctx       context.Context
	docs      chan []byte
	senders   []*sender
	events    int64
	from, end time.Time // the window

	bytes, sent, accepted, committed, refused, failed atomic.Int64

	accept, commit *recorder
	mu             sync.Mutex
	inWindow       int64 // events whose job ended in the window
	first          error
}

func (n *Network) newRun(c Capture, start time.Time) *run {
	ctx := context.Background() // what was taken is waited for, even if the caller loses patience
	r := &run{ctx: ctx, docs: make(chan []byte, 32), events: int64(c.Events), from: start.Add(c.Warmup),
		end: start.Add(c.Duration), accept: newRecorder(), commit: newRecorder()}
	flying := new(atomic.Int64)
	for _, t := range n.Targets {
		r.senders = append(r.senders, newSender(t, flying, n.own != nil))
	}
	gen := newGenerator(c.Events, c.Objects, uint64(start.UnixNano()))
	go func() { // documents are made ahead, or making them would count as latency
		for time.Now().Before(r.end) {
			select {
			case r.docs <- gen.document(time.Now()):
			case <-time.After(time.Until(r.end)):
			}
		}
		close(r.docs)
	}()
	return r
}

// patience bounds the wait for the end of a job.
const patience = 2 * time.Minute

// one sends one document, meant to leave at due, and waits for its end.
func (r *run) one(i int, due time.Time) {
	doc, ok := <-r.docs
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	s := r.senders[i%len(r.senders)]
	r.sent.Add(r.events)
	r.bytes.Add(int64(len(doc)))
	path, err := s.post(ctx, doc)
	if err != nil {
		r.refused.Add(r.events)
		r.fail(err)
		return
	}
	r.accepted.Add(r.events)
	counts := r.from.Before(due) && due.Before(r.end)
	if counts {
		r.accept.add(time.Since(due))
	}
	at, err := s.await(ctx, path)
	if err != nil {
		r.failed.Add(r.events)
		r.fail(err)
		return
	}
	r.committed.Add(r.events)
	if counts {
		r.commit.add(at.Sub(due))
	}
	if !at.Before(r.from) && at.Before(r.end) {
		r.mu.Lock()
		r.inWindow += r.events
		r.mu.Unlock()
	}
}

func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = err
	}
}

func (r *run) report(out *CaptureReport, w *window) {
	out.Seconds = w.seconds()
	out.Sent, out.Accepted, out.Committed = r.sent.Load(), r.accepted.Load(), r.committed.Load()
	out.Refused, out.Failed = r.refused.Load(), r.failed.Load()
	if r.first != nil {
		out.FirstFail = r.first.Error()
	}
	if out.Sent > 0 {
		out.EventBytes = float64(r.bytes.Load()) / float64(out.Sent)
	}
	n := float64(r.inWindow)
	out.PerSecond = n / out.Seconds
	out.Accept, out.Commit = r.accept.summary(), r.commit.summary()
	out.Busy = w.nodes.Seconds() / out.Seconds
	if n > 0 {
		out.NodesCPU = w.nodes.Seconds() * 1000 / n
		out.LoadCPU = w.load.Seconds() * 1000 / n
	}
}

// watchIdle watches an own network that has nothing to do.
func (n *Network) watchIdle(ctx context.Context, d time.Duration) (*IdleReport, error) {
	from := time.Now()
	w := n.watch(ctx, from, from.Add(d))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r := &IdleReport{Seconds: w.seconds(), Busy: w.nodes.Seconds() / w.seconds()}
	for _, pid := range n.pids() {
		now, _ := memory(pid)
		r.RSS = append(r.RSS, now)
	}
	return r, nil
}

// Bounds of the wait for an own network to come to rest, in seconds.
const (
	restLeast, restMost = 10, 180
	restStreak          = 5   // seconds in a row that are about as quiet as the quietest
	restSlack           = 0.1 // cores
)

// rest watches an own network until it is idle, which it isn't right after its start: it replays, catches up and its
// stores tidy up. The quietest second counts.
func (n *Network) rest(ctx context.Context) (*IdleReport, error) {
	var best *IdleReport
	for seconds, streak := 0, 0; seconds < restLeast || streak < restStreak && seconds < restMost; seconds++ {
		r, err := n.watchIdle(ctx, time.Second)
		if err != nil {
			return nil, err
		}
		streak++
		if best == nil || r.Busy < best.Busy-restSlack {
			streak = 1
		} else if r.Busy > best.Busy+restSlack {
			streak = 0
		}
		if best == nil || r.Busy < best.Busy {
			best = r
		}
	}
	return best, nil
}

// nodes reports what each node of an own network holds.
func (n *Network) nodes() []NodeReport {
	if n.own == nil {
		return nil
	}
	var out []NodeReport
	for _, v := range n.own.Validators {
		now, peak := memory(v.PID)
		out = append(out, NodeReport{Name: v.Name, RSS: now, PeakRSS: peak, Disk: diskUse(v.Dir)})
	}
	return out
}
