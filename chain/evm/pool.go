package evm

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/txpool/legacypool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/event"
)

const (
	// gossipBacklog bounds the transactions waiting to be sent to peers. What is dropped is sent again
	// by the next repeat while it is still pending.
	gossipBacklog = 1 << 16
	// gossipRepeat is how often pending transactions are sent again: peers may have connected since, or
	// have dropped them.
	gossipRepeat = 10 * time.Second
	// gossipRepeatBytes bounds what one repeat sends again. A pool holds more than peers can be sent every
	// few seconds.
	gossipRepeatBytes = 1 << 20
)

// pool wraps go-ethereum's pool with what a permissioned ledger needs of it: an admission check at the
// door, a queue of transactions for peers, and a way to get rid of transactions.
//
// go-ethereum's pool can't remove a transaction, pending ones never expire, and with all tips 0 no
// transaction ever replaces another. So what became inadmissible gets a tombstone, which gossip and
// builder skip, and when there are too many the pool is cleared and refilled.
type pool struct {
	s    *Service
	txs  *txpool.TxPool
	sub  event.Subscription
	ch   chan core.NewTxsEvent
	done sync.WaitGroup

	mu       sync.Mutex
	outbox   []*types.Transaction // for peers, oldest first
	repeated time.Time
	tombs    map[common.Hash]struct{}
}

func newPool(s *Service) *pool {
	return &pool{s: s, txs: s.eth.TxPool(), ch: make(chan core.NewTxsEvent, 256), tombs: map[common.Hash]struct{}{}, repeated: time.Now()}
}

func (p *pool) start() {
	p.sub = p.txs.SubscribeTransactions(p.ch, false)
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		for {
			select {
			case ev := <-p.ch:
				p.mu.Lock()
				if room := gossipBacklog - len(p.outbox); room > 0 {
					p.outbox = append(p.outbox, ev.Txs[:min(room, len(ev.Txs))]...)
				}
				p.mu.Unlock()
			case <-p.sub.Err():
				return
			}
		}
	}()
}

func (p *pool) stop() {
	if p.sub != nil {
		p.sub.Unsubscribe()
	}
	p.done.Wait()
}

// Errors of Send beside *Inadmissible and go-ethereum's own.
var (
	// ErrKnown says that the pool has the transaction already.
	ErrKnown = txpool.ErrAlreadyKnown
	// ErrPoolFull says to try again later.
	ErrPoolFull = errors.New("the pool is full, try again later")
)

// Send checks a transaction and puts it in the pool: the one door for RPC, submission and gossip.
func (s *Service) Send(tx *types.Transaction) error {
	if _, _, err := s.admit(tx); err != nil {
		return err
	}
	return s.pool.add(tx)
}

func (p *pool) add(tx *types.Transaction) error {
	if p.unbury(tx.Hash()) {
		return nil // it was only skipped
	}
	err := p.txs.Add([]*types.Transaction{tx}, false)[0]
	if errors.Is(err, txpool.ErrReplaceUnderpriced) && p.blockedByTomb(tx) {
		p.rebuild()
		err = p.txs.Add([]*types.Transaction{tx}, false)[0]
	}
	switch {
	case errors.Is(err, txpool.ErrUnderpriced), errors.Is(err, legacypool.ErrTxPoolOverflow):
		return ErrPoolFull // all prices are 0: underpriced means that there is no room
	case errors.Is(err, txpool.ErrReplaceUnderpriced):
		return fmt.Errorf("another transaction with nonce %d of this key is pending: %w", tx.Nonce(), err)
	}
	return err
}

// Bury marks transactions as not to be looked at again, as if they had become inadmissible. One that is
// sent again comes back.
func (s *Service) Bury(hashes []common.Hash) {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	for _, h := range hashes {
		s.pool.tombs[h] = struct{}{}
	}
}

// unbury lifts a tombstone: the transaction came again and is admissible now. It tells whether the pool
// still has it.
func (p *pool) unbury(hash common.Hash) bool {
	p.mu.Lock()
	_, was := p.tombs[hash]
	delete(p.tombs, hash)
	p.mu.Unlock()
	return was && p.txs.Has(hash)
}

func (p *pool) buried(hash common.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.tombs[hash]
	return ok
}

