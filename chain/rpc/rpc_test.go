package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
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
