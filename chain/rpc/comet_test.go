package rpc_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/rpc"
)

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