// blockedByTomb tells whether the transaction that holds tx's nonce in the pool is a dead one.
func (p *pool) blockedByTomb(tx *types.Transaction) bool {
	sender, err := types.Sender(types.LatestSigner(p.s.chain.Config()), tx)
	if err != nil {
		return false
	}
	pending, queued := p.txs.ContentFrom(sender)
	for _, list := range [][]*types.Transaction{pending, queued} {
		for _, other := range list {
			if other.Nonce() == tx.Nonce() {
				var no *Inadmissible
				return p.buried(other.Hash()) || errors.As(p.s.Admit(other), &no)
			}
		}
	}
	return false
}

// tidy rebuilds the pool when the dead take more than a quarter of it. Called after every EVM block.
func (p *pool) tidy() {
	p.mu.Lock()
	dead := len(p.tombs)
	p.mu.Unlock()
	if uint64(dead) > p.s.cfg.PoolTransactions/4 {
		p.rebuild()
	}
}

// rebuild clears the pool and puts back what is admissible.
func (p *pool) rebuild() {
	pending, queued := p.txs.Content()
	p.txs.Clear()
	p.mu.Lock()
	p.tombs = map[common.Hash]struct{}{}
	p.mu.Unlock()
	var keep []*types.Transaction
	for _, set := range []map[common.Address][]*types.Transaction{pending, queued} {
		for _, list := range set {
			for _, tx := range list {
				if p.s.Admit(tx) != nil {
					break // later ones of this account would wait for it for ever
				}
				keep = append(keep, tx)
			}
		}
	}
	p.txs.Add(keep, false)
	p.s.log.Info("pool rebuilt", "kept", len(keep))
}

// Reap takes transactions to send to peers, at most maxBytes of them (0: no limit). Each is handed out
// when it is new and then again now and then while it is pending.
func (s *Service) Reap(maxBytes uint64) [][]byte {
	p := s.pool
	p.repeat()
	p.mu.Lock()
	defer p.mu.Unlock()
	var out [][]byte
	var size uint64
	for i, tx := range p.outbox {
		if maxBytes > 0 && len(out) > 0 && size+tx.Size() > maxBytes {
			p.outbox = p.outbox[i:]
			return out
		}
		if _, dead := p.tombs[tx.Hash()]; dead {
			continue
		}
		raw, err := tx.MarshalBinary()
		if err != nil {
			continue
		}
		size += tx.Size()
		out = append(out, raw)
	}
	p.outbox = nil
	return out
}

// repeat queues pending transactions that are older than one repeat for sending once more.
func (p *pool) repeat() {
	now := time.Now()
	p.mu.Lock()
	due := now.Sub(p.repeated) >= gossipRepeat && len(p.outbox) == 0
	if due {
		p.repeated = now
	}
	p.mu.Unlock()
	if !due {
		return
	}
	pending, _ := p.txs.Pending(txpool.PendingFilter{})
	old := overdue(pending, p.buried, now.Add(-gossipRepeat), gossipRepeatBytes)
	p.mu.Lock()
	p.outbox = append(p.outbox, old...)
	p.mu.Unlock()
}

// overdue picks pending transactions that came before a time, at most room bytes of them: the next nonces
// of every account first, for later ones are of no use without them. An account ends with its first dead one.
func overdue(pending map[common.Address][]*txpool.LazyTransaction, dead func(common.Hash) bool, before time.Time, room uint64) []*types.Transaction {
	var picked []*types.Transaction
	for i := 0; len(pending) > 0; i++ {
		for account, list := range pending {
			var tx *types.Transaction
			if i < len(list) && !list[i].Time.After(before) && !dead(list[i].Hash) {
				tx = list[i].Resolve()
			}
			if tx == nil {
				delete(pending, account)
				continue
			}
			if tx.Size() > room {
				return picked
			}
			room -= tx.Size()
			picked = append(picked, tx)
		}
	}
	return picked
}

// Pool tells how many transactions are executable, how many wait for an earlier nonce, and how many are
// dead.
func (s *Service) Pool() (pending, queued, dead int) {
	pending, queued = s.eth.TxPool().Stats()
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return pending, queued, len(s.pool.tombs)
}
