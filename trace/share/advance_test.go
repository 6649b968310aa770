package share

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/peers"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// follower is a service that isn't started: it follows its index step by step, as the test says.
type follower struct {
	*Service
	x         *index.Projection
	w         *world
	sponsored []common.Address
}

func (w *world) follower(t *testing.T, op string) *follower {
	t.Helper()
	f := &follower{w: w}
	key := ed25519.GenPrivKey()
	h, err := peers.NewHost(key, "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	id, err := peers.KeyOf(key.PubKey())
	require.NoError(t, err)
	w.register(id, operator(op))
	f.x, err = index.Open(filepath.Join(t.TempDir(), "index"), tracetest.Chain, 4<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.x.Close()) })
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	f.Service, err = New(Deps{Vault: kept, Index: f.x, Register: w, Host: h, Log: slog.New(slog.DiscardHandler)}, quick)
	require.NoError(t, err)
	f.x.Watch(func(told index.Touched) { f.sponsored = append(f.sponsored, told.Sponsored...) })
	return f
}

// follow looks at all that the ledger holds, and answers how many entries of the index it read for that.
func (f *follower) follow(t *testing.T) uint64 {
	t.Helper()
	require.NoError(t, f.x.Apply(f.w.ledger.Blocks()...))
	before := f.x.EntriesRead()
	for more := true; more; {
		var err error
		more, err = f.advance(f.sponsored)
		require.NoError(t, err)
		f.sponsored = nil
	}
	return f.x.EntriesRead() - before
}

// TestAChangeOfTheRegisterCostsWhatChanged: only a party that comes to the node's operator makes it look at all sealed events.
func TestAChangeOfTheRegisterCostsWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, other := w.party("maker", "A"), w.party("other", "A")
	var a node
	a.w = w // its records only
	for n := range 2 * stepSealed {
		w.write(t, other, fmt.Sprint("S", n))
		a.seal(t, maker, epcis.PolicyChain, fmt.Sprint("S", n))
	}
	b := w.follower(t, "B")
	require.Greater(t, b.follow(t), uint64(2*stepSealed), "the first look")
	require.Empty(t, b.work.wants)

	const little = 100
	for n := range 10 {
		w.party(fmt.Sprint("new ", n), "B")
	}
	assert.Less(t, b.follow(t), uint64(little), "new parties are on no way")
	w.party("maker", "A")
	assert.Less(t, b.follow(t), uint64(little), "the same sponsor")
	w.party("other", "C")
	assert.Less(t, b.follow(t), uint64(little), "somebody else's sponsor")
	assert.Empty(t, b.work.wants)
	w.party("other", "B")
	b.follow(t)
	assert.Len(t, b.work.wants, 2*stepSealed)
	assert.False(t, b.work.review.on)
}

// TestWritingOnCostsWhatIsWritten: who is on the way already learns nothing new by writing again, whatever is sealed there.
func TestWritingOnCostsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker, buyer := w.party("maker", "A"), w.party("buyer", "B")
	var a node
	a.w = w // its records only
	const sealed, little = 500, 100
	for range sealed {
		a.seal(t, maker, epcis.PolicyChain, "S1")
	}
	b := w.follower(t, "B")
	b.follow(t)
	require.Empty(t, b.work.wants)
	w.write(t, buyer, "S1")
	assert.Greater(t, b.follow(t), uint64(sealed), "it joins")
	assert.Len(t, b.work.wants, sealed)
	for _, c := range []struct {
		name string
		by   common.Address
		next []common.Address
	}{{"it writes again", buyer, nil}, {"it is handed the thing", maker, []common.Address{buyer}}, {"somebody else writes", maker, nil}} {
		w.write(t, c.by, "S1", c.next...)
		assert.Less(t, b.follow(t), uint64(little), c.name)
	}
	one := a.seal(t, maker, epcis.PolicyChain, "S1")
	assert.Less(t, b.follow(t), uint64(little))
	assert.Contains(t, b.work.wants, one.Ref)
}
