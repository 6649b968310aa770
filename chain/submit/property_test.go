package submit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

// TestOnceAndOnlyOnce plays random histories against the outbox: callers, blocks, late feeds, other
// users of the keys, refusals that come and go, nodes that keep every byte they ever saw, and crashes
// that lose what was not synced. Whatever happens:
//
//	P1  at most one transaction of an id is executed;
//	P2  a Final names a transaction of that id in that block;
//	P3  when refusals end and blocks come, every request is answered with its Final.
func TestOnceAndOnlyOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rt)
		defer func() { require.NoError(t, w.box.Close()) }()
		rt.Repeat(map[string]func(*rapid.T){
			"":        func(*rapid.T) { w.checkOnce() },
			"ask":     w.ask,
			"mine":    w.mine,
			"feed":    func(*rapid.T) { w.feed(1) },
			"tick":    func(*rapid.T) { w.box.Tick(context.Background()) },
			"refuse":  w.refuse,
			"admit":   w.admit,
			"foreign": w.foreign,
			"lag":     w.lagBehind,
			"crash":   w.crashNow,
			"settle":  func(*rapid.T) { w.settle() },
		})
		w.finish()
	})
}

// world is one history.
type world struct {
	*rig
	rt      *rapid.T
	keys    []testKey
	targets []common.Address
	asked   map[[32]byte]Request
	fed     int    // blocks shown to this life of the outbox
	signed  uint64 // makes foreign transactions differ
}

func newWorld(t *testing.T, rt *rapid.T) *world {
	w := &world{rt: rt, keys: []testKey{newKey(1), newKey(2)}, asked: map[[32]byte]Request{},
		targets: []common.Address{target, common.HexToAddress("0xa1"), common.HexToAddress("0xa2")}}
	signers := map[common.Address]Signer{}
	for _, k := range w.keys {
		signers[k.Address()] = k
	}
	w.rig = newRigOn(t, Options{Tick: -1, InFlight: rapid.IntRange(2, 20).Draw(rt, "in flight"), Filler: w.targets[0],
		Signer: func(a common.Address) Signer { return signers[a] }})
	return w
}

func (w *world) ask(rt *rapid.T) {
	n := rapid.IntRange(0, 30).Draw(rt, "id")
	id := [32]byte{1, byte(n)}
	req, again := w.asked[id]
	if !again {
		to := rapid.SampledFrom(w.targets).Draw(rt, "to")
		req = Request{ID: id, Key: rapid.SampledFrom(w.keys).Draw(rt, "key"), To: &to, Data: id[:], Gas: 50_000}
		w.asked[id] = req
	}
	_ = w.submit(req)
}

func (w *world) mine(rt *rapid.T) {
	w.ledger.mine(w.keys, rapid.IntRange(1, 6).Draw(rt, "most"), func(n int) int {
		return rapid.IntRange(-1, n-1).Draw(rt, "pick")
	})
	if rapid.Bool().Draw(rt, "feed at once") {
		w.feed(1 << 20)
	}
}

// feed shows the outbox up to n blocks it hasn't seen.
func (w *world) feed(n int) {
	w.ledger.mu.Lock()
	blocks := w.ledger.blocks[w.fed:]
	w.ledger.mu.Unlock()
	for _, b := range blocks[:min(n, len(blocks))] {
		require.NoError(w.t, w.box.Observe(b))
		w.fed++
	}
}

func (w *world) subjects() []common.Address {
	return []common.Address{w.keys[0].Address(), w.keys[1].Address(), w.targets[1], w.targets[2]}
}

func (w *world) refuse(rt *rapid.T) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	w.ledger.refusing[rapid.SampledFrom(w.subjects()).Draw(rt, "who")] = admit.PartySuspended
}

func (w *world) admit(rt *rapid.T) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	delete(w.ledger.refusing, rapid.SampledFrom(w.subjects()).Draw(rt, "who"))
}

