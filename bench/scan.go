package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Scan says what reading load to put on a filled ledger.
type Scan struct {
	Rates    []float64     // scans a second, one after another; empty finds the peak and measures at half of it
	Duration time.Duration // of each, warm-up included
	Warmup   time.Duration // part of Duration that doesn't count
	Step     time.Duration // of each rate tried on the way to the peak
	P99      time.Duration // a rate whose p99 is above it doesn't hold
	Packs    int           // the popular packs: as many different ones are scanned again and again
	Seed     uint64        // of the choice of packs
	Forms    []string      // of scanForms; empty: all
	Bare     string        // binary that serves the bare look-up; empty: none is measured
	Profiles string        // folder for profiles; empty: none
	Version  string
	Say      func(format string, args ...any) // told what is going on; may be nil
}

// scanForms are what is scanned, and in which form the answer is asked for.
var scanForms = []struct {
	name, accept string
	fresh        bool // each scan is of another pack
}{
	{"popular page", acceptHTML, false},
	{"popular JSON", acceptJSON, false},
	{"fresh page", acceptHTML, true},
	{"fresh JSON", acceptJSON, true},
}

// ScanForms are the names of what Scan can ask for.
func ScanForms() (names []string) {
	for _, f := range scanForms {
		names = append(names, f.name)
	}
	return names
}

// bareLookup is the name of the baseline in a report.
const bareLookup = "bare look-up"

// ScanReport is what a run of Scan saw.
type ScanReport struct {
	Machine    Machine       `json:"machine"`
	Ledger     Filled        `json:"ledger"`
	Validators int           `json:"validators"`
	Packs      int           `json:"popular_packs"`
	Idle       *IdleReport   `json:"idle"`
	Forms      []*FormReport `json:"forms"` // the bare look-up first
	Nodes      []NodeReport  `json:"nodes"`
}

// FormReport is one form of answer.
type FormReport struct {
	Form  string   `json:"form"`
	Peak  float64  `json:"peak_per_second,omitempty"`
	Steps []Step   `json:"steps,omitempty"`
	Runs  []Reads  `json:"runs"` // at the rates asked for, or at half the peak
	Times *float64 `json:"cpu_times_bare,omitempty"`
}

// Reads are the requests of one rate.
type Reads struct {
	Rate      float64 `json:"rate"`
	Seconds   float64 `json:"seconds"`
	Answered  int64   `json:"answered"`
	Failed    int64   `json:"failed"`
	FirstFail string  `json:"first_failure,omitempty"`
	PerSecond float64 `json:"per_second"`
	Latency   Latency `json:"latency"`            // from the intended time to the last byte
	CPU       float64 `json:"cpu_ms_per_request"` // of all node processes, without what they use idle
	LoadCPU   float64 `json:"load_cpu_ms_per_request"`
	Bytes     float64 `json:"bytes_per_answer"` // on the wire
}

func (s *Scan) check(filled *Filled) error {
	switch {
	case s.Duration <= s.Warmup:
		return fmt.Errorf("duration: %s is not longer than the warm-up of %s", s.Duration, s.Warmup)
	case s.Packs < 1:
		return fmt.Errorf("packs: %d is less than 1", s.Packs)
	case filled.Documents <= deepDocs:
		return fmt.Errorf("the ledger holds %d events; the first %d are about no pack", filled.Events, deepDocs*worldEvents)
	}
	for _, r := range s.Rates {
		if !(r > 0) || math.IsInf(r, 0) {
			return fmt.Errorf("rate: %v is not above 0", r)
		}
	}
	known := make(map[string]bool)
	for _, f := range scanForms {
		known[f.name] = true
	}
	for _, f := range s.Forms {
		if !known[f] {
			return fmt.Errorf("form: %q is none of %q", f, ScanForms())
		}
	}
	return nil
}

