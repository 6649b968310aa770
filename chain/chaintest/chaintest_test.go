package chaintest

import (
	"context"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
)

func TestPartyIsRegisteredAndActs(t *testing.T) {
	n := Start(t)
	party, key := n.Register(t, "Grower", 0)
	require.NotZero(t, party)
	final := n.Do(t, key, contracts.PartiesAddr, contracts.NewParties().PackAddAgent())
	require.Equal(t, types.ReceiptStatusSuccessful, final.Receipt.Status)
	n.Restart(t)
	n.Do(t, key, contracts.PartiesAddr, contracts.NewParties().PackAddAgent())

	ctx, cancel := context.WithCancel(context.Background())
	var seen int
	err := n.Follow(ctx, chain.Cursor{}, func(b chain.Block) error {
		if seen += len(b.Txs); seen == 3 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
}
