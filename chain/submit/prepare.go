package submit

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// prepare brings a request from asked to sent: admission, gas, nonce, signature, disk, pool. It is the
// only goroutine at work on e. fresh: the request may have been answered in an earlier life.
func (o *Outbox) prepare(e *entry, fresh bool) {
	if fresh && o.answered(e) {
		return
	}
	if !o.acquire(e) || !o.admitted(e) {
		return
	}
	if again, ok := o.resume(e); again {
		if ok {
			o.send(e)
		}
		return
	}
	if !o.estimated(e) || !o.based(e) {
		return
	}
	for {
		signer, ok := o.reserve(e)
		if !ok {
			return
		}
		tx, err := signer.SignTx(types.NewTx(&types.DynamicFeeTx{
			ChainID: o.ledger.ChainID(), Nonce: e.nonce, To: e.to, Data: e.data, Gas: e.gas,
		}), o.ledger.ChainID())
		if err == nil {
			var raw []byte
			if raw, err = tx.MarshalBinary(); err == nil {
				err = o.store.save(e.id, record{Status: statusSent, Digest: e.digest, Key: e.key, Filler: e.filler, Raw: raw}, true)
			}
		}
		if err != nil {
			o.fail(e, fmt.Errorf("submit: sign and store a call of %s: %w", e.key.Hex(), err))
			return
		}
		if o.signed(e, tx) {
			break
		}
		// Another transaction of the key took the nonce meanwhile. Nothing was sent: sign again.
	}
	o.send(e)
}

// answered ends e with the stored answer of an earlier life, if there is one.
func (o *Outbox) answered(e *entry) bool {
	r, found, err := o.store.load(e.id)
	switch {
	case err != nil:
		o.fail(e, err)
		return true
	case !found || r.Status != statusFinal:
		return false
	case r.Digest != e.digest:
		o.fail(e, ErrConflict)
		return true
	}
	res := r.Result[0]
	o.mu.Lock()
	e.state = final
	o.mu.Unlock()
	if res.Status == types.ReceiptStatusFailed && !res.Explained {
		o.explain(e, r)
		return true
	}
	o.finish(e, res.final(), res.err())
	return true
}

// acquire waits until the outbox is started and the key has room for one more in flight.
func (o *Outbox) acquire(e *entry) bool {
	for {
		o.mu.Lock()
		if e.state == final { // its refused bytes were executed after all
			o.mu.Unlock()
			return false
		}
		k := o.account(e.key)
		if o.started && (e.slot || e.filler || k.flight < o.opts.InFlight) {
			if !e.slot {
				e.slot = true
				k.flight++
			}
			o.mu.Unlock()
			return true
		}
		e.waits = "the ledger to start"
		if o.started {
			e.waits = fmt.Sprintf("one of %d transactions of its key to be final", k.flight)
		}
		pulse := o.pulse
		o.mu.Unlock()
		if !o.await(pulse) {
			return false
		}
	}
}

// admitted asks admission; a no ends the request, no answer is asked again.
func (o *Outbox) admitted(e *entry) bool {
	for {
		err := o.ledger.Admit(o.ctx, e.key, e.to)
		if err == nil {
			return true
		}
		var no *Refused
		if errors.As(err, &no) {
			o.refuse(e, no)
			return false
		}
		if !o.retry(e, fmt.Sprintf("admission to answer: %v", err)) {
			return false
		}
	}
}

// resume takes up a refused transaction again, byte for byte, if its nonce is still free: while those
// bytes may be executed there must not be others for this id. again says that e has such bytes; ok that
// it holds its nonce now.
func (o *Outbox) resume(e *entry) (again, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.tx == nil || e.state == final {
		return e.state == final, false
	}
	k := o.account(e.key)
	if k.nonces[e.nonce] != nil || e.nonce < k.base {
		e.state, e.waits = blocked, fmt.Sprintf("nonce %d, of its earlier refused transaction, to be used up", e.nonce)
		return true, false
	}
	k.unrefuse(e)
	k.nonces[e.nonce] = e
	e.state = sent
	raw, err := e.tx.MarshalBinary()
	if err == nil {
		err = o.store.save(e.id, record{Status: statusSent, Digest: e.digest, Key: e.key, Filler: e.filler, Raw: raw}, false)
	}
	if err != nil {
		o.opts.Log.Error("outbox: store a resumed request", "err", err)
	}
	return true, true
}

