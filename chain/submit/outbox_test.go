package submit

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

func TestSubmitUntilFinal(t *testing.T) {
	r := newRig(t)
	got := r.submit(r.request(1))
	r.inFlight(1)
	b := r.block()
	a := get(t, got)
	require.NoError(t, a.err)
	assert.Equal(t, Final{Height: b.Height, Number: b.Number, BlockHash: b.Hash, BlockTime: b.Time, TxHash: b.Txs[0].Hash(),
		GasUsed: 21_000, Receipt: a.final.Receipt}, a.final)
	assert.Equal(t, types.ReceiptStatusSuccessful, a.final.Receipt.Status)
	assert.Equal(t, Cursor{b.Height, b.Hash}, r.box.Cursor())

	// The same id again: the same answer, from the store, and nothing is sent.
	sends := r.ledger.sends
	again, err := r.box.Submit(context.Background(), r.request(1))
	require.NoError(t, err)
	assert.Equal(t, a.final.TxHash, again.TxHash)
	assert.Equal(t, a.final.Receipt, again.Receipt)
	assert.Equal(t, sends, r.ledger.sends)

	// The same id for another call.
	other := r.request(1)
	other.Data = []byte("other")
	_, err = r.box.Submit(context.Background(), other)
	assert.ErrorIs(t, err, ErrConflict)
}

func TestManyCallersPipelinedNonces(t *testing.T) {
	r := newRig(t)
	const n = 200
	var wg sync.WaitGroup
	finals := make([][2]Final, n)
	for i := range n {
		for again := range 2 { // everybody asks twice
			wg.Go(func() {
				req := r.request(1)
				req.ID = [32]byte{1, byte(i), byte(i >> 8)}
				req.Data = req.ID[:]
				f, err := r.box.Submit(context.Background(), req)
				assert.NoError(t, err)
				finals[i][again] = f
			})
		}
	}
	r.inFlight(n)
	b := r.block()
	wg.Wait()
	assert.Len(t, b.Txs, n, "all in one block, no nonce left out")
	seen := map[uint64]bool{}
	for _, f := range finals {
		assert.Equal(t, f[0].TxHash, f[1].TxHash)
		assert.False(t, seen[f[0].Nonce])
		seen[f[0].Nonce] = true
	}
}

func TestCheckedRequests(t *testing.T) {
	r := newRig(t)
	for name, change := range map[string]func(*Request){
		"zero id":      func(q *Request) { q.ID = [32]byte{} },
		"no key":       func(q *Request) { q.Key = nil },
		"too much gas": func(q *Request) { q.Gas = MaxGas + 1 },
	} {
		req := r.request(1)
		change(&req)
		_, err := r.box.Submit(context.Background(), req)
		assert.ErrorContains(t, err, "must", name)
	}
}

func TestWaitingSaysWhatFor(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { r.inFlight(1); cancel() }()
	_, err := r.box.Submit(ctx, r.request(1))
	var w *Waiting
	require.ErrorAs(t, err, &w)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "a block to hold it", w.For)
	b := r.block()
	assert.Equal(t, b.Txs[0].Hash(), w.TxHash)
	_, err = r.box.Submit(context.Background(), r.request(1))
	require.NoError(t, err)
}

func TestRefusedAtTheDoor(t *testing.T) {
	r := newRig(t)
	r.ledger.refusing[r.key.Address()] = admit.Expired
	_, err := r.box.Submit(context.Background(), r.request(1))
	var no *Refused
	require.ErrorAs(t, err, &no)
	assert.Equal(t, admit.Expired, no.Reason)
	assert.Equal(t, r.key.Address(), no.Key)
	assert.Zero(t, no.TxHash)
	assert.ErrorContains(t, err, "the key has expired")

	create := r.request(2)
	create.To = nil
	r.ledger.refusing[r.key.Address()] = admit.Admitted
	_, err = r.box.Submit(context.Background(), create)
	require.ErrorAs(t, err, &no)
	assert.Equal(t, admit.NeedsDeployScope, no.Reason)
}

