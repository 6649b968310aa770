package index

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzHead: the head of a record read by hand is what rlp reads, and nothing stored brings it down.
func FuzzHead(f *testing.F) {
	for _, r := range []stored{{}, {Party: common.Address{1}, Key: common.Address{2}, Contract: common.Address{3}, Agent: 4, Lane: 1, Kind: 2,
		BlockTime: 1 << 40, Number: 7, Tx: common.Hash{8}, Pos: 300, Commitment: common.Hash{9},
		Objects: []Object{{Kind: 2, Primary: common.Hash{1}, Suffix: common.Hash{2}}, {Kind: 200, Suffix: common.Hash{31: 1}}}, Damaged: true, Duplicate: true,
		EventHash: common.Hash{10}, EventID: "urn:uuid:x", Millis: 1<<64 - 1, Columns: []byte{1, 2}, Roles: []byte{0}, Xform: []byte{5}, Lot: make([]byte, 32),
		Body: make([]byte, 1000)}} {
		b, err := rlp.EncodeToBytes(&r)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var whole, head stored
		err := decodeHead(b, &head)
		if rlp.DecodeBytes(b, &whole) != nil {
			return // stored by nobody
		}
		require.NoError(t, err)
		again, err := rlp.EncodeToBytes(&whole)
		require.NoError(t, err)
		head.Body = whole.Body
		byHand, err := rlp.EncodeToBytes(&head)
		require.NoError(t, err)
		assert.Equal(t, again, byHand)
	})
}
