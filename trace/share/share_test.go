package share

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/peers"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

func TestBodiesGoToThoseOnTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, buyer, outsider := w.party("maker", "A"), w.party("buyer", "B"), w.party("outsider", "C")
	a, sibling, b, c := w.node(t, "A"), w.node(t, "A"), w.node(t, "B"), w.node(t, "C")

	w.write(t, maker, "S1", buyer) // hands over to the buyer
	chain := a.seal(t, maker, epcis.PolicyChain, "S1")
	private := a.seal(t, maker, epcis.PolicyPrivate, "S1")
	got := b.gets(t, &chain)
	assert.Equal(t, []string{"/bizStep"}, got.Disclose, "what the recording party says may be shown")
	sibling.gets(t, &chain)
	sibling.gets(t, &private)

	for name, ask := range map[string]struct {
		who  *node
		ref  vault.Ref
		want uint8
	}{
		"on the way":              {b, chain.Ref, bodyHere},
		"not on the way":          {c, chain.Ref, bodyRefused},
		"private, on the way":     {b, private.Ref, bodyRefused},
		"private, not on the way": {c, private.Ref, bodyRefused},
		"private, own operator":   {sibling, private.Ref, bodyHere},
		"not on the ledger":       {b, vault.Ref{Commitment: common.Hash{1}, Party: maker}, bodyUnknown},
		"another one's record":    {b, vault.Ref{Commitment: chain.Commitment, Party: buyer}, bodyUnknown},
	} {
		bodies, err := ask.who.asks(t, a, ask.ref)
		require.NoError(t, err, name)
		assert.Equal(t, ask.want, bodies[0].Status, name)
		assert.Equal(t, ask.want == bodyHere, len(bodies[0].Fields) > 0, name)
	}

	// Who copies a commitment onto an object of its own isn't on the way of the event's.
	call := chain
	w.copyCommitment(t, outsider, &call, "S9")
	bodies, err := c.asks(t, a, chain.Ref, vault.Ref{Commitment: chain.Commitment, Party: outsider})
	require.NoError(t, err)
	assert.Equal(t, bodyRefused, bodies[0].Status)
	assert.Equal(t, bodyUnknown, bodies[1].Status)
	assert.Zero(t, c.vault.Held())

	w.write(t, outsider, "S1") // joins the way later
	c.gets(t, &chain)
	has, err := c.vault.Has(private.Ref)
	require.NoError(t, err)
	assert.False(t, has)
}

func TestAnOperatorThatTakesAPartyOverGetsItsBodies(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker := w.party("maker", "A")
	a, b := w.node(t, "A"), w.node(t, "B")
	w.write(t, maker, "S1")
	chain := a.seal(t, maker, epcis.PolicyChain, "S1")
	bodies, err := b.asks(t, a, chain.Ref)
	require.NoError(t, err)
	require.Equal(t, bodyRefused, bodies[0].Status)

	helper := w.party("helper", "A")
	w.write(t, helper, "S1")
	w.party("helper", "B") // its sponsor is B from now on
	b.gets(t, &chain)
}

func TestStrangersGetNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker := w.party("maker", "A")
	a := w.node(t, "A")
	w.write(t, maker, "S1")
	chain := a.seal(t, maker, epcis.PolicyChain, "S1")

	stranger := w.make(t, "A") // it says so, but isn't on the register
	stranger.open(t)
	stranger.wall.Update([]peers.Key{a.id}) // it would speak to a
	stranger.connect(t)
	_, err := stranger.asks(t, a, chain.Ref)
	require.Error(t, err)

	known := w.make(t, "A") // one of a's bootstrap peers: the wall lets it through before it is registered
	known.open(t)
	known.wall.Update([]peers.Key{a.id})
	a.wall.Update([]peers.Key{known.id})
	known.connect(t)
	_, err = known.asks(t, a, chain.Ref)
	require.Error(t, err)
	assert.Zero(t, stranger.vault.Held()+known.vault.Held())

	w.register(known.id, operator("A"))
	known.connect(t)
	known.gets(t, &chain)

	w.register(known.id, common.Address{}) // dropped from the register
	_, err = known.asks(t, a, chain.Ref)
	require.Error(t, err)
}

