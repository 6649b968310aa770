package demo

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// plan says for each step of a story which earlier steps must be final before it may be captured:
// those that name the same object (a hand-over must be on the ledger before the receiver writes on,
// and what is late must come late), and for a recall all of them. Notes entitle nobody, so nobody
// waits for them. Steps that don't depend on each other are captured at the same time.
func plan(steps []stories.Step) ([][]int, error) {
	touchedBy := map[string][]int{} // object -> steps that name it
	needs := make([][]int, len(steps))
	for i, step := range steps {
		doc, err := epcis.Parse(step.Document)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.File, err)
		}
		set := map[int]bool{}
		for _, e := range doc.Events {
			for _, o := range e.Objects() {
				id := o.ID.String()
				for _, j := range touchedBy[id] {
					set[j] = true
				}
				if n := len(touchedBy[id]); step.Lane != "notes" && (n == 0 || touchedBy[id][n-1] != i) {
					touchedBy[id] = append(touchedBy[id], i)
				}
			}
			if e.Disposition == "recalled" {
				for j := range i {
					set[j] = true
				}
			}
		}
		delete(set, i)
		for j := range set {
			needs[i] = append(needs[i], j)
		}
	}
	return needs, nil
}

// runPlan calls do for each step, as many at a time as the plan allows, and stops at the first error.
func runPlan(ctx context.Context, needs [][]int, do func(ctx context.Context, step int) error) error {
	done := make([]chan struct{}, len(needs))
	for i := range done {
		done[i] = make(chan struct{})
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range needs {
		group.Go(func() error {
			for _, j := range needs[i] {
				select {
				case <-done[j]:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if err := do(ctx, i); err != nil {
				return err
			}
			close(done[i])
			return nil
		})
	}
	return group.Wait()
}
