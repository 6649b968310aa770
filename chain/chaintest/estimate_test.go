package chaintest

import (
	"context"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

func TestEstimateIsEnoughAndNotMuchMore(t *testing.T) {
	n := Start(t)
	ctx := context.Background()
	to, parties := contracts.PartiesAddr, contracts.NewParties()
	register := func(name string) []byte {
		return parties.PackRegisterParty(common.Hash{1, name[0]}, contracts.PartyDetails{Name: name}, NewKey(name).Address(), uint32(contracts.ScopeCapture))
	}

	gas, err := n.EVM().Estimate(ctx, n.Operator.Address(), &to, register("A"))
	require.NoError(t, err)
	// A call through a proxy into a contract that calls on: it must go through with the estimate and nothing on top.
	final, err := n.Submit(ctx, submit.Request{ID: [32]byte{1}, Key: n.Operator, To: &to, Data: register("A"), Gas: gas})
	require.NoError(t, err)
	require.Greater(t, final.GasUsed+final.GasUsed/20+10_000, gas)

	var halted *evm.Halted
	_, err = n.EVM().Estimate(ctx, NewKey("stranger").Address(), &to, register("B"))
	require.ErrorAs(t, err, &halted)
	require.ErrorIs(t, err, vm.ErrExecutionReverted)
	require.GreaterOrEqual(t, len(halted.Output), 4, "the contract's own error")

	var reverted *submit.Reverted
	_, err = n.Submit(ctx, submit.Request{ID: [32]byte{2}, Key: n.Operator, To: &to, Data: register("A")})
	require.ErrorAs(t, err, &reverted, "registered already")
	require.Nil(t, reverted.Final, "nothing was sent")
}
