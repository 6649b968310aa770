package decode_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
)

var (
	parties    = contracts.NewParties()
	heads      = contracts.NewHeads()
	governance = contracts.NewGovernance()
	account    = contracts.NewPartyAccount()
	party      = common.HexToAddress("0xaaaa")
	isParty    = func(a common.Address) bool { return a == party }
)

func appendCall() []byte {
	return heads.PackAppend(2, 1, [][32]byte{{7}}, [][]contracts.Object{{{Kind: 1, Primary: [32]byte{'0', '9'}, Suffix: [32]byte{1}}, {Kind: 2}}},
		[]common.Address{party}, []byte("payload"))
}

func field(t *testing.T, list []decode.Value, name string) decode.Value {
	t.Helper()
	for _, v := range list {
		if v.Name == name {
			return v
		}
	}
	require.Fail(t, "no field", name)
	return decode.Value{}
}

func TestReadCall(t *testing.T) {
	t.Parallel()
	c := decode.ReadCall(contracts.HeadsAddr, appendCall(), isParty)
	assert.Equal(t, [2]string{"Heads", "append"}, [2]string{c.Contract, c.Method})
	assert.Equal(t, "2", field(t, c.Args, "lane").Text)
	objects := field(t, c.Args, "objects")
	assert.Equal(t, "struct[][]", objects.Type)
	assert.Equal(t, "1", field(t, objects.Fields[0].Fields[0].Fields, "kind").Text)
	assert.Equal(t, 7, field(t, c.Args, "payload").Count)
	assert.Equal(t, party.Hex(), field(t, c.Args, "next").Fields[0].Text)

	c = decode.ReadCall(party, account.PackExecute(contracts.HeadsAddr, common.Big0, appendCall()), isParty)
	assert.Equal(t, "PartyAccount", c.Contract)
	require.Len(t, c.Inner, 1)
	assert.Equal(t, "append", c.Inner[0].Method)

	bar := parties.PackBar(party, 5)
	c = decode.ReadCall(contracts.GovernanceAddr, governance.PackPropose([]contracts.Call{{Target: contracts.PartiesAddr, Data: bar}, {Target: party, Data: bar}}, "why 为何"), nil)
	assert.Equal(t, "why 为何", field(t, c.Args, "text").Text)
	require.Len(t, c.Inner, 2)
	assert.Equal(t, "bar", c.Inner[0].Method)
	assert.Empty(t, c.Inner[1].Method, "no contract of ours")
	assert.Equal(t, bar[:4], []byte(c.Inner[1].Selector))

	for name, data := range map[string][]byte{"empty": nil, "short": {1, 2}, "cut": appendCall()[:200], "unknown": {1, 2, 3, 4}} {
		c = decode.ReadCall(contracts.HeadsAddr, data, nil)
		assert.Empty(t, c.Method, name)
		assert.Equal(t, len(data), c.Size, name)
	}
}

// A list of lists that all name the same bytes says more than its size: reading stops at the bound.
func TestHostileLists(t *testing.T) {
	t.Parallel()
	call := heads.PackAppend(0, 1, make([][32]byte, 1), make([][]contracts.Object, 1000), nil, nil)
	// Every inner list is made to begin where the outer one's offsets are: 1000 lists of many objects.
	start := bytes.Index(call, common.LeftPadBytes([]byte{0x03, 0xe8}, 32)) + 32
	for i := range 1000 {
		copy(call[start+i*32:], common.LeftPadBytes([]byte{0x00}, 32))
	}
	c := decode.ReadCall(contracts.HeadsAddr, call, nil)
	b, err := json.Marshal(c)
	require.NoError(t, err)
	assert.Less(t, len(b), 1<<20)
}

func TestReadLogAndError(t *testing.T) {
	t.Parallel()
	l := &types.Log{Address: contracts.PartiesAddr, Topics: []common.Hash{parties.GetABI().Events["TargetSet"].ID, common.BytesToHash(party[:])},
		Data: common.LeftPadBytes([]byte{1}, 32)}
	got := decode.ReadLog(l, nil)
	assert.Equal(t, "TargetSet", got.Event)
	assert.Equal(t, party.Hex(), field(t, got.Args, "target").Text)
	assert.Equal(t, "true", field(t, got.Args, "approved").Text)
	l.Topics = l.Topics[:1]
	got = decode.ReadLog(l, nil)
	assert.Empty(t, got.Event, "an indexed argument is missing")
	assert.Len(t, got.Topics, 1)

	abi := parties.GetABI()
	id := abi.Errors["NotSponsor"].ID
	data := append(bytes.Clone(id[:4]), append(common.LeftPadBytes(party[:], 32), make([]byte, 32)...)...)
	e := decode.ReadError(data)
	assert.Equal(t, "NotSponsor", e.Name)
	assert.Equal(t, party.Hex(), e.Args[0].Text)
	assert.Empty(t, decode.ReadError(data[:20]).Name)
	assert.Empty(t, decode.ReadError(nil).Name)
}

// FuzzReadCall feeds hostile call data: the answer is bounded, and a call that the ABI package can't unpack isn't
// understood here either.
func FuzzReadCall(f *testing.F) {
	f.Add(appendCall(), byte(4))
	f.Add(account.PackExecute(contracts.HeadsAddr, common.Big0, appendCall()), byte(0))
	f.Add(governance.PackPropose([]contracts.Call{{Target: contracts.PartiesAddr, Data: parties.PackBar(party, 5)}}, "x"), byte(2))
	f.Add(parties.PackRegisterParty([32]byte{1}, contracts.PartyDetails{Name: "n"}, party, 3), byte(3))
	f.Fuzz(func(t *testing.T, data []byte, n byte) {
		to := common.Address{0: 0x53, 1: 0x59, 19: n % 7}
		if n%7 == 0 {
			to = party
		}
		c := decode.ReadCall(to, data, isParty)
		b, err := json.Marshal(c)
		require.NoError(t, err)
		require.Less(t, len(b), 4<<20)
		decode.ReadError(data)
		decode.ReadLog(&types.Log{Address: to, Topics: []common.Hash{common.BytesToHash(data)}, Data: data}, isParty)
	})
}
