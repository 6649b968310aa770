package chain

import (
	"context"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// heavyCall asks for as much gas as a transaction may, so that only a few fit in a block.
func heavyCall(t testing.TB, i int, nonce uint64) *types.Transaction {
	t.Helper()
	tx, err := types.SignNewTx(testKey(i), types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Nonce: nonce, To: &counterAddr, Gas: evm.MaxTxGas, GasTipCap: new(big.Int), GasFeeCap: new(big.Int),
	})
	require.NoError(t, err)
	return tx
}

func TestSuspendedPartyWithPendingTransactionsStopsNobody(t *testing.T) {
	cfg := makeNetwork(t, 1, walledAlloc(3))[0]
	cfg.TimeoutCommit = 200 * time.Millisecond
	l := startLedger(t, cfg)
	const victim, admin, other = 0, 1, 2
	for nonce := range uint64(1000) {
		require.NoError(t, l.Send(heavyCall(t, victim, nonce)))
	}
	suspend := signed(t, testKey(admin), 0, &evm.PartiesAddress, setReason(victim, admit.PartySuspended))
	require.NoError(t, l.Send(suspend))
	var refusal *submit.Refused
	waitFor(t, l, "the suspension", 10*time.Second, func() bool {
		return errors.As(l.Send(heavyCall(t, victim, 1000)), &refusal)
	})
	require.Equal(t, admit.PartySuspended, refusal.Reason)
	suspended := l.Final()

	start := time.Now()
	require.NoError(t, l.Send(signed(t, testKey(other), 0, &counterAddr, nil)))
	waitFor(t, l, "the next block", 3*time.Second, func() bool { return l.Final().Number > suspended.Number })
	t.Logf("next block after %s", time.Since(start).Round(time.Millisecond))
	sender := crypto.PubkeyToAddress(testKey(victim).PublicKey)
	for n := suspended.Number + 1; n <= l.Final().Number; n++ {
		b, err := l.Block(n)
		require.NoError(t, err)
		require.NotContains(t, b.Senders, sender, "block %d holds a transaction of the suspended party", n)
	}
	_, _, dead := l.EVM().Pool()
	require.Greater(t, dead, 800)

	// Lifted, what is sent again goes on.
	require.NoError(t, l.Send(signed(t, testKey(admin), 1, &evm.PartiesAddress, setReason(victim, 0))))
	nonce, _, err := l.EVM().Nonce(t.Context(), sender)
	require.NoError(t, err)
	waitFor(t, l, "the lifting", 5*time.Second, func() bool { return l.Send(heavyCall(t, victim, nonce)) == nil })
	waitFor(t, l, "the transaction sent again", 5*time.Second, func() bool {
		now, _, err := l.EVM().Nonce(t.Context(), sender)
		return err == nil && now == nonce+1
	})
}

func TestSendSaysWhy(t *testing.T) {
	alloc := walledAlloc(3, 1)
	cfg := makeNetwork(t, 1, alloc)[0]
	l := startLedger(t, cfg)
	signer := types.LatestSignerForChainID(big.NewInt(testChainID))
	with := func(i int, change func(*types.DynamicFeeTx)) *types.Transaction {
		inner := &types.DynamicFeeTx{ChainID: big.NewInt(testChainID), To: &counterAddr, Gas: 100_000, GasTipCap: new(big.Int), GasFeeCap: new(big.Int)}
		change(inner)
		tx, err := types.SignNewTx(testKey(i), types.LatestSignerForChainID(inner.ChainID), inner)
		require.NoError(t, err)
		return tx
	}
	one := big.NewInt(1)
	unprotected, err := types.SignNewTx(testKey(0), types.HomesteadSigner{}, &types.LegacyTx{To: &counterAddr, Gas: 100_000, GasPrice: new(big.Int)})
	require.NoError(t, err)
	setCode, err := types.SignNewTx(testKey(0), signer, &types.SetCodeTx{Gas: 100_000, AuthList: []types.SetCodeAuthorization{{}}})
	require.NoError(t, err)
	tests := map[string]struct {
		tx     *types.Transaction
		reason admit.Reason
	}{
		"suspended":     {with(1, func(*types.DynamicFeeTx) {}), admit.PartySuspended},
		"tip":           {with(0, func(tx *types.DynamicFeeTx) { tx.GasTipCap, tx.GasFeeCap = one, one }), admit.FeeNotZero},
		"fee cap":       {with(0, func(tx *types.DynamicFeeTx) { tx.GasFeeCap = one }), admit.FeeNotZero},
		"value":         {with(0, func(tx *types.DynamicFeeTx) { tx.Value = one }), admit.ValueNotZero},
		"too much gas":  {with(0, func(tx *types.DynamicFeeTx) { tx.Gas = evm.MaxTxGas + 1 }), admit.TooMuchGas},
		"too large":     {with(0, func(tx *types.DynamicFeeTx) { tx.Data = make([]byte, evm.MaxTxBytes) }), admit.TooLarge},
		"another chain": {with(0, func(tx *types.DynamicFeeTx) { tx.ChainID = one }), admit.WrongChain},
		"not protected": {unprotected, admit.WrongChain},
		"set code":      {setCode, admit.WrongType},
		"bad signature": {types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(testChainID), Gas: 100_000}), admit.BadSignature},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var no *evm.Inadmissible
			require.ErrorAs(t, l.EVM().Admit(tt.tx), &no)
			require.Equal(t, tt.reason, no.Reason)
			require.Error(t, l.Send(tt.tx))
		})
	}
	require.NoError(t, l.Admit(with(0, func(*types.DynamicFeeTx) {})))
}