// TestSuspendedInFlight: the callers hear it within a tick; others of the key go on.
func TestSuspendedInFlight(t *testing.T) {
	r := newRig(t)
	banned := common.HexToAddress("0xbad")
	first := r.request(1)
	first.To = &banned
	a := r.submit(first)
	r.inFlight(1)
	b := r.submit(r.request(2))
	r.inFlight(2)

	r.ledger.mu.Lock()
	r.ledger.refusing[banned] = admit.TargetRefused
	r.ledger.mu.Unlock()
	r.box.Tick(context.Background())
	var no *Refused
	got := get(t, a)
	require.ErrorAs(t, got.err, &no)
	assert.Equal(t, admit.TargetRefused, no.Reason)
	assert.NotZero(t, no.TxHash)

	// The gap before the second is filled, so it can be executed.
	r.box.Tick(context.Background())
	r.inFlight(2)
	block := r.block()
	require.Len(t, block.Txs, 2)
	assert.Equal(t, r.box.opts.Filler, *block.Txs[0].To())
	require.NoError(t, get(t, b).err)

	// Its nonce is used up: the first may have a new transaction when it is admitted again.
	r.ledger.mu.Lock()
	delete(r.ledger.refusing, banned)
	r.ledger.mu.Unlock()
	a = r.submit(first)
	r.inFlight(1)
	r.block()
	require.NoError(t, get(t, a).err)
}

// TestRefusedButExecuted: a suspension is lifted and another node still has the bytes.
func TestRefusedButExecuted(t *testing.T) {
	r := newRig(t)
	key := r.key.Address()
	a := r.submit(r.request(1))
	r.inFlight(1)
	r.ledger.mu.Lock()
	r.ledger.refusing[key] = admit.PartySuspended
	r.ledger.mu.Unlock()
	r.box.Tick(context.Background())
	require.Error(t, get(t, a).err)
	r.ledger.mu.Lock()
	delete(r.ledger.refusing, key)
	r.ledger.mu.Unlock()
	b := r.block()
	require.Len(t, b.Txs, 1)
	f, err := r.box.Submit(context.Background(), r.request(1))
	require.NoError(t, err)
	assert.Equal(t, b.Txs[0].Hash(), f.TxHash)
}

// TestForeignTransaction: somebody signs with the same key elsewhere and takes our nonce.
func TestForeignTransaction(t *testing.T) {
	r := newRig(t)
	a := r.submit(r.request(1))
	r.inFlight(1)
	tx, err := r.key.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: testChain, Nonce: 0, To: &target, Gas: 50_000}), testChain)
	require.NoError(t, err)
	r.ledger.mu.Lock()
	r.ledger.wild[r.key.Address()][0] = []*types.Transaction{tx}
	r.ledger.mu.Unlock()
	r.block()
	r.inFlight(1)
	b := r.block()
	got := get(t, a)
	require.NoError(t, got.err)
	assert.Equal(t, uint64(1), got.final.Nonce)
	assert.Equal(t, []byte{1}, b.Txs[0].Data())
}

func TestRevertIsDecoded(t *testing.T) {
	arg, err := abi.NewType("address", "", nil)
	require.NoError(t, err)
	num, err := abi.NewType("uint256", "", nil)
	require.NoError(t, err)
	custom := abi.NewError("NotEntitled", abi.Arguments{{Name: "party", Type: arg}, {Name: "lane", Type: num}})
	packed, err := custom.Inputs.Pack(target, bigOf(7))
	require.NoError(t, err)
	r := newRig(t, func(o *Options) { o.Errors = []abi.Error{custom} })
	r.ledger.reverts[target] = append(custom.ID[:4:4], packed...)

	// In the estimate: no transaction is made.
	estimate := r.request(1)
	estimate.Gas = 0
	_, err = r.box.Submit(context.Background(), estimate)
	var rev *Reverted
	require.ErrorAs(t, err, &rev)
	assert.Nil(t, rev.Final)
	assert.Equal(t, "NotEntitled", rev.Name)

	// In a block.
	a := r.submit(r.request(2))
	r.inFlight(1)
	b := r.block()
	got := get(t, a)
	for range 2 {
		require.ErrorAs(t, got.err, &rev)
		assert.Equal(t, "NotEntitled(party="+target.Hex()+", lane=7)", rev.Reason)
		assert.Equal(t, b.Txs[0].Hash(), rev.Final.TxHash)
		assert.Equal(t, types.ReceiptStatusFailed, got.final.Receipt.Status)
		got.final, got.err = r.box.Submit(context.Background(), r.request(2)) // the stored answer is the same
	}
}

