package demo

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// tell captures the documents of the stories, each for its party at the validator of the party's sponsor. The stories
// don't wait for each other; within one a document waits for those it builds on.
func (n *Network) tell(ctx context.Context, names []string) error {
	told := make([]*stories.Story, len(names))
	needs := make([][][]int, len(names))
	events, documents, titles := 0, 0, []string(nil)
	for i, name := range names {
		s, err := stories.Load(name)
		if err != nil {
			return err
		}
		if told[i], err = s.At(time.Now()); err != nil {
			return err
		}
		if needs[i], err = plan(told[i].Steps); err != nil {
			return err
		}
		events, documents = events+s.Events(), documents+len(s.Steps)
		titles = append(titles, strings.ToLower(s.Title.EN))
	}
	if len(names) == 0 {
		return nil
	}
	n.say("%s: capturing %d events in %d EPCIS documents", strings.Join(titles, ", "), events, documents)
	group, gctx := errgroup.WithContext(ctx)
	for i, s := range told {
		group.Go(func() error {
			heights := make([]atomic.Int64, len(s.Steps)) // at which each was final
			return runPlan(gctx, needs[i], func(ctx context.Context, step int) error {
				var after int64
				for _, j := range needs[i][step] {
					after = max(after, heights[j].Load())
				}
				height, err := n.capture(ctx, s.Steps[step], after)
				heights[step].Store(height)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, s := range told {
		for _, l := range s.Links {
			n.Stories = append(n.Stories, Story{Name: l.Title.EN, DigitalLink: l.DigitalLink})
		}
	}
	n.link()
	return nil
}

// capture sends one document for its party, waits until it is final and answers its height. The party's validator must
// have the block at after first: final elsewhere, a hand-over may be a moment away there.
func (n *Network) capture(ctx context.Context, step stories.Step, after int64) (height int64, err error) {
	p, ok := n.Party(step.Party)
	if !ok {
		return 0, fmt.Errorf("%s: no party %q", step.File, step.Party)
	}
	lane := step.Lane
	if lane == "" {
		lane = "trunk"
	}
	for _, v := range n.Validators {
		if v.Dir != p.Home {
			continue
		}
		at := remote.New(v.HTTP, p.APIKey)
		if err := reached(ctx, at, after); err != nil {
			return 0, fmt.Errorf("%s: %w", v.Name, err)
		}
		job, err := at.Capture(ctx, step.Document, lane)
		if err != nil {
			return 0, fmt.Errorf("%s, captured by %s: %w", step.File, step.Party, err)
		}
		height = job.Height
	}
	return height, nil
}

// reached waits until a node has the block at a height.
func reached(ctx context.Context, at *remote.Node, height int64) error {
	for {
		var s node.Status
		if err := at.Get(ctx, "/api/v1/status", &s); err != nil {
			return err
		}
		if s.Height >= height {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond): // between two looks
		}
	}
}
