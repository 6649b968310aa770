package chain

import (
	"context"
	"errors"
	"math/big"
	"sync/atomic"
	"testing"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// startNetwork starts all nodes at once: CometBFT waits for peers in Start.
func startNetwork(t testing.TB, cfgs []Config) []*Ledger {
	t.Helper()
	nodes := make([]*Ledger, len(cfgs))
	var g errgroup.Group
	for i, cfg := range cfgs {
		l, err := Open(cfg)
		require.NoError(t, err)
		nodes[i] = l
		t.Cleanup(func() { _ = l.Stop() })
		g.Go(func() error { return l.Start(context.Background()) })
	}
	require.NoError(t, g.Wait())
	return nodes
}

// parties is a stand-in for the contract Parties: slot key holds the reason, 0 admits; called with 64
// bytes (key, reason) it stores them.
//
//	calldatasize==64 ? sstore(calldata[0], calldata[32]) : return (key, 0, sload(key))
var partiesCode = common.FromHex("36604014601757600435806000525460405260606000f35b6020356000355500")

// walledAlloc is a state with the stand-in, in which the keys named are of suspended parties.
func walledAlloc(keys int, refused ...int) types.GenesisAlloc {
	alloc := openAlloc(keys)
	storage := map[common.Hash]common.Hash{}
	for _, i := range refused {
		storage[keyWord(i)] = common.BigToHash(big.NewInt(int64(admit.PartySuspended)))
	}
	alloc[evm.PartiesAddress] = types.Account{Code: partiesCode, Nonce: 1, Storage: storage}
	return alloc
}

func keyWord(i int) common.Hash {
	return common.BytesToHash(crypto.PubkeyToAddress(testKey(i).PublicKey).Bytes())
}

// setReason is the call that makes the stand-in answer this reason for key i.
func setReason(i int, reason admit.Reason) []byte {
	word := keyWord(i)
	return append(word[:], common.BigToHash(big.NewInt(int64(reason))).Bytes()...)
}

// remade is the block with another header and other transactions, roots of the body made to fit.
func remade(honest *types.Block, header func(*types.Header), txs ...*types.Transaction) []byte {
	h := honest.Header()
	list := honest.Transactions()
	if len(txs) > 0 {
		list = txs
		h.TxHash = types.DeriveSha(list, trie.NewStackTrie(nil))
	}
	if header != nil {
		header(h)
	}
	raw, err := rlp.EncodeToBytes(types.NewBlockWithHeader(h).WithBody(types.Body{Transactions: list, Withdrawals: []*types.Withdrawal{}}))
	if err != nil {
		panic(err)
	}
	return raw
}

// TestLyingProposer has four validators propose blocks that break one rule each. Each must be refused for
// the right reason, and the next block must come within five seconds.
func TestLyingProposer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	cfgs := makeNetwork(t, 4, walledAlloc(4, 3))
	for i := range cfgs {
		cfgs[i].TimeoutCommit = 200 * time.Millisecond
		cfgs[i].Comet = func(c *cmtcfg.Config) { c.Consensus.TimeoutPrecommit = 200 * time.Millisecond }
	}
	nodes := startNetwork(t, cfgs)
	head := func(h func(*types.Header)) func(*types.Block) []byte {
		return func(honest *types.Block) []byte { return remade(honest, h) }
	}
	heavy := make([]*types.Transaction, 16)
	for i := range heavy {
		var err error
		heavy[i], err = types.SignNewTx(testKey(2), types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
			ChainID: big.NewInt(testChainID), Nonce: uint64(i), To: &counterAddr, Gas: evm.MaxTxGas, GasTipCap: new(big.Int), GasFeeCap: new(big.Int),
		})
		require.NoError(t, err)
	}
	with := func(change func(*types.DynamicFeeTx)) func(*types.Block) []byte {
		inner := &types.DynamicFeeTx{ChainID: big.NewInt(testChainID), To: &counterAddr, Gas: 100_000, GasTipCap: new(big.Int), GasFeeCap: new(big.Int), Value: new(big.Int)}
		change(inner)
		tx, err := types.SignNewTx(testKey(2), types.LatestSignerForChainID(big.NewInt(testChainID)), inner)
		require.NoError(t, err)
		return func(honest *types.Block) []byte { return remade(honest, nil, tx) }
	}
	blob, err := types.SignNewTx(testKey(2), types.LatestSignerForChainID(big.NewInt(testChainID)), &types.BlobTx{Gas: 100_000, BlobHashes: []common.Hash{{1}}})
	require.NoError(t, err)

	lies := []struct {
		name string
		rule string
		make func(*types.Block) []byte
	}{
		{"parent", "parent", head(func(h *types.Header) { h.ParentHash = common.Hash{1} })},
		{"number", "number", head(func(h *types.Header) { h.Number.Add(h.Number, common.Big1) })},
		{"time later", "time", head(func(h *types.Header) { h.Time++ })},
		{"time earlier", "time", head(func(h *types.Header) { h.Time-- })},
		{"state root", "execution", head(func(h *types.Header) { h.Root = common.Hash{1} })},
		{"gas used", "execution", head(func(h *types.Header) { h.GasUsed++ })},
		{"extra", "extra", head(func(h *types.Header) { h.Extra = format.Extra(1) })},
		{"extra too long", "extra", head(func(h *types.Header) { h.Extra = append(h.Extra, 0) })},
		{"beacon root", "beacon root", head(func(h *types.Header) { h.ParentBeaconRoot = &common.Hash{1} })},
		{"coinbase", "coinbase", head(func(h *types.Header) { h.Coinbase = common.Address{1} })},
		{"gas limit", "gas limit", head(func(h *types.Header) { h.GasLimit++ })},
		{"base fee", "base fee", head(func(h *types.Header) { h.BaseFee = big.NewInt(1) })},
		{"mix digest", "mix digest", head(func(h *types.Header) { h.MixDigest = common.Hash{1} })},
		{"gas sum", "gas sum", func(b *types.Block) []byte { return remade(b, nil, heavy...) }},
		{"inadmissible sender", "admission", func(b *types.Block) []byte { return remade(b, nil, signed(t, testKey(3), 0, &counterAddr, nil)) }},
		{"tip", "admission", with(func(tx *types.DynamicFeeTx) { tx.GasTipCap, tx.GasFeeCap = common.Big1, common.Big1 })},
		{"value", "admission", with(func(tx *types.DynamicFeeTx) { tx.Value = common.Big1 })},
		{"gas of one transaction", "admission", with(func(tx *types.DynamicFeeTx) { tx.Gas = evm.MaxTxGas + 1 })},
		{"size of one transaction", "admission", with(func(tx *types.DynamicFeeTx) { tx.Data = make([]byte, evm.MaxTxBytes) })},
		{"blob transaction", "admission", func(b *types.Block) []byte { return remade(b, nil, blob) }},
		{"nonce", "execution", func(b *types.Block) []byte { return remade(b, nil, signed(t, testKey(2), 7, &counterAddr, nil)) }},
		{"rubbish", "encoding", func(*types.Block) []byte { return []byte("rubbish") }},
	}
	// Whoever proposes next lies, once; an honest application refuses its own lie as well.
	var next, told atomic.Int64
	next.Store(-1)
	for _, l := range nodes {
		l.app.lie = func(_ int64, honest *types.Block) []byte {
			i := next.Load()
			if honest == nil || i < 0 || !next.CompareAndSwap(i, -1) {
				return encoded(honest)
			}
			told.Store(i)
			return lies[i].make(honest)
		}
	}
	feed(t, nodes[2], 0)
	judge := nodes[1]
	for i, lie := range lies {
		refusals := judge.app.rejected.Load()
		told.Store(-1)
		next.Store(int64(i))
		waitFor(t, judge, lie.name+": a refusal", 20*time.Second, func() bool { return judge.app.rejected.Load() > refusals })
		from := judge.Final().Number
		waitFor(t, judge, lie.name+": the next block", 5*time.Second, func() bool { return judge.Final().Number > from })
		require.Equal(t, int64(i), told.Load())
		judge.app.rejections.Lock()
		var why *evm.Rejected
		ok := errors.As(judge.app.rejections.last, &why)
		judge.app.rejections.Unlock()
		require.True(t, ok, lie.name)
		require.Equal(t, lie.rule, why.Rule, lie.name)
	}
	sameBlocks(t, nodes)
}

func encoded(block *types.Block) []byte {
	if block == nil {
		return nil
	}
	raw, err := rlp.EncodeToBytes(block)
	if err != nil {
		panic(err)
	}
	return raw
}

// feed keeps sending transactions of a key to a node until the test ends.
func feed(t testing.TB, l *Ledger, i int) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				nonce := l.Ethereum().TxPool().PoolNonce(crypto.PubkeyToAddress(testKey(i).PublicKey))
				_ = l.Send(signed(panicking{}, testKey(i), nonce, &counterAddr, nil))
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// sameBlocks checks that no two nodes differ in a block.
func sameBlocks(t testing.TB, nodes []*Ledger) {
	t.Helper()
	top := nodes[0].Final().Number
	for _, l := range nodes {
		top = min(top, l.Final().Number)
	}
	require.NotZero(t, top)
	for n := uint64(1); n <= top; n++ {
		want, err := nodes[0].Block(n)
		require.NoError(t, err)
		for _, l := range nodes[1:] {
			b, err := l.Block(n)
			require.NoError(t, err)
			require.Equal(t, want.Hash, b.Hash, "block %d", n)
		}
	}
}
