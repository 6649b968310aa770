package evm

import (
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// call is a transaction of this gas limit, told apart by its nonce.
func call(nonce, gas uint64) *types.Transaction {
	return types.NewTx(&types.DynamicFeeTx{Nonce: nonce, Gas: gas})
}

func accounts(lists ...[]*types.Transaction) *partyQueue {
	p := &partyQueue{}
	for _, l := range lists {
		p.accounts = append(p.accounts, &account{txs: l})
	}
	return p
}

func drain(q *queue, limit quota) (nonces []uint64) {
	for {
		tx, p := q.next(limit)
		if tx == nil {
			return nonces
		}
		nonces = append(nonces, tx.Nonce())
		p.took(tx)
	}
}

func TestQueueTakesPartiesInTurn(t *testing.T) {
	const gas = 100
	many := []*types.Transaction{call(1, gas), call(2, gas), call(3, gas), call(4, gas)}
	tests := map[string]struct {
		parties []*partyQueue
		limit   quota
		want    []uint64
	}{
		"one party":                          {[]*partyQueue{accounts(many)}, quota{1e9, 1e9}, []uint64{1, 2, 3, 4}},
		"a busy and a quiet party":           {[]*partyQueue{accounts(many), accounts([]*types.Transaction{call(10, gas)})}, quota{1e9, 1e9}, []uint64{1, 10, 2, 3, 4}},
		"a quota of gas":                     {[]*partyQueue{accounts(many)}, quota{250, 1e9}, []uint64{1, 2}},
		"a quota of bytes":                   {[]*partyQueue{accounts(many)}, quota{1e9, 2 * weight(call(1, gas))}, []uint64{1, 2}},
		"two accounts of a party":            {[]*partyQueue{accounts(many[:2], []*types.Transaction{call(7, gas), call(8, gas)})}, quota{1e9, 1e9}, []uint64{1, 7, 2, 8}},
		"a heavy first doesn't block others": {[]*partyQueue{accounts([]*types.Transaction{call(1, 1000)}, []*types.Transaction{call(2, gas)})}, quota{500, 1e9}, []uint64{2}},
		"nothing":                            {nil, quota{1e9, 1e9}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want, drain(&queue{parties: tt.parties}, tt.limit))
		})
	}
}

func TestQueueTriesAgainInTheNextPass(t *testing.T) {
	q := &queue{parties: []*partyQueue{accounts([]*types.Transaction{call(1, 300), call(2, 300)})}}
	require.Equal(t, []uint64{1}, drain(q, quota{400, 1e9}))
	q.rewind()
	require.Equal(t, []uint64{2}, drain(q, quota{1000, 1e9}))
}

func TestGrantHolds(t *testing.T) {
	tests := map[string]struct {
		g    grant
		at   uint64
		want bool
	}{
		"for ever":            {grant{asked: 10}, 1 << 40, true},
		"before it was asked": {grant{asked: 10}, 9, false},
		"inside":              {grant{asked: 10, until: 20}, 19, true},
		"its last second":     {grant{asked: 10, until: 20}, 20, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, tt.g.holds(tt.at)) })
	}
}
