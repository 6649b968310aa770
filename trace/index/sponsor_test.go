package index_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
)

// TestWatchersHearOfNewSponsors: not of what else changes in the register.
func TestWatchersHearOfNewSponsors(t *testing.T) {
	t.Parallel()
	a, b, founder := tracetest.Address("a"), tracetest.Address("b"), tracetest.Address("founder")
	x, y := tracetest.Address("operator x"), tracetest.Address("operator y")
	l, p := tracetest.New(), tracetest.Open(t)
	var heard []common.Address
	p.Watch(func(told index.Touched) { heard = told.Sponsored })
	record := func(party, sponsor common.Address, name string, since uint64) tracetest.Tx {
		return tracetest.Tx{Party: party, Record: &contracts.Party{Since: since, Sponsor: sponsor, Details: contracts.PartyDetails{Name: name}}}
	}
	born := func() uint64 { return l.Final().Time + 1 }
	for _, step := range []struct {
		name string
		txs  []tracetest.Tx
		want []common.Address
	}{
		{"registered", []tracetest.Tx{record(a, x, "A", born())}, nil},
		{"another name", []tracetest.Tx{record(a, x, "AA", 1)}, nil},
		{"another sponsor", []tracetest.Tx{record(a, y, "AA", 1)}, []common.Address{a}},
		{"a founder, never told of before", []tracetest.Tx{record(founder, x, "F", 1)}, []common.Address{founder}},
		{"the founder again", []tracetest.Tx{record(founder, x, "FF", 1)}, nil},
	} {
		require.NoError(t, p.Apply(l.Mine(step.txs...)), step.name)
		assert.Equal(t, step.want, heard, step.name)
	}
	one := l.Mine(record(b, x, "B", born()))
	two := l.Mine(record(b, y, "B", 1), record(a, x, "A", 1))
	require.NoError(t, p.Apply(one, two))
	assert.Equal(t, []common.Address{b, a}, heard, "within one batch")
}
