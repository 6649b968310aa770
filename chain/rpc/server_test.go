package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/rpc"
	"github.com/suyuan-ledger/suyuan/contracts"
)

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
