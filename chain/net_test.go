package chain

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	cmtcrypto "github.com/cometbft/cometbft/crypto"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

const testChainID = 900001

// counter adds one to its slot 0 at every call and, called with data, returns the slot.
var (
	counterAddr = common.HexToAddress("0xc0c0")
	counterCode = common.FromHex("60005460010160005500")
)

var testKeys sync.Map

// testKey is the i-th key of test networks.
func testKey(i int) *ecdsa.PrivateKey {
	if key, ok := testKeys.Load(i); ok {
		return key.(*ecdsa.PrivateKey)
	}
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte(fmt.Sprintf("test key %d", i))))
	if err != nil {
		panic(err)
	}
	testKeys.Store(i, key)
	return key
}

// openAlloc is a state without Parties: with AdmitAllWithoutParties everybody is admitted.
func openAlloc(keys int) types.GenesisAlloc {
	alloc := types.GenesisAlloc{counterAddr: {Code: counterCode, Nonce: 1}}
	for i := range keys {
		alloc[crypto.PubkeyToAddress(testKey(i).PublicKey)] = types.Account{Balance: big.NewInt(1)}
	}
	return alloc
}

// signed is a call signed by key, with the gas and fee this ledger wants.
func signed(t testing.TB, key *ecdsa.PrivateKey, nonce uint64, to *common.Address, data []byte) *types.Transaction {
	t.Helper()
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Nonce: nonce, To: to, Data: data, Gas: 50_000,
		GasTipCap: new(big.Int), GasFeeCap: new(big.Int),
	})
	require.NoError(t, err)
	return tx
}

func testLog() *slog.Logger {
	level := slog.LevelError + 1
	if os.Getenv("SUYUAN_TEST_LOG") != "" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func freePort(t testing.TB) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer c.Close()
	return c.LocalAddr().String()
}

// makeNetwork writes keys and genesis of n validators of n operators and returns their configurations.
func makeNetwork(t testing.TB, n int, alloc types.GenesisAlloc) []Config {
	t.Helper()
	cfgs := make([]Config, n)
	ids := make([]Identity, n)
	var operators []Operator
	for i := range n {
		dir := t.TempDir()
		id, err := InitKeys(dir)
		require.NoError(t, err)
		ids[i] = id
		operators = append(operators, Operator{Name: fmt.Sprintf("operator %d", i), Validators: []cmtcrypto.PubKey{id.Validator}})
		cfgs[i] = Config{
			Dir: dir, Moniker: fmt.Sprintf("node%d", i), Listen: freePort(t), Log: testLog().With("node", i),
			EVM: evm.Config{AdmitAllWithoutParties: true, DatabaseCacheMB: 16},
		}
	}
	doc, err := NewGenesis(GenesisConfig{ChainID: testChainID, Time: time.Now().Add(-2 * time.Second), Operators: operators, Alloc: alloc})
	require.NoError(t, err)
	for i := range cfgs {
		require.NoError(t, WriteGenesis(cfgs[i].Dir, doc))
		for j := range cfgs {
			if i != j {
				cfgs[i].Peers = append(cfgs[i].Peers, Peer{ID: ids[j].PeerID, Address: cfgs[j].Listen})
			}
		}
	}
	return cfgs
}

func startLedger(t testing.TB, cfg Config) *Ledger {
	t.Helper()
	l, err := Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Stop() })
	require.NoError(t, l.Start(context.Background()))
	return l
}

// waitFor waits until the condition holds, looking after every commit.
func waitFor(t testing.TB, l *Ledger, what string, limit time.Duration, cond func() bool) {
	t.Helper()
	timeout := time.After(limit)
	for {
		moved := l.Moved()
		if cond() {
			return
		}
		select {
		case <-moved:
		case <-timeout:
			t.Fatalf("waited %s for: %s (height %d, head %+v)", limit, what, l.Height(), l.Final())
		}
	}
}

// counter is how many calls the counter contract has seen at the latest final block.
func counter(t testing.TB, l *Ledger) uint64 {
	t.Helper()
	head := l.evm.Chain().CurrentBlock()
	st, err := l.evm.Chain().StateAt(head.Root, head.Number, head.Time)
	require.NoError(t, err)
	return st.GetState(counterAddr, common.Hash{}).Big().Uint64()
}