// TestBrokenPartiesLeavesTheLedgerToOperators: when Parties doesn't answer as it should, only keys in
// slot 0 of Governance get through, so that operators can repair it.
func TestBrokenPartiesLeavesTheLedgerToOperators(t *testing.T) {
	tests := map[string][]byte{
		"reverts":            common.FromHex("60006000fd"),
		"runs out of gas":    common.FromHex("5b600056"),
		"answers nothing":    common.FromHex("00"),
		"answers too little": common.FromHex("60406000f3"),
		"answers rubbish":    common.FromHex("60001960005260606000f3"),
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			alloc := openAlloc(2)
			alloc[evm.PartiesAddress] = types.Account{Code: code, Nonce: 1}
			operator := crypto.PubkeyToAddress(testKey(0).PublicKey)
			slot := crypto.Keccak256Hash(common.LeftPadBytes(operator[:], 32), make([]byte, 32))
			alloc[evm.GovernanceAddress] = types.Account{Nonce: 1, Storage: map[common.Hash]common.Hash{slot: {31: 1}}}
			l, err := Open(makeNetwork(t, 1, alloc)[0])
			require.NoError(t, err)
			defer l.Stop()
			require.NoError(t, l.Admit(signed(t, testKey(0), 0, &counterAddr, nil)))
			var refusal *submit.Refused
			require.ErrorAs(t, l.Admit(signed(t, testKey(1), 0, &counterAddr, nil)), &refusal)
			require.Equal(t, admit.OperatorsOnly, refusal.Reason)
		})
	}
}

// TestLargeTransactionsFillABlockThatIsAccepted: the builder's count of bytes and the rule on a block's
// size must agree, or a proposer's own blocks would be refused while large transactions wait.
func TestLargeTransactionsFillABlockThatIsAccepted(t *testing.T) {
	cfg := makeNetwork(t, 1, openAlloc(3))[0]
	cfg.TimeoutCommit = 200 * time.Millisecond
	l, err := Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Stop() })
	const each = 30
	data := make([]byte, 120_000)
	for i := range 3 {
		for nonce := range uint64(each) {
			tx, err := types.SignNewTx(testKey(i), types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
				ChainID: big.NewInt(testChainID), Nonce: nonce, To: &counterAddr, Gas: 2_000_000, Data: data,
				GasTipCap: new(big.Int), GasFeeCap: new(big.Int),
			})
			require.NoError(t, err)
			require.NoError(t, l.Send(tx))
		}
	}
	require.NoError(t, l.Start(context.Background()))
	waitFor(t, l, "all", 30*time.Second, func() bool { return counter(t, l) == 3*each })
	require.Zero(t, l.app.rejected.Load())
	full := 0
	for n := uint64(1); n <= l.Final().Number; n++ {
		b, err := l.Block(n)
		require.NoError(t, err)
		full = max(full, len(b.Txs))
	}
	require.Equal(t, (evm.MaxBlockBytes-2048)/(120_000+200), full, "transactions in the fullest block")
}
