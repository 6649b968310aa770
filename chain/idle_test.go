package chain

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

// TestRestingLedgerFlushes waits until the state of a ledger that rests is on disk, with a reader in the midst of a proof: that
// one begins anew.
func TestRestingLedgerFlushes(t *testing.T) {
	t.Parallel()
	cfg := makeNetwork(t, 1, openAlloc(2))[0]
	cfg.TimeoutCommit = 200 * time.Millisecond
	l := startLedger(t, cfg)
	require.NoError(t, l.Send(signed(t, testKey(0), 0, &counterAddr, nil)))
	waitFor(t, l, "the transaction", 20*time.Second, func() bool { return counter(t, l) == 1 })
	waitFor(t, l, "its header", 20*time.Second, func() bool {
		tip, err := l.Tip()
		return err == nil && tip.Header.Number.Uint64() == l.Final().Number
	})
	tried := 0
	require.NoError(t, l.Prove(context.Background(), func(tip Tip, p *evm.Prover) error {
		tried++
		waitFor(t, l, "the flush", 20*time.Second, func() bool {
			return rawdb.ReadSnapshotRoot(l.Ethereum().ChainDb()) == tip.Header.Root
		})
		// What the transaction changed is in the memory of the block; an account that it didn't change isn't.
		_, err := p.Word(crypto.PubkeyToAddress(testKey(1).PublicKey), common.Hash{})
		if err != nil {
			return err
		}
		word, err := p.Word(counterAddr, common.Hash{})
		assert.Equal(t, common.BigToHash(common.Big1), word)
		return err
	}))
	assert.LessOrEqual(t, tried, 2, "once more where the flush came in between")
}
