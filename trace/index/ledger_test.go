package index_test

import (
	"context"
	"math"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

const latest = math.MaxUint64

// TestRegisterHistory follows a real ledger on which a register is kept: every change is found by its party, and every
// leaf of a registry object names the change it stands for, with the head the contract has.
func TestRegisterHistory(t *testing.T) {
	n := chaintest.Start(t)
	parties := contracts.NewParties()
	maker, key := n.Register(t, "晨溪饮品 Chenxi Beverages", 9521202000007)
	guest, _ := n.Register(t, "Qingshan Orchard", 0)
	n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackGrantLicence(maker, 1, "9521202", 0, 0, common.Hash{}))
	const licence = 2 // 1 is the sandbox's
	n.Do(t, key, contracts.PartiesAddr, parties.PackSetMember(licence, guest, 1))
	second := chaintest.NewKey("second")
	n.Do(t, key, contracts.PartiesAddr, parties.PackSetKey(second.Address(), 1, uint32(contracts.ScopeCapture), 0, 0))
	n.Do(t, key, contracts.PartiesAddr, parties.PackRevokeKey(second.Address()))
	grant := func(kind uint8, text string) uint64 {
		return n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackGrantLicence(guest, kind, text, 0, 0, common.Hash{})).Number
	}
	granted := grant(1, "9521303") // which passes to a longer one
	revoked := n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackRevokeLicence(licence+1)).Number
	again, spaces := grant(1, "952130301"), grant(3, "https://guest.example/")

	where := index.Chain{ID: chaintest.ChainID, Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr}
	p, err := index.Open(t.TempDir(), where, 8<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	var blocks []chain.Block
	for number := uint64(1); number <= n.Final().Number; number++ {
		b, err := n.Block(number)
		require.NoError(t, err)
		require.NoError(t, p.Apply(index.Block(b)))
		blocks = append(blocks, b)
	}
	v := view(t, p)

	changes, err := v.Changes(maker, index.ChangeRef{Height: latest}, 100)
	require.NoError(t, err)
	require.Len(t, changes, 7, "party, agent, first key, licence, member, key, key revoked")
	for i := range changes {
		leaf, object, fields := changes[i].Leaf(where)
		lane := common.Hash(format.LaneKey(format.Trunk, object.Key()))
		leaves, err := v.Leaves(lane, 0, 100)
		require.NoError(t, err)
		found := false
		for _, l := range leaves {
			require.NotNil(t, l.Change, "leaf of the register")
			c, err := v.Change(maker, *l.Change)
			require.NoError(t, err)
			hash, _, _ := c.Leaf(where)
			require.Equal(t, l.Hash, hash)
			found = found || hash == leaf
		}
		assert.True(t, found, fields)
		head, err := v.Head(lane)
		require.NoError(t, err)
		out, err := n.Call(context.Background(), contracts.HeadsAddr, contracts.NewHeads().PackHead(lane))
		require.NoError(t, err)
		word := head.Word()
		assert.Equal(t, out, word[:], "the contract's head")
	}
	firstTwo, err := v.Changes(maker, index.ChangeRef{Height: latest}, 2)
	require.NoError(t, err)
	rest, err := v.Changes(maker, firstTwo[1].ChangeRef, 100)
	require.NoError(t, err)
	assert.Equal(t, changes, append(firstTwo, rest...), "pages join")

	members, err := v.Members(licence, common.Address{}, 10)
	require.NoError(t, err)
	assert.Equal(t, []index.Member{{Party: guest, Standing: 1}}, members)
	k, ok, err := v.KeyOf(second.Address())
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, index.KeyRecord{Party: maker, Agent: 1}, k)

	ever, err := v.EverRevoked()
	require.NoError(t, err)
	assert.True(t, ever)
	at := func(number uint64) uint64 { return blocks[number-1].Time }
	digits := func(s string) (h common.Hash) { copy(h[:], s); return h }
	longer := index.Granted{ID: licence + 2, Primary: digits("952130301"), Holder: guest, Number: again, Since: at(again)}
	shorter := index.Granted{ID: licence + 1, Primary: digits("9521303"), Holder: guest, Number: granted, Since: at(granted), Until: at(revoked)}
	space := index.Granted{ID: licence + 3, Primary: crypto.Keccak256Hash([]byte("https://guest.example/")), Holder: guest, Number: spaces, Since: at(spaces)}
	for name, tt := range map[string]struct {
		kind    format.Kind
		primary common.Hash
		want    []index.Granted
	}{
		"both lengths":                 {format.KindInstance, digits("09521303010017"), []index.Granted{shorter, longer}},
		"the shorter alone":            {format.KindClass, digits("19521303020018"), []index.Granted{shorter}},
		"digits without indicator":     {format.KindGDTI, digits("9521303010010"), []index.Granted{shorter, longer}},
		"the indicator isn't licensed": {format.KindGDTI, digits("0952130301001"), nil},
		"an asset of the shorter":      {format.KindGIAI, digits("9521303"), []index.Granted{shorter}},
		"an asset of neither":          {format.KindGIAI, digits("952130"), nil},
		"an asset of the catch-all":    {format.KindGIAI, common.Hash{}, nil},
		"a namespace":                  {format.KindURI, space.Primary, []index.Granted{space}},
		"a URI of the catch-all":       {format.KindURI, crypto.Keccak256Hash(), nil},
	} {
		got, err := v.Grants(tt.kind, tt.primary)
		require.NoError(t, err)
		assert.Equal(t, tt.want, got, name)
	}
	assert.False(t, shorter.During(shorter.Since-1))
	assert.True(t, shorter.During(shorter.Since) && shorter.During(shorter.Until))
	assert.False(t, shorter.During(shorter.Until+1))
	assert.True(t, longer.During(latest))

	for text, want := range map[string][]common.Address{
		"chenxi": {maker}, "BEVER": {maker}, "溪饮": {maker}, "晨溪 bev": {maker}, "orchard q": {guest}, "hards": nil, "": nil, "!": nil,
	} {
		list, more, err := v.PartiesNamed(text, 10)
		require.NoError(t, err)
		assert.False(t, more)
		var got []common.Address
		for _, r := range list {
			got = append(got, r.Address)
		}
		assert.Equal(t, want, got, text)
	}

	list, err := v.Blocks(latest, 3)
	require.NoError(t, err)
	require.Len(t, list, 3)
	for i, b := range list {
		want := blocks[len(blocks)-1-i]
		assert.Equal(t, [4]any{uint64(want.Height), want.Number, want.Hash, uint32(len(want.Txs))}, [4]any{b.Height, b.Number, b.Hash, b.Txs})
	}
	up, err := v.BlocksFrom(list[1].Height, 5)
	require.NoError(t, err)
	assert.Equal(t, []index.BlockEntry{list[1], list[0]}, up)
	sent, err := v.Sent(key.Address(), index.TxPlace{Height: latest}, 10)
	require.NoError(t, err)
	assert.Len(t, sent, 3)
}

// TestEnding finds things by serial or lot alone.
func TestEnding(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	e := observe(t, 1, "", "A-1", "B2")
	l.Mine(tracetest.Tx{Party: tracetest.Address("a"), Key: tracetest.Address("k"), Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, e)})
	p := tracetest.Open(t)
	require.NoError(t, p.Apply(l.Blocks()...))
	v := view(t, p)
	for part, want := range map[string][]string{"A-1": {bottle + "A-1"}, "B2": {bottle + "B2"}, "b2": nil, "": nil, "A": nil} {
		names, more, err := v.Ending(part, 5)
		require.NoError(t, err)
		assert.False(t, more)
		assert.Equal(t, want, names, part)
	}
	named, err := v.Named(bottle + "B2")
	require.NoError(t, err)
	assert.Equal(t, []common.Hash{tracetest.ObjectsOf(t, e)[1].Key()}, named)
}