func TestPoolErrors(t *testing.T) {
	r := newRig(t)
	r.ledger.sendErr = core.ErrIntrinsicGas
	_, err := r.box.Submit(context.Background(), r.request(1))
	var bad *Invalid
	require.ErrorAs(t, err, &bad)
	require.ErrorIs(t, err, core.ErrIntrinsicGas)

	// A full pool is a matter of time.
	r.ledger.mu.Lock()
	r.ledger.sendErr = errors.New("txpool is full")
	r.ledger.mu.Unlock()
	a := r.submit(r.request(2))
	r.until("an attempt", func() bool { r.ledger.mu.Lock(); defer r.ledger.mu.Unlock(); return r.ledger.sends == 2 })
	r.ledger.mu.Lock()
	r.ledger.sendErr = nil
	r.ledger.mu.Unlock()
	r.until("the tick sends it again", func() bool {
		r.box.Tick(context.Background())
		r.ledger.mu.Lock()
		defer r.ledger.mu.Unlock()
		return len(r.ledger.pool[r.key.Address()]) == 1
	})
	b := r.block()
	require.NoError(t, get(t, a).err)
	assert.Equal(t, uint64(0), b.Txs[0].Nonce(), "the nonce of the invalid one was free again")
}

func TestInFlightLimit(t *testing.T) {
	r := newRig(t, func(o *Options) { o.InFlight = 3 })
	var answers []<-chan answer
	for i := range byte(8) {
		answers = append(answers, r.submit(r.request(i+1)))
	}
	for _, n := range []int{3, 3, 2} {
		r.inFlight(n)
		assert.Len(t, r.block().Txs, n)
	}
	for _, a := range answers {
		require.NoError(t, get(t, a).err)
	}
}

func TestRestartSendsTheSameBytes(t *testing.T) {
	r := newRig(t)
	_ = r.submit(r.request(1))
	r.inFlight(1)
	before := r.ledger.pool[r.key.Address()][0].Hash()
	r.crash(nil, 0)
	r.inFlight(1)
	assert.Equal(t, before, r.ledger.pool[r.key.Address()][0].Hash())
	a := r.submit(r.request(1))
	r.block()
	assert.Equal(t, before, get(t, a).final.TxHash)
}

// TestRestartWithoutKey: a request that needs a new signature waits until its key is there.
func TestRestartWithoutKey(t *testing.T) {
	r := newRig(t)
	_ = r.submit(r.request(1))
	r.inFlight(1)
	r.crash(rand.New(rand.NewPCG(1, 2)), 50)
	r.inFlight(1)
	tx, err := r.key.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: testChain, Nonce: 0, To: &target, Gas: 50_000}), testChain)
	require.NoError(t, err)
	r.ledger.mu.Lock()
	r.ledger.wild[r.key.Address()][0] = []*types.Transaction{tx}
	r.ledger.mu.Unlock()
	r.block()
	r.until("nobody can sign", func() bool {
		r.box.mu.Lock()
		defer r.box.mu.Unlock()
		return r.box.byID[[32]byte{1}].state == orphan
	})
	a := r.submit(r.request(1))
	r.inFlight(1)
	r.block()
	require.NoError(t, get(t, a).err)
}

func TestResultsAreForgotten(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Keep = time.Hour })
	a := r.submit(r.request(1))
	r.inFlight(1)
	b := r.block()
	require.NoError(t, get(t, a).err)
	_, found, err := r.box.store.load([32]byte{1})
	require.NoError(t, err)
	require.True(t, found)
	b = Block{Height: b.Height + 2, Number: b.Number + 1, Hash: common.Hash{9}, Time: b.Time + 7200}
	require.NoError(t, r.box.Observe(b))
	_, found, err = r.box.store.load([32]byte{1})
	require.NoError(t, err)
	assert.False(t, found)
}

func TestClosed(t *testing.T) {
	r := newRig(t)
	a := r.submit(r.request(1))
	r.inFlight(1)
	require.NoError(t, r.box.Close())
	assert.ErrorIs(t, get(t, a).err, ErrClosed)
	_, err := r.box.Submit(context.Background(), r.request(1))
	assert.ErrorIs(t, err, ErrClosed)
	assert.ErrorIs(t, r.box.Observe(Block{Height: 9, Number: 9}), ErrClosed)
}
