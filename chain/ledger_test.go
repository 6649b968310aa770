package chain

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneValidatorTakesTransactionsAndRestarts(t *testing.T) {
	cfg := makeNetwork(t, 1, openAlloc(1))[0]
	l := startLedger(t, cfg)
	key := testKey(0)
	const txs = 20
	for nonce := range uint64(txs) {
		require.NoError(t, l.Send(signed(t, key, nonce, &counterAddr, nil)))
	}
	waitFor(t, l, "all transactions", 20*time.Second, func() bool { return counter(t, l) == txs })
	head := l.Final()
	require.NotZero(t, head.Number)
	require.NoError(t, l.Stop())

	l = startLedger(t, cfg)
	require.GreaterOrEqual(t, l.Final().Number, head.Number)
	require.Equal(t, uint64(txs), counter(t, l))
	require.NoError(t, l.Send(signed(t, key, txs, &counterAddr, nil)))
	waitFor(t, l, "one more", 10*time.Second, func() bool { return counter(t, l) == txs+1 })

	var seen []Block
	ctx, cancel := context.WithCancel(context.Background())
	err := l.Follow(ctx, Cursor{}, func(b Block) error {
		seen = append(seen, b)
		if b.Hash == l.Final().Hash {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	total := 0
	for i, b := range seen {
		require.Equal(t, uint64(i+1), b.Number)
		require.Len(t, b.Receipts, len(b.Txs))
		total += len(b.Txs)
	}
	require.Equal(t, txs+1, total)
}
