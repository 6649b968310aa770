package submit

import (
	"context"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// resendTicks is how many ticks a transaction that the pool took may wait before it is sent again.
const resendTicks = 5

// Tick looks after waiting transactions once: it asks admission again, finds out what can't be executed
// any more, closes gaps and sends again what the pool may have lost.
func (o *Outbox) Tick(ctx context.Context) {
	o.mu.Lock()
	if o.closed || !o.started {
		o.mu.Unlock()
		return
	}
	o.work.Add(1)
	defer o.work.Done()
	var keys []*account
	for _, k := range o.keys {
		if len(k.nonces)+len(k.refused) > 0 {
			keys = append(keys, k)
		}
	}
	o.mu.Unlock()
	slices.SortFunc(keys, func(a, b *account) int { return a.addr.Cmp(b.addr) })
	for _, k := range keys {
		o.tend(ctx, k)
	}
	o.mu.Lock()
	o.beat()
	o.mu.Unlock()
}

// tend is Tick for one key.
func (o *Outbox) tend(ctx context.Context, k *account) {
	nonce, number, err := o.ledger.Nonce(ctx, k.addr)
	if err != nil {
		o.opts.Log.Warn("outbox: the nonce of a key", "key", k.addr, "err", err)
		return
	}
	o.mu.Lock()
	k.known, k.base = true, max(k.base, nonce)
	o.bury(k, nonce, number)
	waiting := o.waitingOf(k)
	o.mu.Unlock()

	var out []common.Hash
	for _, e := range o.unadmitted(ctx, k, waiting) {
		if o.refuseSent(e.entry, e.tx, e.no) {
			out = append(out, e.tx.Hash())
		}
	}
	if len(out) > 0 {
		o.ledger.Drop(ctx, out)
	}
	o.fill(ctx, k)
	for _, e := range waiting {
		o.mu.Lock()
		e.sends++
		due := e.state == sent && (e.waits != "a block to hold it" || e.sends >= resendTicks)
		o.mu.Unlock()
		if due {
			o.send(e)
		}
	}
}

// bury finds transactions whose nonce was used in a block the outbox has consumed (or that was final
// before the outbox saw them): had it been theirs, Observe would have ended them. The caller holds mu.
func (o *Outbox) bury(k *account, nonce, number uint64) {
	if o.at.Number < number {
		return // the block that used it may still be on its way here
	}
	var dead []*entry
	for n, e := range k.nonces {
		if n < nonce && (e.state == sent || e.state == preparing) {
			dead = append(dead, e)
		}
	}
	for n, list := range k.refused {
		if n < nonce {
			dead = append(dead, list...)
		}
	}
	for _, e := range dead {
		if e.state == refused {
			if err := o.store.drop(e.id); err != nil {
				o.opts.Log.Error("outbox: forget a request", "err", err)
			}
		}
		o.died(e)
	}
}

// waitingOf lists a key's sent requests by nonce and starts blocked ones again whose nonce came free.
// The caller holds mu.
func (o *Outbox) waitingOf(k *account) []*entry {
	var waiting []*entry
	for _, e := range k.nonces {
		if e.state == sent {
			waiting = append(waiting, e)
		}
	}
	slices.SortFunc(waiting, func(a, b *entry) int {
		if a.nonce < b.nonce {
			return -1
		}
		return 1
	})
	for n, list := range k.refused {
		for _, e := range list {
			if e.state == blocked && k.nonces[n] == nil && n >= k.base {
				e.state = preparing
				o.spawnLocked(func() { o.prepare(e, false) })
			}
		}
	}
	return waiting
}

// turned is a sent request that isn't admitted any more.
type turned struct {
	*entry
	tx *types.Transaction
	no *Refused
}

// unadmitted asks admission once per contract called.
func (o *Outbox) unadmitted(ctx context.Context, k *account, waiting []*entry) []turned {
	answers := map[common.Address]*Refused{}
	var out []turned
	for _, e := range waiting {
		to := common.Address{} // stands for creation
		if e.to != nil {
			to = *e.to
		}
		no, asked := answers[to]
		if !asked {
			if err := o.ledger.Admit(ctx, k.addr, e.to); err != nil && !errors.As(err, &no) {
				no = nil // not known at present
			}
			answers[to] = no
		}
		if no == nil {
			continue
		}
		o.mu.Lock()
		tx := e.tx
		o.mu.Unlock()
		if tx != nil {
			out = append(out, turned{e, tx, no})
		}
	}
	return out
}

// fill puts fillers into gaps that a refusal left below waiting transactions, which could otherwise
// never be executed.
func (o *Outbox) fill(ctx context.Context, k *account) {
	o.mu.Lock()
	gaps := k.gaps()
	o.mu.Unlock()
	if len(gaps) == 0 || o.ledger.Admit(ctx, k.addr, &o.opts.Filler) != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range gaps {
		if k.nonces[n] != nil || n < k.base {
			continue
		}
		id := fillerID(k.addr, n)
		e := o.byID[id]
		if e != nil && e.state == refused { // an earlier filler of this gap: its bytes do as well
			e.state, e.out = preparing, newOutcome()
			o.spawnLocked(func() { o.prepare(e, false) })
			continue
		}
		if e != nil {
			continue
		}
		e = &entry{id: id, key: k.addr, filler: true, to: &o.opts.Filler, gas: fillerGas, nonce: n,
			state: preparing, out: newOutcome(), waits: "its turn"}
		o.byID[id], k.nonces[n] = e, e
		o.spawnLocked(func() { o.prepare(e, false) })
	}
}

// fillerGas is enough for an empty call to any contract to fail; it need not succeed.
const fillerGas = 60_000

// gaps are the nonces below a waiting transaction that nobody holds.
func (k *account) gaps() []uint64 {
	if !k.known || len(k.nonces) == 0 {
		return nil
	}
	top := uint64(0)
	for n := range k.nonces {
		top = max(top, n)
	}
	var gaps []uint64
	for n := k.base; n < top; n++ {
		if k.nonces[n] == nil {
			gaps = append(gaps, n)
		}
	}
	return gaps
}

func fillerID(addr common.Address, nonce uint64) [32]byte {
	return crypto.Keccak256Hash([]byte("suyuan/submit/filler"), addr[:], binary.BigEndian.AppendUint64(nil, nonce))
}

func bigOf(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