// maxMargin bounds what is added to an estimate because the state may move before the call runs. What a
// transaction asks for counts against the block, used or not: a fifth of a large one would be for nothing.
const maxMargin = 500_000

// estimated finds the gas limit of a request that gave none. A call that reverts ends the request.
func (o *Outbox) estimated(e *entry) bool {
	for e.gas == 0 {
		gas, err := o.ledger.Estimate(o.ctx, ethereum.CallMsg{From: e.key, To: e.to, Data: e.data})
		if err == nil {
			e.gas = min(gas+min(gas/5, maxMargin), MaxGas)
			break
		}
		if r, ok := o.decode.Revert(err); ok {
			o.fail(e, r)
			return false
		}
		if !o.retry(e, fmt.Sprintf("an estimate of its gas: %v", err)) {
			return false
		}
	}
	return true
}

// based reads the key's nonce from the ledger if this is its first request here.
func (o *Outbox) based(e *entry) bool {
	for {
		o.mu.Lock()
		known := o.account(e.key).known
		o.mu.Unlock()
		if known {
			return true
		}
		n, _, err := o.ledger.Nonce(o.ctx, e.key)
		if err == nil {
			o.mu.Lock()
			k := o.account(e.key)
			k.known, k.base = true, max(k.base, n)
			o.mu.Unlock()
			return true
		}
		if !o.retry(e, fmt.Sprintf("its key's nonce: %v", err)) {
			return false
		}
	}
}

// reserve gives e a nonce and finds its signer. A filler has its nonce already, or has lost its purpose.
func (o *Outbox) reserve(e *entry) (Signer, bool) {
	o.mu.Lock()
	k := o.account(e.key)
	signer := k.signer
	o.mu.Unlock()
	if signer == nil {
		signer = o.opts.Signer(e.key)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.filler && (e.lost || signer == nil) {
		k.release(e)
		o.dropLocked(e) // signed for a nonce that is gone, or not at all
		o.endLocked(e, Final{}, nil)
		return nil, false
	}
	if signer == nil {
		e.state, e.waits = orphan, "a signature by its key, which this node doesn't hold now"
		return nil, false
	}
	k.signer = signer
	if !e.filler {
		k.reserve(e)
	}
	return signer, true
}

// signed makes tx the request's transaction, unless its nonce was lost meanwhile.
func (o *Outbox) signed(e *entry, tx *types.Transaction) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.lost {
		return false
	}
	e.tx, e.state = tx, sent
	o.byHash[tx.Hash()] = e
	return true
}

// send puts e's transaction into the pool and sorts what the pool says.
func (o *Outbox) send(e *entry) {
	o.mu.Lock()
	tx := e.tx
	if e.state != sent || tx == nil {
		o.mu.Unlock()
		return
	}
	e.sends = 0
	o.mu.Unlock()
	err := o.ledger.Send(o.ctx, tx)
	var no *Refused
	switch {
	case err == nil || errors.Is(err, txpool.ErrAlreadyKnown):
		o.waitFor(e, "a block to hold it")
	case errors.As(err, &no):
		if o.refuseSent(e, tx, no) {
			o.ledger.Drop(o.ctx, []common.Hash{tx.Hash()})
		}
	case hopeless(err):
		o.mu.Lock()
		if e.state == sent && e.tx == tx {
			o.account(e.key).release(e)
			o.dropLocked(e)
			o.endLocked(e, Final{}, invalid(err))
		}
		o.mu.Unlock()
	case errors.Is(err, core.ErrNonceTooLow):
		o.waitFor(e, "the block that used its nonce")
	default:
		o.waitFor(e, fmt.Sprintf("the pool to take it: %v", err))
	}
}

