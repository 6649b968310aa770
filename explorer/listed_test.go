package explorer

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// listedAs tells the stories of the fixtures with what lists say.
type listedAs struct {
	fixtures
	listing *trace.Listing
}

func (c listedAs) Story(ctx context.Context, id gs1.ID, opts StoryOptions) (*trace.Story, error) {
	st, err := c.fixtures.Story(ctx, id, opts)
	if st != nil {
		st.Listing = c.listing
	}
	return st, err
}

// What a node can't look into, its page doesn't deny.
func TestWhoRegisteredAUnitOfAClosedListIsNotDenied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listing *trace.Listing
		lang    Lang
		want    string
	}{
		"closed":         {&trace.Listing{State: trace.ListingClosed, Lot: "L7"}, EN, "Who registered it can&#39;t be seen from this node"},
		"closed, zh":     {&trace.Listing{State: trace.ListingClosed, Lot: "L7"}, ZH, "本节点看不到由谁登记"},
		"not in a list":  {&trace.Listing{State: trace.ListingOut, Lot: "L7"}, EN, "Registered by nobody yet"},
		"no list at all": {nil, EN, "Registered by nobody yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, func(d *Deps) { d.Stories = listedAs{fixtures{t}, c.listing} })
			_, body := get(t, srv.URL+palletPath+"?lang="+string(c.lang))
			assert.Contains(t, body, `<p class="by">`+c.want)
		})
	}
}
