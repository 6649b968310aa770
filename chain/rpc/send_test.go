package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
)

func (d *desk) transactions(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := d.client(t)
	_, key := d.node.Register(t, "wallet user", 0)
	nonce, err := c.PendingNonceAt(ctx, key.Address())
	require.NoError(t, err)
	tx := call(t, key, nonce, nil)
	require.NoError(t, c.SendTransaction(ctx, tx))
	require.NoError(t, c.SendTransaction(ctx, tx), "the same again is no error")
	require.Eventually(t, func() bool {
		r, err := c.TransactionReceipt(ctx, tx.Hash())
		if err != nil {
			assert.ErrorIs(t, err, ethereum.NotFound)
			return false
		}
		return r.Status == types.ReceiptStatusSuccessful
	}, time.Minute, 20*time.Millisecond)

	// Its Sync twin answers with the receipt.
	r := d.ask(t, "eth_sendRawTransactionSync", fmt.Sprintf(`[%q, 30000]`, rawOf(t, call(t, key, nonce+1, nil))))
	require.Nil(t, r.Error)
	assert.Contains(t, string(r.Result), `"status":"0x1"`)
	// A gap before it: in the pool, in no block.
	r = d.ask(t, "eth_sendRawTransactionSync", fmt.Sprintf(`[%q, "0x64"]`, rawOf(t, call(t, key, nonce+9, nil))))
	require.NotNil(t, r.Error)
	assert.Equal(t, 4, r.Error.Code)

	stranger := chaintest.NewKey("nobody registered")
	for name, tt := range map[string]struct {
		raw  string
		code int
		says string
	}{
		"unknown key":   {rawOf(t, call(t, stranger, 0, nil)), -32003, "the key is not registered"},
		"target":        {rawOf(t, call(t, key, nonce+2, func(tx *types.DynamicFeeTx) { tx.To = &common.Address{1} })), -32003, "not approved"},
		"creation":      {rawOf(t, call(t, key, nonce+2, func(tx *types.DynamicFeeTx) { tx.To = nil })), -32003, "deploy"},
		"tip":           {rawOf(t, call(t, key, nonce+2, func(tx *types.DynamicFeeTx) { tx.GasTipCap, tx.GasFeeCap = big.NewInt(1), big.NewInt(1) })), -32003, "gas is free"},
		"value":         {rawOf(t, call(t, key, nonce+2, func(tx *types.DynamicFeeTx) { tx.Value = big.NewInt(1) })), -32003, "value must be 0"},
		"too much gas":  {rawOf(t, call(t, key, nonce+2, func(tx *types.DynamicFeeTx) { tx.Gas = 1 << 25 })), -32003, "gas"},
		"old nonce":     {rawOf(t, call(t, key, 0, func(tx *types.DynamicFeeTx) { tx.Gas++ })), -32000, "nonce too low"},
		"garbage":       {"0x02f8", -32602, "not a signed transaction"},
		"nothing":       {"0x", -32602, "not a signed transaction"},
		"without chain": {unprotected(t, key), -32003, "chain id"},
		"another chain": {otherChain(t, key), -32003, "chain id"},
	} {
		for _, method := range []string{"eth_sendRawTransaction", "eth_sendRawTransactionSync"} {
			r := d.ask(t, method, fmt.Sprintf(`[%q]`, tt.raw))
			require.NotNil(t, r.Error, name)
			assert.Equal(t, tt.code, r.Error.Code, "%s: %s", name, r.Error.Message)
			assert.Contains(t, r.Error.Message, tt.says, name)
		}
	}
	r = d.ask(t, "eth_sendRawTransaction", fmt.Sprintf(`[%q]`, rawOf(t, call(t, stranger, 0, nil))))
	assert.JSONEq(t, fmt.Sprintf(`{"reason":1,"key":%q,"to":%q}`, strings.ToLower(stranger.Address().Hex()), strings.ToLower(contracts.PartiesAddr.Hex())), string(r.Error.Data))

	// A call that reverts tells its data, as wallets expect.
	_, err = c.EstimateGas(ctx, ethereum.CallMsg{From: stranger.Address(), To: &contracts.HeadsAddr, Data: []byte{1, 2, 3, 4}})
	require.ErrorContains(t, err, "execution reverted")
	var data gethrpc.DataError
	require.True(t, errors.As(err, &data) || strings.Contains(err.Error(), "revert"))
}

func unprotected(t *testing.T, key chaintest.Key) string {
	t.Helper()
	tx, err := types.SignTx(types.NewTx(&types.LegacyTx{To: &contracts.PartiesAddr, Gas: 50_000, GasPrice: new(big.Int)}), types.HomesteadSigner{}, key.PrivateKey)
	require.NoError(t, err)
	return rawOf(t, tx)
}

func otherChain(t *testing.T, key chaintest.Key) string {
	t.Helper()
	tx, err := key.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(5), To: &contracts.PartiesAddr, Gas: 50_000}), big.NewInt(5))
	require.NoError(t, err)
	return rawOf(t, tx)
}
