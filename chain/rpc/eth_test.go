package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// walletQuestions are those MetaMask, ethers and viem ask before they send anything.
func (d *desk) walletQuestions(t *testing.T) {
	id := new(big.Int).SetUint64(chaintest.ChainID)
	for _, tt := range []struct{ method, params, want string }{
		{"eth_chainId", `[]`, `"` + hexutil.EncodeBig(id) + `"`},
		{"net_version", `[]`, `"` + id.String() + `"`},
		{"net_listening", `[]`, `true`},
		{"net_peerCount", `[]`, `"0x3"`},
		{"web3_clientVersion", `[]`, `"suyuan/test"`},
		{"web3_sha3", `["0x"]`, `"0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"`},
		{"eth_gasPrice", `[]`, `"0x0"`},
		{"eth_maxPriorityFeePerGas", `[]`, `"0x0"`},
		{"eth_blobBaseFee", `[]`, `"0x0"`},
		{"eth_accounts", `[]`, `[]`},
		{"eth_syncing", `[]`, `false`},
		{"rpc_modules", `[]`, `{"eth":"1.0","net":"1.0","rpc":"1.0","web3":"1.0"}`},
	} {
		r := d.ask(t, tt.method, tt.params)
		require.Nil(t, r.Error, tt.method)
		assert.JSONEq(t, tt.want, string(r.Result), tt.method)
	}
	// A block must exist for the fee history to say more than genesis.
	d.node.Do(t, d.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackActing(d.node.Operator.Address()))
	var fees struct {
		OldestBlock   hexutil.Uint64
		BaseFeePerGas []string
		GasUsedRatio  []float64
		Reward        [][]string
	}
	r := d.ask(t, "eth_feeHistory", `["0xa","latest",[10,50]]`)
	require.Nil(t, r.Error)
	require.NoError(t, json.Unmarshal(r.Result, &fees))
	require.GreaterOrEqual(t, len(fees.GasUsedRatio), 2)
	assert.Len(t, fees.BaseFeePerGas, len(fees.GasUsedRatio)+1)
	assert.Len(t, fees.Reward, len(fees.GasUsedRatio))
	for i := range fees.Reward {
		assert.Equal(t, []string{"0x0", "0x0"}, fees.Reward[i])
		assert.Equal(t, "0x0", fees.BaseFeePerGas[i])
	}
	r = d.ask(t, "eth_feeHistory", `[4, "0xffff", []]`)
	require.NotNil(t, r.Error)

	gas, err := d.client(t).EstimateGas(context.Background(), ethereum.CallMsg{From: d.node.Operator.Address(),
		To: &contracts.PartiesAddr, Data: contracts.NewParties().PackActing(d.node.Operator.Address())})
	require.NoError(t, err)
	assert.Greater(t, gas, uint64(21_000))
}

// blockTags: every tag is answered, and all recent ones mean the same block.
func (d *desk) blockTags(t *testing.T) {
	head := d.node.Final()
	for _, tag := range []string{"latest", "finalized", "safe", "pending"} {
		r := d.ask(t, "eth_getBlockByNumber", fmt.Sprintf(`[%q,false]`, tag))
		require.Nil(t, r.Error, tag)
		assert.Contains(t, string(r.Result), head.Hash.Hex(), tag)
		acct, to := d.node.Operator.Address().Hex(), contracts.PartiesAddr.Hex()
		for method, params := range map[string]string{
			"eth_getHeaderByNumber":                      fmt.Sprintf(`[%q]`, tag),
			"eth_getBalance":                             fmt.Sprintf(`[%q,%q]`, acct, tag),
			"eth_getCode":                                fmt.Sprintf(`[%q,%q]`, to, tag),
			"eth_getStorageAt":                           fmt.Sprintf(`[%q,"0x0",%q]`, to, tag),
			"eth_getTransactionCount":                    fmt.Sprintf(`[%q,%q]`, acct, tag),
			"eth_getProof":                               fmt.Sprintf(`[%q,["0x0"],%q]`, to, tag),
			"eth_call":                                   fmt.Sprintf(`[{"to":%q},{"blockNumber":%q}]`, acct, tag),
			"eth_estimateGas":                            fmt.Sprintf(`[{"to":%q},%q]`, acct, tag),
			"eth_createAccessList":                       fmt.Sprintf(`[{"to":%q},%q]`, acct, tag),
			"eth_simulateV1":                             fmt.Sprintf(`[{"blockStateCalls":[{"calls":[{"to":%q}]}]},%q]`, acct, tag),
			"eth_getBlockReceipts":                       fmt.Sprintf(`[%q]`, tag),
			"eth_getBlockTransactionCountByNumber":       fmt.Sprintf(`[%q]`, tag),
			"eth_getTransactionByBlockNumberAndIndex":    fmt.Sprintf(`[%q,"0x0"]`, tag),
			"eth_getRawTransactionByBlockNumberAndIndex": fmt.Sprintf(`[%q,"0x0"]`, tag),
			"eth_getUncleCountByBlockNumber":             fmt.Sprintf(`[%q]`, tag),
			"eth_getUncleByBlockNumberAndIndex":          fmt.Sprintf(`[%q,"0x0"]`, tag),
			"eth_getStorageValues":                       fmt.Sprintf(`[{%q:["0x0000000000000000000000000000000000000000000000000000000000000000"]},%q]`, to, tag),
			"eth_getLogs":                                fmt.Sprintf(`[{"fromBlock":%q,"toBlock":%q}]`, tag, tag),
			"eth_newFilter":                              fmt.Sprintf(`[{"fromBlock":%q}]`, tag),
			"eth_feeHistory":                             fmt.Sprintf(`["0x1",%q,[]]`, tag),
		} {
			r := d.ask(t, method, params)
			assert.Nil(t, r.Error, "%s %s", method, params)
		}
	}
}
