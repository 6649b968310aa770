package node

import (
	"context"
	"net/http"

	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// stories tells stories to the pages.
type storyTeller struct{ teller *trace.Teller }

func (s storyTeller) Story(ctx context.Context, id gs1.ID, opts explorer.StoryOptions) (*trace.Story, error) {
	return s.teller.Story(ctx, id, trace.Options{Lang: string(opts.Lang), Printed: opts.Printed, Now: opts.Now})
}

// reader is what the explorer and the API know of the ledger.
func (n *Node) reader() *ledger.Reader {
	return &ledger.Reader{Ledger: n.ledger, Index: n.trace.index, Signing: n.signing.Validators}
}

// memberAccess says who may see the explorer's lists, and checks the API keys that people sign in with.
type memberAccess struct{ n *Node }

func (a memberAccess) MayRead(r *http.Request) error { return a.n.mayRead(r) }

func (a memberAccess) SignIn(token string) (explorer.Member, error) {
	key, err := a.n.apiKeys.Lookup(token)
	if err != nil {
		return explorer.Member{}, err
	}
	if !key.May("read") {
		return explorer.Member{}, &refusal{http.StatusForbidden, "this API key doesn't have the scope read"}
	}
	m := explorer.Member{Ref: key.Hash, Party: key.Party, Agent: key.Agent, Name: key.Party.Hex()}
	if p, err := a.n.register.party(context.Background(), key.Party); err == nil && p.Details.Name != "" {
		m.Name = p.Details.Name
	}
	return m, nil
}

func (a memberAccess) Still(m explorer.Member) bool {
	key, err := a.n.apiKeys.ByHash(m.Ref)
	return err == nil && key.May("read")
}
