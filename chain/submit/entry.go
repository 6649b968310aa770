package submit

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// state is where a request in memory stands. Everything of an entry is guarded by Outbox.mu; while it
// is preparing, one goroutine owns its transaction.
type state uint8

const (
	preparing state = iota // prepare is at work on it
	sent                   // signed, stored and sent; holds its nonce
	blocked                // asked again after a refusal, but its nonce went to another request
	refused                // signed once, refused since
	orphan                 // needs a signature and its key is not here
	final                  // in a final block; a revert is being explained
)

// entry is a request that is not final.
type entry struct {
	id     [32]byte
	digest common.Hash
	key    common.Address
	to     *common.Address
	data   []byte
	gas    uint64 // 0 until estimated
	filler bool

	state state
	tx    *types.Transaction // the one transaction of the request that may be alive
	nonce uint64             // of tx, or reserved for it
	lost  bool               // another transaction took the nonce while this one was being signed
	slot  bool               // counted in its account's flight
	sends int                // ticks since tx was last sent
	waits string             // what for, in words
	out   *outcome
}

// outcome is what the callers of one attempt get.
type outcome struct {
	done  chan struct{}
	final Final
	err   error
}

func newOutcome() *outcome { return &outcome{done: make(chan struct{})} }

// account is one key's part of the outbox.
type account struct {
	addr    common.Address
	signer  Signer // the latest seen; nil after a restart
	known   bool   // base was read from the ledger
	base    uint64 // nonces below are used up
	flight  int    // requests that hold a nonce or are about to
	nonces  map[uint64]*entry
	refused map[uint64][]*entry // refused ones by nonce: their bytes may still win it
}

// account finds or makes a key's account. The caller holds mu (or is Open).
func (o *Outbox) account(addr common.Address) *account {
	k := o.keys[addr]
	if k == nil {
		k = &account{addr: addr, nonces: map[uint64]*entry{}, refused: map[uint64][]*entry{}}
		o.keys[addr] = k
	}
	return k
}

// reserve gives e the lowest nonce nobody of ours holds, so gaps close by themselves.
func (k *account) reserve(e *entry) {
	n := k.base
	for k.nonces[n] != nil {
		n++
	}
	k.nonces[n] = e
	e.nonce, e.lost = n, false
}

// release takes e's nonce from it.
func (k *account) release(e *entry) {
	if k.nonces[e.nonce] == e {
		delete(k.nonces, e.nonce)
	}
}

// unrefuse forgets that e was refused.
func (k *account) unrefuse(e *entry) {
	list := k.refused[e.nonce]
	for i, other := range list {
		if other == e {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(k.refused, e.nonce)
		return
	}
	k.refused[e.nonce] = list
}
