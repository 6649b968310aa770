package submit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

// Options sizes an outbox. Zero values mean the defaults given here.
type Options struct {
	// Signer finds the key of an address after a restart; nil, or a nil answer, leaves requests that need
	// a new signature waiting until somebody asks again with their ID.
	Signer func(common.Address) Signer
	// Errors are the custom errors of contracts that reverts are decoded with.
	Errors []abi.Error
	// Filler is the contract an empty call goes to when a refused transaction left a gap before others.
	// It must be admissible for every key. Default: Parties (0x5359...0003).
	Filler common.Address
	// InFlight is how many transactions of one key may wait for a block. Default 1,024. The pool's
	// account slots must not be fewer.
	InFlight int
	// Keep is how long results are remembered, by block time. Default 72 h.
	Keep time.Duration
	// Tick is how often waiting transactions are looked after (sent again, admission asked again,
	// gaps filled). Default 1 s; negative: only when Tick is called.
	Tick time.Duration
	// FS is the file system; default the operating system's.
	FS vfs.FS
	// Log defaults to slog.Default().
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Filler == (common.Address{}) {
		o.Filler = common.HexToAddress("0x5359000000000000000000000000000000000003")
	}
	if o.InFlight == 0 {
		o.InFlight = 1024
	}
	if o.Keep == 0 {
		o.Keep = 72 * time.Hour
	}
	if o.Tick == 0 {
		o.Tick = time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Signer == nil {
		o.Signer = func(common.Address) Signer { return nil }
	}
	return o
}

// Outbox submits calls. It is safe for concurrent use.
type Outbox struct {
	ledger Ledger
	opts   Options
	store  *store
	decode *Decoder

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // every goroutine that uses the store

	mu      sync.Mutex
	started bool
	closed  bool
	at      position
	pruned  uint64 // block time of the last pruning
	byID    map[[32]byte]*entry
	byHash  map[common.Hash]*entry
	keys    map[common.Address]*account
	pulse   chan struct{} // closed and replaced at every tick and block
}

// Open opens the outbox in dir and loads what was signed and is not final.
func Open(dir string, ledger Ledger, opts Options) (*Outbox, error) {
	opts = opts.withDefaults()
	st, err := openStore(dir, opts.FS, opts.Log)
	if err != nil {
		return nil, err
	}
	o := &Outbox{
		ledger: ledger, opts: opts, store: st, decode: NewDecoder(opts.Errors),
		byID: map[[32]byte]*entry{}, byHash: map[common.Hash]*entry{}, keys: map[common.Address]*account{},
		pulse: make(chan struct{}),
	}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	if o.at, err = st.cursor(); err == nil {
		err = st.open(o.restore)
	}
	if err != nil {
		o.cancel()
		return nil, errors.Join(err, st.close())
	}
	return o, nil
}

// restore brings a stored request that is not final back into memory.
func (o *Outbox) restore(id [32]byte, r record) error {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(r.Raw); err != nil {
		return fmt.Errorf("submit: the transaction of record %x is damaged: %w", id, err)
	}
	e := &entry{id: id, digest: r.Digest, key: r.Key, filler: r.Filler, to: tx.To(), data: tx.Data(), gas: tx.Gas(),
		tx: tx, nonce: tx.Nonce(), out: newOutcome(), waits: "the ledger to start"}
	k := o.account(r.Key)
	o.byID[id], o.byHash[tx.Hash()] = e, e
	if r.Status == statusRefused {
		e.state = refused
		e.out.err = &Refused{Reason: admit.Reason(r.Reason), Detail: r.Detail, Key: e.key, To: e.to, TxHash: tx.Hash()}
		close(e.out.done)
		k.refused[e.nonce] = append(k.refused[e.nonce], e)
		return nil
	}
	e.state, e.slot = sent, true
	k.nonces[e.nonce] = e
	k.flight++
	return nil
}

// Start sends again what was in flight and begins to look after it; requests wait for it. Call it when
// the ledger runs, with the latest final block, genesis if there is no other: a new outbox begins to
// read there, since older blocks can hold nothing of its.
func (o *Outbox) Start(ctx context.Context, head Head) error {
	if err := o.begin(head); err != nil {
		return err
	}
	o.Tick(ctx)
	if o.opts.Tick < 0 {
		return nil
	}
	o.spawn(func() {
		ticker := time.NewTicker(o.opts.Tick)
		defer ticker.Stop()
		for {
			select {
			case <-o.ctx.Done():
				return
			case <-ticker.C:
				o.Tick(o.ctx)
			}
		}
	})
	return nil
}

// begin marks the outbox as started and makes sure that it knows on disk where it began. Without that, a
// crash before the first cursor is synced would make it begin later and miss what its transactions did.
func (o *Outbox) begin(head Head) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return ErrClosed
	case o.started:
		return errors.New("submit: the outbox is started already")
	case head.Hash == common.Hash{}:
		return errors.New("submit: start: the head's hash must be given")
	}
	if o.at == (position{}) {
		at := position{Height: uint64(head.Height), Number: head.Number, Hash: head.Hash}
		if err := o.store.consume(at, nil, nil, true); err != nil {
			return err
		}
		o.at = at
	}
	o.started = true
	return nil
}

