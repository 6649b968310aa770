package tracetest

import (
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// SealedCall is the call that records one event sealed, with salts that a seed decides, and its fields. of is the commitment
// of the sealed event that a declaration is about; zero for none.
func SealedCall(t testing.TB, lane format.Lane, kind format.LeafKind, policy string, e *epcis.Event, seed uint64, of format.Hash,
) (index.Call, []format.SealedField) {
	t.Helper()
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	fields, err := e.Seal(rand.NewChaCha8(key))
	require.NoError(t, err)
	stub, err := epcis.NewStub(policy, fields)
	require.NoError(t, err)
	stub.Of = of
	payload, err := epcis.EncodePayload([][]byte{stub.Body()})
	require.NoError(t, err)
	return index.Call{Lane: uint8(lane), Kind: uint8(kind), Commitments: []common.Hash{stub.Commitment()},
		Objects: [][]index.Object{ObjectsOf(t, e)}, Payload: payload}, fields
}
