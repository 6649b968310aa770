package bench

import (
	"context"
	"sync"
	"time"
)

// window is the part of a run that counts, and what the machine spent in it.
type window struct {
	from, to time.Time
	nodes    time.Duration // processor time of the node processes
	load     time.Duration // of the load generator
}

// contains tells whether a moment is in the window.
func (w *window) contains(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

func (w *window) seconds() float64 { return w.to.Sub(w.from).Seconds() }

// watch measures the window while the load runs; it returns at its end or when ctx is done.
func (n *Network) watch(ctx context.Context, from, to time.Time) *window {
	w := &window{from: from, to: to}
	if sleepUntil(ctx, from) != nil {
		return w
	}
	nodes, own := n.cpu(), ownCPU()
	if sleepUntil(ctx, to) != nil {
		return w
	}
	w.nodes, w.load = n.cpu()-nodes, ownCPU()-own
	return w
}

func sleepUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pace calls do for each intended time, rate a second, from start to end, and waits for all of them. The
// times are fixed beforehand: a slow answer delays none of them.
func pace(ctx context.Context, start, end time.Time, rate float64, do func(i int, due time.Time)) {
	var all sync.WaitGroup
	defer all.Wait()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if !due.Before(end) || sleepUntil(ctx, due) != nil {
			return
		}
		all.Add(1)
		go func() {
			defer all.Done()
			do(i, due)
		}()
	}
}

// press keeps do running workers times at once until end, and waits for the last ones.
func press(ctx context.Context, end time.Time, workers int, do func(worker int)) {
	var all sync.WaitGroup
	for w := range workers {
		all.Add(1)
		go func() {
			defer all.Done()
			for ctx.Err() == nil && time.Now().Before(end) {
				do(w)
			}
		}()
	}
	all.Wait()
}
