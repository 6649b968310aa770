package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/chain/rpc"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// desk is a running ledger with both doors open.
type desk struct {
	node *chaintest.Node
	http *httptest.Server
}

func openDesk(t *testing.T, change func(*rpc.Config)) *desk {
	t.Helper()
	return doorsOf(t, chaintest.Start(t), change)
}

func doorsOf(t *testing.T, n *chaintest.Node, change func(*rpc.Config)) *desk {
	t.Helper()
	cfg := rpc.Config{Ethereum: n.Ethereum(), Version: "suyuan/test",
		Send:  func(_ context.Context, tx *types.Transaction) error { return n.Send(tx) },
		Peers: func() int { return 3 }}
	if change != nil {
		change(&cfg)
	}
	door, err := rpc.New(cfg)
	require.NoError(t, err)
	comet, err := rpc.Comet(n.Comet(), "/comet", cfg.Allow)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/rpc", door)
	mux.Handle("/comet", comet)
	mux.Handle("/comet/", comet)
	d := &desk{node: n, http: httptest.NewServer(mux)}
	t.Cleanup(func() { door.Close(); d.http.Close() })
	return d
}

// reply is a JSON-RPC answer.
type reply struct {
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}
}

func (d *desk) post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(d.http.URL+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(out)
}

func (d *desk) ask(t *testing.T, method, params string) reply {
	t.Helper()
	_, body := d.post(t, "/rpc", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params))
	var r reply
	require.NoError(t, json.Unmarshal([]byte(body), &r), "%s: %s", method, body)
	return r
}