// Close stops the outbox. Waiting callers get ErrClosed; what was signed goes on after the next Start.
func (o *Outbox) Close() error {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return nil
	}
	o.closed = true
	o.mu.Unlock()
	o.cancel()
	o.work.Wait()
	return o.store.close()
}

// spawn runs fn beside the caller unless the outbox is closed.
func (o *Outbox) spawn(fn func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spawnLocked(fn)
}

func (o *Outbox) spawnLocked(fn func()) {
	if o.closed {
		return
	}
	o.work.Add(1)
	go func() {
		defer o.work.Done()
		fn()
	}()
}

// Submit makes the call and waits for its block to be final. The errors: *Refused, *Invalid, *Reverted
// (with its Final), ErrConflict, ErrClosed, and *Waiting when ctx ends before.
func (o *Outbox) Submit(ctx context.Context, req Request) (Final, error) {
	switch {
	case req.ID == [32]byte{}:
		return Final{}, errors.New("submit: request id: must not be zero")
	case req.Key == nil:
		return Final{}, errors.New("submit: request key: must be given")
	case req.Gas > MaxGas:
		return Final{}, fmt.Errorf("submit: gas %d: must be at most %d", req.Gas, MaxGas)
	}
	e, out, err := o.claim(req)
	if err != nil {
		return Final{}, err
	}
	select {
	case <-out.done:
		return out.final, out.err
	case <-ctx.Done():
		return Final{}, o.waiting(e, ctx.Err())
	case <-o.ctx.Done():
		return Final{}, ErrClosed
	}
}

// claim finds the request's entry or makes one and sets it going.
func (o *Outbox) claim(req Request) (*entry, *outcome, error) {
	digest := digestOf(req)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, nil, ErrClosed
	}
	k := o.account(req.Key.Address())
	if k.signer == nil {
		k.signer = req.Key
		o.adopt(k)
	}
	e := o.byID[req.ID]
	if e == nil {
		e = &entry{id: req.ID, digest: digest, key: req.Key.Address(), to: req.To, data: req.Data, gas: req.Gas,
			state: preparing, out: newOutcome(), waits: "its turn"}
		o.byID[req.ID] = e
		o.spawnLocked(func() { o.prepare(e, true) })
		return e, e.out, nil
	}
	if e.digest != digest {
		return nil, nil, ErrConflict
	}
	switch e.state {
	case refused: // perhaps the refusal is lifted
		e.state, e.out = preparing, newOutcome()
		o.spawnLocked(func() { o.prepare(e, false) })
	}
	return e, e.out, nil
}

// adopt sets the requests going that waited for the key k has now. The caller holds mu.
func (o *Outbox) adopt(k *account) {
	for _, e := range o.byID {
		if e.key == k.addr && e.state == orphan {
			e.state = preparing
			o.spawnLocked(func() { o.prepare(e, false) })
		}
	}
}

func (o *Outbox) waiting(e *entry, err error) *Waiting {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := &Waiting{Err: err, For: e.waits}
	if e.tx != nil {
		w.TxHash = e.tx.Hash()
	}
	return w
}

// InFlight is the number of signed transactions that are not final.
func (o *Outbox) InFlight() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, k := range o.keys {
		n += len(k.nonces)
	}
	return n
}

// Cursor is the last block consumed: after Start, follow from there. Zero is before the first block.
func (o *Outbox) Cursor() Cursor {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at.Number == 0 {
		return Cursor{}
	}
	return Cursor{Height: int64(o.at.Height), Hash: o.at.Hash}
}

// digestOf is what must be equal when an id is used again.
func digestOf(req Request) common.Hash {
	to := []byte{}
	if req.To != nil {
		to = req.To[:]
	}
	addr := req.Key.Address()
	return crypto.Keccak256Hash(addr[:], []byte{byte(len(to))}, to, req.Data)
}