// foreign is a transaction that somebody else signs with one of the keys.
func (w *world) foreign(rt *rapid.T) {
	k := rapid.SampledFrom(w.keys).Draw(rt, "key")
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	a := k.Address()
	w.signed++
	tx, err := k.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: testChain, Nonce: w.ledger.nonces[a] + rapid.Uint64Range(0, 2).Draw(rt, "ahead"),
		To: &w.targets[0], Gas: 40_000 + w.signed}), testChain)
	require.NoError(w.t, err)
	if w.ledger.wild[a] == nil {
		w.ledger.wild[a] = map[uint64][]*types.Transaction{}
	}
	w.ledger.wild[a][tx.Nonce()] = append(w.ledger.wild[a][tx.Nonce()], tx)
	_ = w.ledger.add(tx)
}

func (w *world) lagBehind(rt *rapid.T) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	w.ledger.lag = rapid.IntRange(0, 4).Draw(rt, "blocks")
}

func (w *world) crashNow(rt *rapid.T) {
	percent := rapid.SampledFrom([]int{0, 50, 100}).Draw(rt, "unsynced data kept")
	w.crash(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), percent)
	w.fed = 0
	for _, b := range w.ledger.blocks {
		if b.Height <= w.box.Cursor().Height {
			w.fed++
		}
	}
}

// settle waits until the outbox has done what it can without the ledger moving.
func (w *world) settle() {
	w.until("the outbox to settle", func() bool {
		w.box.mu.Lock()
		defer w.box.mu.Unlock()
		for _, e := range w.box.byID {
			if e.state == final || e.state == preparing && !(w.box.keys[e.key].flight >= w.box.opts.InFlight && !e.slot) {
				return false
			}
		}
		return true
	})
}

// executed lists the blocks' transactions by request.
func (w *world) executed() map[[32]byte][]common.Hash {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	done := map[[32]byte][]common.Hash{}
	for _, b := range w.ledger.blocks {
		for _, tx := range b.Txs {
			if len(tx.Data()) == 32 {
				id := [32]byte(tx.Data())
				done[id] = append(done[id], tx.Hash())
			}
		}
	}
	return done
}

func (w *world) checkOnce() {
	for id, txs := range w.executed() {
		if len(txs) > 1 {
			w.rt.Fatalf("P1: request %x was executed %d times", id[:2], len(txs))
		}
	}
}

// finish ends all refusals, asks for everything again and lets blocks come until all is answered.
func (w *world) finish() {
	w.ledger.mu.Lock()
	w.ledger.refusing, w.ledger.lag = map[common.Address]admit.Reason{}, 0
	w.ledger.mu.Unlock()
	w.feed(1 << 20)
	open := map[[32]byte]<-chan answer{}
	for id, req := range w.asked {
		open[id] = w.submit(req)
	}
	finals := map[[32]byte]Final{}
	deadline := time.Now().Add(30 * time.Second)
	for len(open) > 0 {
		if time.Now().After(deadline) {
			w.rt.Fatalf("P3: not answered: %s", w.stuck())
		}
		w.settle()
		w.box.Tick(context.Background())
		w.settle()
		w.ledger.mine(w.keys, 100, all)
		w.feed(1 << 20)
		for id, ch := range open {
			select {
			case a := <-ch:
				if a.err != nil {
					// A refusal that was on its way when refusals ended: ask once more.
					open[id] = w.submit(w.asked[id])
					continue
				}
				finals[id] = a.final
				delete(open, id)
			default:
			}
		}
	}
	w.checkOnce()
	done := w.executed()
	for id, f := range finals {
		if len(done[id]) != 1 || done[id][0] != f.TxHash {
			w.rt.Fatalf("P2: request %x: answered %s, executed %v", id[:2], f.TxHash, done[id])
		}
		if b := w.ledger.blocks[f.Number-1]; b.Hash != f.BlockHash || b.Txs[f.TxIndex].Hash() != f.TxHash {
			w.rt.Fatalf("P2: request %x: its block doesn't hold it", id[:2])
		}
	}
}

func (w *world) stuck() string {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	s := ""
	for id, e := range w.box.byID {
		k := w.box.keys[e.key]
		s += fmt.Sprintf("\n%x state %d nonce %d base %d filler %v waits for %s", id[:2], e.state, e.nonce, k.base, e.filler, e.waits)
	}
	return s
}
