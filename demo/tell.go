package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/demo/stories"
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
			return runPlan(gctx, needs[i], func(ctx context.Context, step int) error { return n.capture(ctx, s.Steps[step]) })
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

// capture sends one document for its party and waits until it is final.
func (n *Network) capture(ctx context.Context, step stories.Step) error {
	p, ok := n.Party(step.Party)
	if !ok {
		return fmt.Errorf("%s: no party %q", step.File, step.Party)
	}
	lane := step.Lane
	if lane == "" {
		lane = "trunk"
	}
	for _, v := range n.Validators {
		if v.Dir != p.Home {
			continue
		}
		if _, err := remote.New(v.HTTP, p.APIKey).Capture(ctx, step.Document, lane); err != nil {
			return fmt.Errorf("%s, captured by %s: %w", step.File, step.Party, err)
		}
	}
	return nil
}