func TestWhoWasAwayCatchesUp(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, buyer := w.party("maker", "A"), w.party("buyer", "B")
	a, b := w.node(t, "A"), w.node(t, "B")
	w.write(t, maker, "S1", buyer)
	first := a.seal(t, maker, epcis.PolicyChain, "S1")
	b.gets(t, &first)

	b.stop()
	var all []captured
	for n := range 300 {
		serial := fmt.Sprint("S", n)
		w.write(t, maker, serial, buyer)
		all = append(all, a.seal(t, maker, epcis.PolicyChain, serial))
	}
	require.NoError(t, a.share.Erase(all[7].Ref, first.Ref))
	b.start(t)
	for n := range all {
		if n != 7 {
			b.gets(t, &all[n])
		}
	}
	eventually(t, "the erasure is heard", func() bool { return b.vault.Erasures() == 2 })
	assert.Equal(t, 299, b.vault.Held())
	_, err := b.vault.Get(first.Ref)
	require.ErrorIs(t, err, vault.ErrErased)
	eventually(t, "nothing is wanted any more", func() bool { return b.share.Status().Wanted == 0 })

	c := w.node(t, "A") // a new node of the same operator begins with an empty vault
	for n := range all {
		if n != 7 {
			c.gets(t, &all[n])
		}
	}
}

func TestThoseOnTheWayHelpEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, buyer, seller := w.party("maker", "A"), w.party("buyer", "B"), w.party("seller", "C")
	a, b := w.node(t, "A"), w.node(t, "B")
	w.write(t, maker, "S1", buyer)
	chain := a.seal(t, maker, epcis.PolicyChain, "S1")
	b.gets(t, &chain)
	a.stop()
	c := w.node(t, "C")
	w.write(t, seller, "S1")
	got := c.gets(t, &chain)
	assert.Equal(t, epcis.DefaultDisclosed, got.Disclose, "what may be shown is not another's to say")
}

func TestErasuresAreHeardFromWhoMayMakeThem(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, buyer := w.party("maker", "A"), w.party("buyer", "B")
	a, sibling, b := w.node(t, "A"), w.node(t, "A"), w.node(t, "B")
	w.write(t, maker, "S1", buyer)
	one, two := a.seal(t, maker, epcis.PolicyChain, "S1"), a.seal(t, maker, epcis.PolicyChain, "S1")
	for _, n := range []*node{sibling, b} {
		n.gets(t, &one)
		n.gets(t, &two)
	}

	require.NoError(t, b.share.Erase(one.Ref)) // not B's to erase elsewhere: it goes without the body itself, no more
	require.NoError(t, a.share.Erase(two.Ref))
	for _, n := range []*node{sibling, b} {
		eventually(t, "the erasure is heard", func() bool {
			_, gone, err := n.vault.Erased(two.Ref)
			require.NoError(t, err)
			return gone
		})
	}
	for _, n := range []*node{a, sibling} {
		has, err := n.vault.Has(one.Ref)
		require.NoError(t, err)
		assert.True(t, has)
	}
}

func TestTooManyQuestionsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.party("maker", "A")
	a, b := w.node(t, "A"), w.node(t, "B")
	a.indexed(t)
	refused := 0
	began := time.Now()
	for range 3 * questionsAtOnce {
		if _, err := b.share.question(a.host.ID(), &question{Kind: knock}); err != nil {
			refused++
		}
	}
	most := questionsAtOnce + int(questionsPerSecond*time.Since(began).Seconds()) + 2
	assert.GreaterOrEqual(t, refused, 3*questionsAtOnce-most)
	assert.GreaterOrEqual(t, a.share.Status().Refused, uint64(refused))
}

func TestStoppingWhileAskedIsClean(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker := w.party("maker", "A")
	a, b := w.node(t, "A"), w.node(t, "A")
	c := a.seal(t, maker, epcis.PolicyChain, "S1")
	a.indexed(t)
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				if _, err := b.share.question(a.id.PeerID(), &question{Kind: askBodies, Refs: []vault.Ref{c.Ref}}); err != nil && a.share.ctx.Err() != nil {
					return
				}
			}
		})
	}
	eventually(t, "some are answered", func() bool { return a.share.Status().Served > 20 })
	a.stop() // a vault that is read after it is closed panics
	asking.Wait()
}
