package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// tell captures the documents of a story, each for its party at the validator of the party's sponsor.
func (n *Network) tell(ctx context.Context, name string) error {
	story, err := stories.Load(name)
	if err != nil {
		return err
	}
	if story, err = story.At(time.Now()); err != nil {
		return err
	}
	needs, err := plan(story.Steps)
	if err != nil {
		return err
	}
	n.say("%s: capturing %d events in %d EPCIS documents", strings.ToLower(story.Title.EN), story.Events(), len(story.Steps))
	byID := map[string]Party{}
	for _, p := range n.Parties {
		byID[p.ID] = p
	}
	at := map[string]string{} // folder of a validator -> its address
	for _, v := range n.Validators {
		at[v.Dir] = v.HTTP
	}
	err = runPlan(ctx, needs, func(ctx context.Context, i int) error {
		step := story.Steps[i]
		p := byID[step.Party]
		lane := step.Lane
		if lane == "" {
			lane = "trunk"
		}
		if _, err := remote.New(at[p.Home], p.APIKey).Capture(ctx, step.Document, lane); err != nil {
			return fmt.Errorf("%s, captured by %s: %w", step.File, step.Party, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range story.Links {
		n.Stories = append(n.Stories, Story{Name: l.Title.EN, DigitalLink: l.DigitalLink,
			ScanURL: n.Validators[0].HTTP + strings.TrimPrefix(l.DigitalLink, "https://id.gs1.org")})
	}
	return nil
}
