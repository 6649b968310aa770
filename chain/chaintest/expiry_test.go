package chaintest

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// heavy is a call that asks for as much gas as a transaction may: 15 of them fill a block.
func heavy(t testing.TB, key Key, nonce uint64) *types.Transaction {
	t.Helper()
	tx, err := key.SignTx(types.NewTx(&types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(ChainID), Nonce: nonce, To: &contracts.PolicyAddr, Gas: evm.MaxTxGas,
		GasTipCap: new(big.Int), GasFeeCap: new(big.Int),
	}), new(big.Int).SetUint64(ChainID))
	require.NoError(t, err)
	return tx
}

// TestExpiredKeyWithPendingTransactionsStopsNobody: a key expires, or its party is suspended, while a
// thousand of its transactions wait. None of them gets into a later block, and the next block comes
// within three seconds.
func TestExpiredKeyWithPendingTransactionsStopsNobody(t *testing.T) {
	n := Start(t)
	parties := contracts.NewParties()
	tests := []struct {
		name   string
		reason admit.Reason
		end    func(t *testing.T, party [20]byte, admin, key Key)
	}{
		{"expires", admit.Expired, func(t *testing.T, _ [20]byte, admin, key Key) {
			until := uint64(time.Now().Unix()) + 3
			n.Do(t, admin, contracts.PartiesAddr, parties.PackSetKey(key.Address(), 1, uint32(contracts.ScopeCapture), 0, until))
		}},
		{"suspended", admit.PartySuspended, func(t *testing.T, party [20]byte, _, _ Key) {
			n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackSuspend(party, ^uint64(0)))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			party, admin := n.Register(t, "victim "+tt.name, 0)
			key := NewKey("victim's key " + tt.name)
			n.Do(t, admin, contracts.PartiesAddr, parties.PackSetKey(key.Address(), 1, uint32(contracts.ScopeCapture), 0, 0))
			for nonce := range uint64(1000) {
				require.NoError(t, n.Send(heavy(t, key, nonce)))
			}
			tt.end(t, party, admin, key)
			var refusal *submit.Refused
			deadline := time.Now().Add(20 * time.Second)
			for !errors.As(n.Send(heavy(t, key, 1000)), &refusal) {
				require.True(t, time.Now().Before(deadline), "still admitted")
				<-n.Moved()
			}
			require.Equal(t, tt.reason, refusal.Reason)
			ended := n.Final()
			start := time.Now()
			n.Do(t, n.Sandbox, contracts.PartiesAddr, parties.PackAddAgent())
			require.Less(t, time.Since(start), 3*time.Second)
			for number := ended.Number + 2; number <= n.Final().Number; number++ {
				b, err := n.Block(number)
				require.NoError(t, err)
				require.NotContains(t, b.Senders, key.Address())
			}
		})
	}
}
