package evm

import (
	"errors"
	"sort"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// queue orders the pool's transactions for a block: parties in turn, within a party its accounts in
// turn, within an account by nonce.
type queue struct {
	parties []*partyQueue
	at      int
}

type quota struct{ gas, bytes uint64 }

type partyQueue struct {
	accounts []*account
	at       int
	used     quota
}

type account struct {
	txs    []*types.Transaction // what is left, lowest nonce first
	asleep bool                 // its next transaction doesn't fit in this pass
}

// candidates reads the pool and keeps what may be in a block of this time. Inadmissible transactions
// get a tombstone, so that nobody asks about them again.
func (s *Service) candidates(at uint64, deadline time.Time) (*queue, error) {
	pending, _ := s.eth.TxPool().Pending(txpool.PendingFilter{BaseFee: new(uint256.Int), MinTip: new(uint256.Int), GasLimitCap: MaxTxGas})
	adm, err := s.admission()
	if err != nil {
		return nil, err
	}
	state, err := s.chain.StateAt(adm.parent.Root, adm.parent.Number, adm.parent.Time)
	if err != nil {
		return nil, err
	}
	byParty := map[common.Address]*partyQueue{}
	var order []common.Address
	for sender, lazies := range pending {
		if time.Now().After(deadline) {
			break
		}
		nonce := state.GetNonce(sender)
		acc := &account{}
		var party common.Address
		for i, lazy := range lazies {
			tx := lazy.Resolve()
			if tx == nil || s.pool.buried(lazy.Hash) {
				break
			}
			if tx.Nonce() < nonce {
				continue // in the parent state already
			}
			if tx.Nonce() > nonce+uint64(len(acc.txs)) {
				break
			}
			_, of, err := adm.admissible(tx, at)
			var no *Inadmissible
			if errors.As(err, &no) {
				s.Bury(hashesOf(lazies[i:]))
				break // nothing after it can be in this block either
			}
			if err != nil {
				s.forgetAdmission(adm)
				return nil, err
			}
			party = of
			acc.txs = append(acc.txs, tx)
			if len(acc.txs) == MaxBlockTxs {
				break
			}
		}
		if len(acc.txs) == 0 {
			continue
		}
		q := byParty[party]
		if q == nil {
			q = &partyQueue{}
			byParty[party] = q
			order = append(order, party)
		}
		q.accounts = append(q.accounts, acc)
	}
	// Who comes first turns from block to block.
	sort.Slice(order, func(i, j int) bool { return order[i].Cmp(order[j]) < 0 })
	out := &queue{}
	for i := range order {
		out.parties = append(out.parties, byParty[order[(i+int(at%uint64(len(order))))%len(order)]])
	}
	return out, nil
}

func hashesOf(lazies []*txpool.LazyTransaction) []common.Hash {
	hashes := make([]common.Hash, len(lazies))
	for i, lazy := range lazies {
		hashes[i] = lazy.Hash
	}
	return hashes
}

func (q *queue) empty() bool { return len(q.parties) == 0 }

// rewind starts a new pass: what didn't fit is tried again.
func (q *queue) rewind() {
	for _, p := range q.parties {
		for _, a := range p.accounts {
			a.asleep = false
		}
	}
}

// next is the next transaction whose party stays within the limit, nil when there is none. The caller
// says what became of it on the party returned.
func (q *queue) next(limit quota) (*types.Transaction, *partyQueue) {
	for range q.parties {
		p := q.parties[q.at%len(q.parties)]
		q.at++
		if tx := p.peek(limit); tx != nil {
			return tx, p
		}
	}
	return nil, nil
}

// peek finds the party's next account that has something within the limit.
func (p *partyQueue) peek(limit quota) *types.Transaction {
	for range p.accounts {
		a := p.accounts[p.at%len(p.accounts)]
		if len(a.txs) > 0 && !a.asleep {
			tx := a.txs[0]
			if p.used.gas+tx.Gas() <= limit.gas && p.used.bytes+weight(tx) <= limit.bytes {
				return tx
			}
			a.asleep = true
		}
		p.at++
	}
	return nil
}

func (p *partyQueue) current() *account { return p.accounts[p.at%len(p.accounts)] }

// took notes that the transaction is in the block.
func (p *partyQueue) took(tx *types.Transaction) {
	p.used.gas += tx.Gas()
	p.used.bytes += weight(tx)
	p.passOver()
}

// passOver goes on with the next account, this one's first transaction done with.
func (p *partyQueue) passOver() {
	a := p.current()
	a.txs = a.txs[1:]
	p.at++
}

// skip leaves the account alone for this pass.
func (p *partyQueue) skip() {
	p.current().asleep = true
	p.at++
}

// drop leaves the account alone for this block.
func (p *partyQueue) drop() {
	p.current().txs = nil
	p.at++
}
