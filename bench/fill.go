package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Fill says how far to fill a ledger.
type Fill struct {
	Events  int    // the ledger shall hold at least as many of the world's events; whole documents are sent
	Seed    uint64 // of the world; a folder that was begun keeps its own
	Workers int    // documents on their way at once
	Version string
	// Progress is told how many events are committed of how many; it may be nil.
	Progress func(done, all int)
}

// Filled is what a folder was filled with: filled.json beside the network.
type Filled struct {
	Seed      uint64 `json:"seed"`
	Documents int    `json:"documents"` // the first so many are committed
	Events    int    `json:"events"`
}

func (f *Filled) world() world { return world{f.Seed} }

// FillReport is what filling took.
type FillReport struct {
	Machine   Machine      `json:"machine"`
	Filled    Filled       `json:"filled"`
	Added     int          `json:"added_events"`
	Seconds   float64      `json:"seconds"`
	PerSecond float64      `json:"events_per_second"`
	NodesCPU  float64      `json:"cpu_ms_per_event"`
	DiskEvent float64      `json:"disk_bytes_per_event,omitempty"` // all stores but CometBFT's, of the first node
	Nodes     []NodeReport `json:"nodes"`
}

const filledIn = "filled.json"

// readFilled tells what an own network's folder was filled with; fs.ErrNotExist if it never was.
func readFilled(dir string) (*Filled, error) {
	b, err := os.ReadFile(filepath.Join(dir, filledIn))
	if err != nil {
		return nil, err
	}
	f := new(Filled)
	if err := json.Unmarshal(b, f); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, filledIn), err)
	}
	return f, nil
}

func (f *Filled) save(dir string) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	tmp := filepath.Join(dir, "."+filledIn)
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, filledIn))
}

// Fill captures the world's documents, in order and beginning behind the last one committed, through the door that
// everybody uses. Ending it early loses nothing: a document captured twice is recorded once.
func (n *Network) Fill(ctx context.Context, f Fill) (*FillReport, error) {
	switch {
	case n.own == nil:
		return nil, errors.New("fill: needs a network of its own")
	case f.Events < 1:
		return nil, fmt.Errorf("events: %d is less than 1", f.Events)
	case f.Workers < 1:
		return nil, fmt.Errorf("workers: %d is less than 1", f.Workers)
	}
	state, err := readFilled(n.opts.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		state, err = &Filled{Seed: f.Seed}, nil
	}
	if err != nil {
		return nil, err
	}
	r := &FillReport{Machine: thisMachine(f.Version)}
	began, cpu, before := time.Now(), n.cpu(), state.Events
	filling := &filling{Network: n, state: state, progress: f.Progress, all: (f.Events + worldEvents - 1) / worldEvents, done: map[int]bool{}}
	err = filling.run(ctx, f.Workers)
	if err = errors.Join(err, state.save(n.opts.Dir)); err != nil {
		return nil, fmt.Errorf("after %d events: %w", state.Events, err)
	}
	if _, err := n.indexed(ctx); err != nil {
		return nil, err
	}
	r.Seconds, r.Filled, r.Added = time.Since(began).Seconds(), *state, state.Events-before
	if r.Added > 0 {
		r.PerSecond = float64(r.Added) / r.Seconds
		r.NodesCPU = (n.cpu() - cpu).Seconds() * 1000 / float64(r.Added)
	}
	r.Nodes = n.nodes()
	for store, bytes := range r.Nodes[0].Disk {
		if store != "data" {
			r.DiskEvent += float64(bytes) / float64(state.Events)
		}
	}
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

// filling is the work of Fill.
type filling struct {
	*Network
	all      int
	progress func(done, all int)

	mu    sync.Mutex
	state *Filled
	done  map[int]bool // committed ones behind state.Documents
	saved time.Time
}

func (f *filling) run(ctx context.Context, workers int) error {
	if f.state.Documents >= f.all {
		return nil
	}
	sender := newSender(f.Targets[0], new(atomic.Int64), true)
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for doc := f.state.Documents; doc < f.all && working.Err() == nil; doc++ {
		group.Go(func() error { return f.one(working, sender, doc) })
	}
	return errors.Join(group.Wait(), ctx.Err())
}

// fillPatience is how long a node may say that it is busy.
const fillPatience = 5 * time.Minute

func (f *filling) one(ctx context.Context, s *sender, doc int) error {
	path, err := s.post(ctx, f.state.world().document(doc))
	for patience := fillPatience; errors.Is(err, errBusy) && patience > 0; patience -= time.Second {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
			path, err = s.post(ctx, f.state.world().document(doc))
		}
	}
	if err == nil {
		_, err = s.await(ctx, path)
	}
	if err != nil {
		return fmt.Errorf("document %d: %w", doc, err)
	}
	return f.book(doc)
}

// book marks a document as committed, and writes that down now and then.
func (f *filling) book(doc int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[doc] = true
	for f.done[f.state.Documents] {
		delete(f.done, f.state.Documents)
		f.state.Documents++
	}
	f.state.Events = f.state.Documents * worldEvents
	if f.progress != nil {
		f.progress(f.state.Events, f.all*worldEvents)
	}
	if time.Since(f.saved) < time.Second {
		return nil
	}
	f.saved = time.Now()
	return f.state.save(f.opts.Dir)
}

// Write prints the report for people.
func (r *FillReport) Write(w io.Writer) {
	r.Machine.write(w)
	fmt.Fprintf(w, "ledger      %d events of seed %d\n", r.Filled.Events, r.Filled.Seed)
	fmt.Fprintf(w, "added       %d events in %.0f s: %.0f events/s, %.3f ms of processor an event\n", r.Added, r.Seconds, r.PerSecond, r.NodesCPU)
	fmt.Fprintf(w, "disk        %.0f bytes an event without CometBFT's store\n", r.DiskEvent)
	for _, n := range r.Nodes {
		n.write(w)
	}
}
