package chain

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

func TestFollowGoesOnFromACursor(t *testing.T) {
	cfg := makeNetwork(t, 1, openAlloc(1))[0]
	l := startLedger(t, cfg)
	feed(t, l, 0)
	stop := errors.New("enough")
	var cursor Cursor
	for want := uint64(1); want <= 3; want++ {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		err := l.Follow(ctx, cursor, func(b Block) error {
			require.Equal(t, want, b.Number)
			cursor = b.Cursor()
			return stop
		})
		cancel()
		require.ErrorIs(t, err, stop)
	}

	tests := map[string]Cursor{
		"another hash":   {Height: cursor.Height, Hash: common.Hash{1}},
		"another height": {Height: cursor.Height - 1, Hash: cursor.Hash},
		"no hash":        {Height: cursor.Height},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, l.Follow(context.Background(), c, func(Block) error { return nil }), ErrForeignCursor)
		})
	}

	t.Run("ahead of the ledger", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(t, l.Follow(ctx, Cursor{Height: l.Height() + 1000, Hash: common.Hash{1}}, func(Block) error { return nil }), context.Canceled)
	})

	ended := make(chan error, 1)
	go func() { ended <- l.Follow(context.Background(), cursor, func(Block) error { return nil }) }()
	require.NoError(t, l.Stop())
	require.ErrorIs(t, <-ended, ErrStopped)
}