// hopeless errors depend on nothing but the transaction: no pool and no block will ever take it.
func hopeless(err error) bool {
	if own := (*Invalid)(nil); errors.As(err, &own) {
		return true
	}
	for _, never := range []error{
		core.ErrIntrinsicGas, core.ErrFloorDataGas, core.ErrGasLimitTooHigh, core.ErrTxTypeNotSupported,
		vm.ErrMaxInitCodeSizeExceeded, txpool.ErrOversizedData, txpool.ErrInvalidSender, txpool.ErrGasLimit,
	} {
		if errors.Is(err, never) {
			return true
		}
	}
	return false
}

// invalid wraps err unless the ledger has done so.
func invalid(err error) *Invalid {
	if own := (*Invalid)(nil); errors.As(err, &own) {
		return own
	}
	return &Invalid{err}
}

// refuse ends a request that is being prepared with a refusal.
func (o *Outbox) refuse(e *entry, no *Refused) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.state == final {
		return
	}
	answer := o.refusal(e, no)
	if e.tx == nil { // nothing alive is out there
		o.account(e.key).release(e)
		o.dropLocked(e)
		o.endLocked(e, Final{}, answer)
		return
	}
	e.state = refused
	o.endLocked(e, Final{}, answer)
}

// refuseSent takes tx, which is out there, out of the line: its nonce is free for others, and the record
// stays because the bytes may still be executed. It is false if e has moved on meanwhile.
func (o *Outbox) refuseSent(e *entry, tx *types.Transaction, no *Refused) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.state != sent || e.tx != tx {
		return false
	}
	k := o.account(e.key)
	k.release(e)
	k.refused[e.nonce] = append(k.refused[e.nonce], e)
	e.state = refused
	raw, err := tx.MarshalBinary()
	if err == nil {
		err = o.store.save(e.id, record{Status: statusRefused, Digest: e.digest, Key: e.key, Filler: e.filler,
			Raw: raw, Reason: uint8(no.Reason), Detail: no.Detail}, false)
	}
	if err != nil {
		o.opts.Log.Error("outbox: store a refusal", "err", err)
	}
	o.endLocked(e, Final{}, o.refusal(e, no))
	return true
}

// refusal is a copy of no for e's callers.
func (o *Outbox) refusal(e *entry, no *Refused) *Refused {
	answer := *no
	answer.Key, answer.To, answer.TxHash = e.key, e.to, common.Hash{}
	if e.tx != nil {
		answer.TxHash = e.tx.Hash()
	}
	return &answer
}

// fail ends a request of which nothing is out there.
func (o *Outbox) fail(e *entry, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.tx == nil {
		o.account(e.key).release(e)
	}
	o.endLocked(e, Final{}, err)
}

func (o *Outbox) finish(e *entry, f Final, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.endLocked(e, f, err)
}

// endLocked gives the callers their answer. A refused request stays in memory, all others leave it.
func (o *Outbox) endLocked(e *entry, f Final, err error) {
	if e.slot {
		e.slot = false
		o.account(e.key).flight--
		o.beat() // somebody may wait for the room
	}
	if e.state != refused {
		delete(o.byID, e.id)
	}
	e.out.final, e.out.err = f, err
	close(e.out.done)
}

// dropLocked forgets a record of which nothing alive is out there.
func (o *Outbox) dropLocked(e *entry) {
	if e.tx != nil {
		delete(o.byHash, e.tx.Hash())
	}
	if err := o.store.drop(e.id); err != nil {
		o.opts.Log.Error("outbox: forget a request", "err", err)
	}
}

func (o *Outbox) waitFor(e *entry, what string) {
	o.mu.Lock()
	e.waits = what
	o.mu.Unlock()
}

// retry waits for the next tick or block. It is false when the outbox closes.
func (o *Outbox) retry(e *entry, what string) bool {
	o.mu.Lock()
	e.waits = what
	pulse := o.pulse
	o.mu.Unlock()
	return o.await(pulse)
}

func (o *Outbox) await(pulse <-chan struct{}) bool {
	select {
	case <-pulse:
		return true
	case <-o.ctx.Done():
		return false
	}
}