func (d *desk) client(t *testing.T) *ethclient.Client {
	t.Helper()
	c, err := ethclient.Dial(d.http.URL + "/rpc")
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// setName is a call that every registered party's first key may make: it sets nothing but asks Parties.
func call(t *testing.T, key chaintest.Key, nonce uint64, change func(*types.DynamicFeeTx)) *types.Transaction {
	t.Helper()
	inner := &types.DynamicFeeTx{ChainID: new(big.Int).SetUint64(chaintest.ChainID), Nonce: nonce, Gas: 200_000,
		To: &contracts.PartiesAddr, Data: contracts.NewParties().PackActing(key.Address())}
	if change != nil {
		change(inner)
	}
	tx, err := key.SignTx(types.NewTx(inner), inner.ChainID)
	require.NoError(t, err)
	return tx
}

func rawOf(t *testing.T, tx *types.Transaction) string {
	t.Helper()
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	return hexutil.Encode(raw)
}

func TestDoors(t *testing.T) {
	d := openDesk(t, nil)
	t.Run("wallet questions", d.walletQuestions)
	t.Run("transactions", d.transactions)
	t.Run("block tags", d.blockTags)
	t.Run("refused methods", d.refusedMethods)
	t.Run("bounds", d.bounds)
	t.Run("websocket", d.websocket)
	t.Run("comet", d.comet)
	t.Run("debug by flag", d.debug)
}

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

func (d *desk) refusedMethods(t *testing.T) {
	addr := d.node.Operator.Address().Hex()
	for method, params := range map[string]string{
		"eth_sendTransaction": fmt.Sprintf(`[{"from":%q}]`, addr),
		"eth_resend":          fmt.Sprintf(`[{"from":%q},"0x1","0x1"]`, addr),
		"eth_fillTransaction": fmt.Sprintf(`[{"from":%q}]`, addr),
		"eth_sign":            fmt.Sprintf(`[%q,"0x00"]`, addr),
		"eth_signTransaction": fmt.Sprintf(`[{"from":%q}]`, addr),
	} {
		r := d.ask(t, method, params)
		require.NotNil(t, r.Error, method)
		assert.Equal(t, -32004, r.Error.Code, method)
		assert.Contains(t, r.Error.Message, method+" is not offered", method)
	}
	for _, method := range []string{"personal_listAccounts", "admin_nodeInfo", "miner_setExtra", "txpool_content", "debug_traceTransaction",
		"debug_setHead", "engine_getPayloadV1", "eth_nonsense"} {
		r := d.ask(t, method, `[]`)
		require.NotNil(t, r.Error, method)
		assert.Equal(t, -32601, r.Error.Code, method)
	}
}

func (d *desk) bounds(t *testing.T) {
	small := doorsOf(t, d.node, func(c *rpc.Config) {
		c.MaxLogRange, c.MaxBatch, c.MaxBody, c.Hosts = 1, 2, 2000, []string{"ledger.example"}
		c.Allow = func(r *http.Request) error {
			if r.Header.Get("Authorization") == "" {
				return errors.New("no key")
			}
			return nil
		}
	})
	send := func(body string, change func(*http.Request)) (int, string) {
		req, err := http.NewRequest(http.MethodPost, small.http.URL+"/rpc", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer k")
		if change != nil {
			change(req)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		out, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(out)
	}
	one := `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`
	for name, tt := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		says   string
	}{
		"fine":           {one, nil, 200, "0xdbba0"},
		"configured":     {one, func(r *http.Request) { r.Host = "ledger.example:8080" }, 200, "0xdbba0"},
		"rebound name":   {one, func(r *http.Request) { r.Host = "evil.example" }, 403, "not a name of this node"},
		"no key":         {one, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "no key"},
		"form":           {one, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, ""},
		"large body":     {`{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x` + strings.Repeat("00", 1000) + `"]}`, nil, 413, ""},
		"batch of two":   {"[" + one + "," + one + "]", nil, 200, "0xdbba0"},
		"batch of three": {"[" + one + "," + one + "," + one + "]", nil, 200, "batch too large"},
		"log range": {`{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x0","toBlock":"latest"}]}`, nil, 200,
			"must be at most 1"},
		"not JSON": {"nonsense", nil, 200, "parse error"},
		"deep":     {strings.Repeat("[", 1000), nil, 200, "error"},
	} {
		status, body := send(tt.body, tt.change)
		assert.Equal(t, tt.status, status, name)
		assert.Contains(t, body, tt.says, name)
	}
	require.Nil(t, d.ask(t, "eth_getLogs", `[{"fromBlock":"0x0","toBlock":"latest"}]`).Error)
	require.Nil(t, d.ask(t, "eth_getLogs", `[{"fromBlock":"earliest"}]`).Error)
	r := d.ask(t, "eth_estimateGas", `[{"to":"0x00000000000000000000000000000000000000aa","maxFeePerGas":"0x1","maxPriorityFeePerGas":"0x1"}]`)
	require.NotNil(t, r.Error)
	assert.Contains(t, r.Error.Message, "gas is free")
	// One WebSocket connection too many.
	few := doorsOf(t, d.node, func(c *rpc.Config) { c.MaxSockets = 1 })
	url := "ws" + strings.TrimPrefix(few.http.URL, "http") + "/rpc"
	first, err := gethrpc.Dial(url)
	require.NoError(t, err)
	_, err = gethrpc.Dial(url)
	require.ErrorContains(t, err, "503")
	first.Close()
	// A call that burns gas is stopped by the clock or the cap, and the door goes on.
	start := time.Now()
	loop := "0x5b600056" // JUMPDEST PUSH1 0 JUMP
	r = d.ask(t, "eth_call", fmt.Sprintf(`[{"to":"0x00000000000000000000000000000000000000aa"},"latest",{"0x00000000000000000000000000000000000000aa":{"code":%q}}]`, loop))
	require.NotNil(t, r.Error)
	assert.Less(t, time.Since(start), 10*time.Second)
	require.Nil(t, d.ask(t, "eth_blockNumber", `[]`).Error)
}

func (d *desk) websocket(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := ethclient.DialContext(ctx, "ws"+strings.TrimPrefix(d.http.URL, "http")+"/rpc")
	require.NoError(t, err)
	defer c.Close()
	heads := make(chan *types.Header, 8)
	sub, err := c.SubscribeNewHead(ctx, heads)
	require.NoError(t, err)
	defer sub.Unsubscribe()
	final := d.node.Do(t, d.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackActing(d.node.Operator.Address()))
	for {
		select {
		case h := <-heads:
			if h.Number.Uint64() < final.Number {
				continue
			}
			assert.Equal(t, final.BlockHash, h.Hash())
			return
		case <-ctx.Done():
			t.Fatal("no new head by WebSocket")
		}
	}
}

func (d *desk) comet(t *testing.T) {
	get := func(path string) (int, string) {
		resp, err := http.Get(d.http.URL + path)
		require.NoError(t, err)
		defer resp.Body.Close()
		out, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(out)
	}
	for _, path := range []string{"status", "health", "net_info", "blockchain?minHeight=1&maxHeight=2", "block?height=2", "commit?height=2",
		"header?height=2", "validators?height=2", "consensus_params?height=2", "genesis_chunked?chunk=0", "abci_info", "num_unconfirmed_txs", "block_results?height=1"} {
		status, body := get("/comet/" + path)
		if strings.HasPrefix(path, "block_results") { // results may not be kept
			continue
		}
		assert.Equal(t, 200, status, "%s: %s", path, body)
		assert.Contains(t, body, `"result"`, path)
	}
	env, err := d.node.Comet().ConfigureRPC()
	require.NoError(t, err)
	all := env.GetRoutes()
	env.AddUnsafeRoutes(all)
	closed := 0
	for name := range all {
		if rpc.CometRoute(name) {
			continue
		}
		closed++
		status, body := get("/comet/" + name + "?tx=0x00")
		assert.Equal(t, 404, status, "%s: %s", name, body)
		status, body = d.post(t, "/comet", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{}}`, name))
		assert.Contains(t, body, "Method not found", "%s: %d", name, status)
	}
	assert.Greater(t, closed, 10)
	_, body := d.post(t, "/comet", `{"jsonrpc":"2.0","id":1,"method":"commit","params":{"height":"2"}}`)
	assert.Contains(t, body, `"canonical":true`)
	status, _ := d.post(t, "/comet", "["+strings.Repeat(" ", 70_000)+"]")
	assert.GreaterOrEqual(t, status, 400)
	// A batch is answered from memory, all of it at once.
	status, body = d.post(t, "/comet", " ["+strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"genesis"},`, 100)+`{}]`)
	assert.Equal(t, 400, status)
	assert.Less(t, len(body), 200)
}

func (d *desk) debug(t *testing.T) {
	final := d.node.Do(t, d.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackActing(d.node.Operator.Address()))
	open := doorsOf(t, d.node, func(c *rpc.Config) { c.Debug = true })
	r := open.ask(t, "debug_traceTransaction", fmt.Sprintf(`[%q,{"tracer":"callTracer"}]`, final.TxHash))
	require.Nil(t, r.Error)
	assert.Contains(t, string(bytes.ToLower(r.Result)), strings.ToLower(contracts.PartiesAddr.Hex()))
	r = open.ask(t, "debug_traceTransaction", fmt.Sprintf(`[%q,{"tracer":"{step: function() {}}"}]`, final.TxHash))
	require.NotNil(t, r.Error)
	assert.Equal(t, -32602, r.Error.Code)
	for _, method := range []string{"debug_traceBlockFromFile", "debug_standardTraceBlockToFile", "debug_traceBadBlock"} {
		r := open.ask(t, method, `["/etc/passwd"]`)
		require.NotNil(t, r.Error, method)
		assert.Equal(t, -32004, r.Error.Code, method)
	}
	r = open.ask(t, "debug_setHead", `["0x0"]`)
	require.NotNil(t, r.Error)
	assert.Equal(t, -32601, r.Error.Code)
}