// Scan puts reading load on the first node and reports.
func (n *Network) Scan(ctx context.Context, s Scan) (*ScanReport, error) {
	filled, err := n.filled()
	if err != nil {
		return nil, err
	}
	if err := s.check(filled); err != nil {
		return nil, err
	}
	if s.Say == nil {
		s.Say = func(string, ...any) {}
	}
	r := &ScanReport{Machine: thisMachine(s.Version), Ledger: *filled, Validators: len(n.pids()), Packs: s.Packs}
	if r.Idle, err = n.rest(ctx); err != nil {
		return nil, err
	}
	load := &reading{Scan: s, world: filled.world(), documents: filled.Documents, url: n.Targets[0].URL, cpu: n.cpu, idle: r.Idle.Busy}
	if s.Bare != "" {
		s.Say("storing what the bare look-up serves")
		b, err := startBare(ctx, s.Bare, filled.world(), min(filled.Documents, 1_000))
		if err != nil {
			return nil, fmt.Errorf("bare look-up: %w", err)
		}
		defer b.stop()
		bareLoad := &reading{Scan: s, world: filled.world(), documents: min(filled.Documents, 1_000), url: b.url, cpu: b.cpu}
		f, err := bareLoad.measure(ctx, bareLookup, acceptJSON, true)
		if err != nil {
			return nil, err
		}
		r.Forms = append(r.Forms, f)
	}
	for _, form := range scanForms {
		if len(s.Forms) > 0 && !contains(s.Forms, form.name) {
			continue
		}
		profiles := n.profile(ctx, subfolder(s.Profiles, form.name), time.Now(), s.Duration)
		f, err := load.measure(ctx, form.name, form.accept, form.fresh)
		if err = errors.Join(err, <-profiles); err != nil {
			return nil, err
		}
		r.Forms = append(r.Forms, f)
	}
	r.compareWithBare()
	r.Nodes = n.nodes()
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func subfolder(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// compareWithBare sets each form's processor time against the bare look-up's, both at the last rate measured.
func (r *ScanReport) compareWithBare() {
	if len(r.Forms) == 0 || r.Forms[0].Form != bareLookup {
		return
	}
	last := func(f *FormReport) float64 { return f.Runs[len(f.Runs)-1].CPU }
	for _, f := range r.Forms[1:] {
		times := ratio(last(f), last(r.Forms[0]))
		f.Times = &times
	}
}

// reading is load on one server.
type reading struct {
	Scan
	world     world
	documents int
	url       string
	cpu       func() time.Duration
	idle      float64      // cores the server keeps busy with nothing to do
	next      atomic.Int64 // in the order of fresh packs
}

// measure takes the rates asked for, or the peak and half of it.
func (l *reading) measure(ctx context.Context, name, accept string, fresh bool) (*FormReport, error) {
	f := &FormReport{Form: name}
	rates := l.Rates
	if !fresh { // what is popular was scanned before
		ask := newAsker(l.url, "", 1)
		for k := range l.Packs {
			if _, err := ask.ask(ctx, Question{Path: l.popular(k), Accept: accept}); err != nil {
				return nil, err
			}
		}
	}
	if len(rates) == 0 {
		var err error
		f.Peak, f.Steps, err = ramp(ctx, 100, func(ctx context.Context, rate float64) (Step, error) {
			run, err := l.run(ctx, accept, fresh, rate, l.Step, l.Step/4)
			s := Step{Rate: rate, Did: run.PerSecond, P99: run.Latency.P99}
			s.judge(run.Failed, l.P99)
			l.Say("%s: %.0f/s: p99 %s %s", name, rate, ms(s.P99), s.Why)
			if err == nil && !s.Held {
				err = l.settle(ctx)
			}
			return s, err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rates = []float64{f.Peak / 2}
	}
	for _, rate := range rates {
		run, err := l.run(ctx, accept, fresh, rate, l.Duration, l.Warmup)
		if err != nil {
			return nil, err
		}
		l.Say("%s: %.0f/s: p99 %s, %.3f ms of processor each", name, rate, ms(run.Latency.P99), run.CPU)
		f.Runs = append(f.Runs, run)
	}
	return f, nil
}

// run scans at a rate: an open loop.
func (l *reading) run(ctx context.Context, accept string, fresh bool, rate float64, length, warmup time.Duration) (Reads, error) {
	ask := newAsker(l.url, "", 512)
	defer ask.http.CloseIdleConnections()
	start := time.Now()
	w := &window{from: start.Add(warmup), to: start.Add(length)}
	r, rec := Reads{Rate: rate}, newRecorder()
	var answered, failed, size, done atomic.Int64
	var once sync.Once
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if sleepUntil(ctx, w.from) != nil {
			return
		}
		server, own := l.cpu(), ownCPU()
		if sleepUntil(ctx, w.to) == nil {
			w.nodes, w.load = l.cpu()-server, ownCPU()-own
		}
	}()
	pace(ctx, start, w.to, rate, func(i int, due time.Time) {
		q := Question{Path: l.pick(i, fresh), Accept: accept}
		n, err := ask.ask(ctx, q)
		at := time.Now()
		if err != nil {
			failed.Add(1)
			once.Do(func() { r.FirstFail = err.Error() })
			return
		}
		if w.contains(due) {
			rec.add(at.Sub(due))
			answered.Add(1)
			size.Add(n)
		}
		if w.contains(at) {
			done.Add(1)
		}
	})
	<-watched
	r.Seconds, r.Answered, r.Failed, r.Latency = w.seconds(), answered.Load(), failed.Load(), rec.summary()
	r.PerSecond = float64(done.Load()) / r.Seconds
	if n := float64(done.Load()); n > 0 {
		r.CPU = max(0, w.nodes.Seconds()-l.idle*r.Seconds) * 1000 / n
		r.LoadCPU = w.load.Seconds() * 1000 / n
		r.Bytes = float64(size.Load()) / float64(answered.Load())
	}
	return r, ctx.Err()
}

// settle waits until the server has done with what is left of a load it couldn't bear, or a minute.
func (l *reading) settle(ctx context.Context) error {
	const look = time.Second
	for range 60 {
		before := l.cpu()
		if err := sleepUntil(ctx, time.Now().Add(look)); err != nil {
			return err
		}
		if (l.cpu() - before).Seconds() < l.idle+0.2 {
			return nil
		}
	}
	return nil
}

// pick is the path of the pack to scan: one of the popular ones, or the next of all packs in an order that spreads
// over the ledger and comes to each once before any again.
func (l *reading) pick(i int, fresh bool) string {
	if !fresh {
		return l.popular(rand.New(rand.NewPCG(l.Seed, uint64(i))).IntN(l.Packs))
	}
	packs := (l.documents - deepDocs) * worldPacks
	const stride = 7_919 // a prime: with the number of packs it shares no factor
	pack := int(l.next.Add(1)) * stride % packs
	return l.world.packPath(deepDocs+pack/worldPacks, pack%worldPacks)
}

// popular is the path of the k-th popular pack.
func (l *reading) popular(k int) string {
	pack := rand.New(rand.NewPCG(l.Seed, uint64(k))).IntN((l.documents - deepDocs) * worldPacks)
	return l.world.packPath(deepDocs+pack/worldPacks, pack%worldPacks)
}
