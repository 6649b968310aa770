package chaintest

import (
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// BenchmarkAdmission measures one question to Parties that no memo answers.
func BenchmarkAdmission(b *testing.B) {
	n := Start(b)
	b.ResetTimer()
	for i := range b.N {
		var to common.Address
		binary.BigEndian.PutUint64(to[:], uint64(i)+1)
		_ = n.EVM().AdmitCall(n.Operator.Address(), &to)
	}
}
