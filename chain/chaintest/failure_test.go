package chaintest

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// TestFailureIsKept sends a call that reverts past the outbox's estimate. A receipt says only that it failed; the ledger
// tells why, after a restart too, and names the header that carried it.
func TestFailureIsKept(t *testing.T) {
	n := Start(t)
	party, _ := n.Register(t, "Orchard", 0)
	nonce, err := n.Nonce(t.Context(), n.Sandbox.Address())
	require.NoError(t, err)
	data := contracts.NewParties().PackSuspend(party, 0) // the sandbox's party is nobody's sponsor
	tx, err := n.Sandbox.SignTx(types.NewTx(&types.LegacyTx{Nonce: nonce, To: &contracts.PartiesAddr, Gas: 1_000_000, GasPrice: new(big.Int), Data: data}),
		new(big.Int).SetUint64(ChainID))
	require.NoError(t, err)
	require.NoError(t, n.Send(tx))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for moved := n.Moved(); ; moved = n.Moved() {
		_, _, ok, err := n.Transaction(tx.Hash())
		require.NoError(t, err)
		if ok {
			break
		}
		select {
		case <-moved:
		case <-ctx.Done():
			t.Fatal("the transaction isn't final")
		}
	}
	look := func() {
		b, pos, ok, err := n.Transaction(tx.Hash())
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, types.ReceiptStatusFailed, b.Receipts[pos].Status)
		f, ok, err := n.Failure(tx.Hash())
		require.NoError(t, err)
		require.True(t, ok)
		name, reason := submit.NewDecoder(contracts.Errors()).Decode(f.Data)
		require.Equal(t, "NotAllowed", name, reason)
		number, ok, err := n.NumberOf(b.Hash)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, b.Number, number)
		header, ok, err := n.Header(b.Height)
		require.NoError(t, err)
		require.True(t, ok)
		require.Len(t, header.Proposer, 20)
	}
	look()
	n.Restart(t)
	look()
	_, ok, err := n.Failure(common.Hash{1})
	require.NoError(t, err)
	require.False(t, ok)
	_, _, ok, err = n.Transaction(common.Hash{1})
	require.NoError(t, err)
	require.False(t, ok)
}
