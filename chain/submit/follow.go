package submit

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
)

// Observe consumes a final block. Every block behind Cursor must be given, in order, from one goroutine;
// a block given again is passed over. It doesn't wait for the disk.
func (o *Outbox) Observe(b Block) error {
	if len(b.Senders) != len(b.Txs) || len(b.Receipts) != len(b.Txs) {
		return fmt.Errorf("submit: block %d: %d transactions, %d senders, %d receipts", b.Number, len(b.Txs), len(b.Senders), len(b.Receipts))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return ErrClosed
	}
	if b.Number <= o.at.Number {
		return nil
	}
	// A store operation after Close would panic: hold Close back.
	o.work.Add(1)
	defer o.work.Done()

	done := map[[32]byte]record{}
	won := map[*entry]record{}
	var gone [][32]byte
	var dead []*entry
	for i, tx := range b.Txs {
		k := o.keys[b.Senders[i]]
		if k == nil {
			continue
		}
		n := tx.Nonce()
		k.base = max(k.base, n+1)
		winner := o.byHash[tx.Hash()]
		if winner != nil {
			r := record{Status: statusFinal, Digest: winner.digest, Key: winner.key, Filler: winner.filler,
				Result: []result{resultOf(b, i)}}
			done[winner.id], won[winner] = r, r
		}
		if e := k.nonces[n]; e != nil && e != winner {
			dead = append(dead, e)
		}
		for _, e := range k.refused[n] {
			if e != winner {
				dead = append(dead, e)
				if e.state == refused {
					gone = append(gone, e.id)
				}
			}
		}
	}
	at := position{Height: uint64(b.Height), Number: b.Number, Hash: b.Hash}
	if err := o.store.consume(at, done, gone, false); err != nil {
		return err
	}
	o.at = at
	for e, r := range won {
		o.won(e, r)
	}
	for _, e := range dead {
		o.died(e)
	}
	o.beat()
	return o.prune(b.Time)
}

// won ends the request whose transaction is in a final block. The caller holds mu.
func (o *Outbox) won(e *entry, r record) {
	k := o.account(e.key)
	k.release(e)
	k.unrefuse(e)
	delete(o.byHash, e.tx.Hash())
	asked := e.state != refused // the callers of a refused one have their answer
	e.state = final
	res := r.Result[0]
	switch {
	case !asked:
		delete(o.byID, e.id)
	case res.Status == types.ReceiptStatusFailed && !e.filler:
		o.spawnLocked(func() { o.explain(e, r) })
	default:
		o.endLocked(e, res.final(), nil)
	}
}

// died takes a transaction away from its request: a final block used its nonce for another, so it can't
// be executed any more and the request may have a new one. The caller holds mu.
func (o *Outbox) died(e *entry) {
	k := o.account(e.key)
	k.release(e)
	k.unrefuse(e)
	if e.tx != nil {
		delete(o.byHash, e.tx.Hash())
		e.tx = nil
	}
	switch e.state {
	case preparing:
		e.lost = true // prepare is at work and looks
	case refused:
		delete(o.byID, e.id)
	case sent, blocked:
		if e.filler {
			o.dropLocked(e)
			o.endLocked(e, Final{}, nil)
			return
		}
		e.state, e.waits = preparing, "its turn again: another transaction of its key used its nonce"
		o.spawnLocked(func() { o.prepare(e, false) })
	}
}

// explain finds out why a transaction reverted, notes it and ends the request.
func (o *Outbox) explain(e *entry, r record) {
	res := &r.Result[0]
	if e.tx != nil {
		data, err := o.ledger.RevertData(o.ctx, e.tx, e.key, res.Number)
		if err != nil {
			o.opts.Log.Warn("outbox: no reason found for a revert", "tx", res.TxHash, "err", err)
		}
		res.Data = data
		res.Name, res.Reason = o.decode.Decode(data)
		res.Explained = true
		if err := o.store.save(e.id, r, false); err != nil {
			o.opts.Log.Error("outbox: store the reason of a revert", "err", err)
		}
	}
	o.finish(e, res.final(), res.err())
}

// prune forgets old results about once a minute of block time. The caller holds mu.
func (o *Outbox) prune(now uint64) error {
	keep := uint64(o.opts.Keep / time.Second)
	if now < o.pruned+60 || now < keep {
		return nil
	}
	o.pruned = now
	return o.store.forget(now - keep)
}

// beat wakes everybody who waits for something to change. The caller holds mu.
func (o *Outbox) beat() {
	close(o.pulse)
	o.pulse = make(chan struct{})
}

// resultOf is the result of transaction i of a block.
func resultOf(b Block, i int) result {
	r := b.Receipts[i]
	return result{
		Height: uint64(b.Height), Number: b.Number, BlockHash: b.Hash, BlockTime: b.Time,
		TxHash: b.Txs[i].Hash(), TxIndex: uint64(i), Nonce: b.Txs[i].Nonce(),
		GasUsed: r.GasUsed, Cumulative: r.CumulativeGasUsed, Status: r.Status, Type: r.Type,
		Contract: r.ContractAddress,
	}
}

// final rebuilds the Final of a stored result.
func (r result) final() Final {
	receipt := &types.Receipt{
		Type: r.Type, Status: r.Status, CumulativeGasUsed: r.Cumulative, TxHash: r.TxHash,
		ContractAddress: r.Contract, GasUsed: r.GasUsed, BlockHash: r.BlockHash, TransactionIndex: uint(r.TxIndex),
		BlockNumber: bigOf(r.Number), EffectiveGasPrice: bigOf(0),
	}
	return Final{Height: int64(r.Height), Number: r.Number, BlockHash: r.BlockHash, BlockTime: r.BlockTime,
		TxHash: r.TxHash, TxIndex: uint(r.TxIndex), Nonce: r.Nonce, GasUsed: r.GasUsed, Receipt: receipt}
}

// err is the error of a result that reverted, else nil.
func (r result) err() error {
	if r.Status != types.ReceiptStatusFailed {
		return nil
	}
	f := r.final()
	return &Reverted{Final: &f, Name: r.Name, Reason: r.Reason, Data: r.Data}
}
