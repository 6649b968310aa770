package ledger_test

import (
	"context"
	"math/big"
	"strconv"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// feed gives a ledger's blocks to an index.
type feed struct{ *chain.Ledger }

func (f feed) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	return f.Ledger.Follow(ctx, chain.Cursor(from), func(b chain.Block) error { return fn(index.Block(b)) })
}

// start runs a real ledger with an index behind it.
func start(t *testing.T) (*chaintest.Node, *ledger.Reader) {
	n := chaintest.Start(t)
	x, err := index.Open(t.TempDir(), index.Chain{ID: chaintest.ChainID, Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr}, 8<<20)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx, feed{n.Ledger}) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, x.Close())
	})
	return n, &ledger.Reader{Ledger: n.Ledger, Index: x, Signing: func() ledger.Validators { return ledger.Validators{List: []ledger.Validator{}} }}
}

// TestReader reads everything a real ledger with some registrations and a failed transaction has.
func TestReader(t *testing.T) {
	n, r := start(t)
	ctx := t.Context()
	parties := contracts.NewParties()
	maker, key := n.Register(t, "晨溪饮品 Chenxi Beverages", 9521202000007)
	guest, _ := n.Register(t, "Qingshan Orchard", 0)
	n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackGrantLicence(maker, 1, "9521202", 0, 0, common.Hash{}))
	n.Do(t, key, contracts.PartiesAddr, parties.PackSetMember(2, guest, 2))
	second := chaintest.NewKey("second")
	n.Do(t, key, contracts.PartiesAddr, parties.PackSetKey(second.Address(), 1, uint32(contracts.ScopeCapture), 0, 0))
	done := n.Do(t, key, contracts.PartiesAddr, parties.PackSetKey(second.Address(), 1, uint32(contracts.ScopeCapture|contracts.ScopeRead), 0, 0))
	nonce, err := n.Nonce(ctx, n.Sandbox.Address())
	require.NoError(t, err)
	refused, err := n.Sandbox.SignTx(types.NewTx(&types.LegacyTx{Nonce: nonce, To: &contracts.PartiesAddr, Gas: 1_000_000, GasPrice: new(big.Int), Data: parties.PackSuspend(maker, 0)}),
		new(big.Int).SetUint64(chaintest.ChainID))
	require.NoError(t, err)
	require.NoError(t, n.Send(refused))
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for moved := n.Moved(); ; moved = n.Moved() {
		if _, _, ok, err := n.Transaction(refused.Hash()); ok && err == nil {
			break
		}
		select {
		case <-moved:
		case <-waiting.Done():
			t.Fatal("the transaction isn't final")
		}
	}
	require.NoError(t, r.Index.WaitFor(waiting, n.Final().Height))

	blocks, err := r.Blocks(ctx, 0, 100)
	require.NoError(t, err)
	require.Equal(t, n.Final().Number, uint64(len(blocks)))
	older, err := r.Blocks(ctx, blocks[1].Number, 2)
	require.NoError(t, err)
	assert.Equal(t, blocks[2:4], older)
	assert.Equal(t, 1, blocks[0].Failed)
	b, err := r.Block(ctx, blocks[2].Hash.Hex(), 0)
	require.NoError(t, err)
	require.NotNil(t, b.Certificate)
	assert.Equal(t, b.Certificate.Total, b.Certificate.Power)
	require.NotEmpty(t, b.Transactions)
	_, err = r.Block(ctx, "0", 0)
	require.NoError(t, err)
	for _, id := range []string{"999999", "x", "", common.Hash{1}.Hex()} {
		_, err = r.Block(ctx, id, 0)
		require.ErrorIs(t, err, ledger.ErrNotFound, id)
	}

	tx, err := r.Transaction(ctx, refused.Hash())
	require.NoError(t, err)
	assert.Equal(t, "suspend", tx.Call.Method)
	require.NotNil(t, tx.Failure)
	assert.Equal(t, "NotAllowed", tx.Failure.Error.Name)
	tx, err = r.Transaction(ctx, done.TxHash)
	require.NoError(t, err)
	assert.Equal(t, "KeyRecorded", tx.Logs[0].Event)
	assert.Equal(t, "晨溪饮品 Chenxi Beverages", tx.From.Name)

	list, total, err := r.Parties(ctx, 1, 2)
	require.NoError(t, err)
	assert.Equal(t, 4, total)
	assert.Len(t, list, 2)
	p, err := r.Party(ctx, maker)
	require.NoError(t, err)
	assert.Equal(t, [2]any{"9521202000007", 2}, [2]any{p.GLN, p.KeyCount})
	require.Len(t, p.Licences, 1)
	assert.Equal(t, "9521202", p.Licences[0].Text)
	changes, next, err := r.History(ctx, maker, "", 1)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.Equal(t, []ledger.Field{{Name: "scopes", Type: "uint32", Value: strconv.Itoa(int(contracts.ScopeCapture | contracts.ScopeRead)), Before: strconv.Itoa(int(contracts.ScopeCapture))}}, changes[0].Fields)
	assert.Equal(t, key.Address(), changes[0].By.Address)
	rest, end, err := r.History(ctx, maker, next, 100)
	require.NoError(t, err)
	assert.Empty(t, end)
	assert.Len(t, rest, 6, "party, agent, first key, licence, member, key")

	o, err := r.Leaves(ctx, changes[0].Object, "", 0, 10)
	require.NoError(t, err)
	require.NotNil(t, o.Lane.Agrees)
	assert.True(t, *o.Lane.Agrees)
	require.Len(t, o.Lane.Leaves, 7, "licence and keys stand on the party's own trunk")
	assert.Equal(t, changes[0].Leaf, o.Lane.Leaves[6].Hash)
	assert.Equal(t, done.TxHash, o.Lane.Leaves[6].Tx)
	_, err = r.Leaves(ctx, common.Hash{1}, "", 0, 10)
	require.ErrorIs(t, err, ledger.ErrNotFound)

	l, err := r.Licence(ctx, 2)
	require.NoError(t, err)
	require.Len(t, l.Members, 1)
	assert.Equal(t, "delegate", l.Members[0].Standing)
	a, err := r.Address(ctx, key.Address(), "", 2)
	require.NoError(t, err)
	assert.Equal(t, "key", a.Kind)
	assert.Len(t, a.Transactions, 2)
	assert.NotEmpty(t, a.Next)

	for text, want := range map[string]string{"chenxi": "/explorer/parties/" + maker.Hex(), "晨溪": "/explorer/parties/" + maker.Hex(), "9521202000007": "/explorer/parties/" + maker.Hex(),
		"Test operator": "/explorer/parties/" + list[0].Sponsor.Address.Hex(), "9521202": "/explorer/licences/2", done.TxHash.Hex(): "/explorer/transactions/" + done.TxHash.Hex(),
		blocks[0].Hash.Hex(): "/explorer/blocks/" + strconv.FormatUint(blocks[0].Number, 10), second.Address().Hex(): "/explorer/addresses/" + second.Address().Hex(), "1": "/explorer/blocks/1",
		contracts.HeadsAddr.Hex(): "/explorer/addresses/" + contracts.HeadsAddr.Hex(), "no such thing": ""} {
		found, err := r.Search(ctx, text)
		require.NoError(t, err, text)
		var paths []string
		for _, h := range found.Hits {
			paths = append(paths, h.Path)
		}
		if want == "" {
			assert.Empty(t, paths, text)
			assert.NotEmpty(t, found.Tried)
			continue
		}
		assert.Contains(t, paths, want, text)
	}

	// The stream gives every block once, from wherever it is taken up.
	live, stop := context.WithCancel(ctx)
	var cursors []string
	err = r.Live(live, index.Seq{}, true, func(e ledger.Event) error {
		if e.Type == "block" {
			cursors = append(cursors, e.Cursor)
		} else if e.Type == "state" {
			stop()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Len(t, cursors, len(blocks))
	middle, err := index.ParseSeq(cursors[2])
	require.NoError(t, err)
	live, stop = context.WithCancel(ctx)
	var again []string
	err = r.Live(live, middle, true, func(e ledger.Event) error {
		if e.Type == "block" {
			again = append(again, e.Cursor)
		} else if e.Type == "state" {
			stop()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, cursors[3:], again)
}
