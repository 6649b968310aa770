package node

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
)

func TestSealings(t *testing.T) {
	t.Parallel()
	party := common.HexToAddress("0xAb00000000000000000000000000000000000001")
	cfg := Config{CapturePolicy: []string{"default=chain", "Plant = A=private", party.Hex() + "=public"},
		CaptureDisclose: []string{"default=/type", "default=/bizStep", "Plant = A=/"}}
	all, err := cfg.sealings()
	require.NoError(t, err)
	assert.Equal(t, capture.Sealing{Policy: "chain", Disclose: []string{"/type", "/bizStep"}}, all.of(common.Address{1}, "Somebody"))
	assert.Equal(t, capture.Sealing{Policy: "private", Disclose: []string{}}, all.of(common.Address{1}, "Plant = A"))
	assert.Equal(t, "public", all.of(party, "Plant = A").Policy)
	for _, bad := range []Config{{CapturePolicy: []string{"chain"}}, {CapturePolicy: []string{"default=secret"}}, {CapturePolicy: []string{"=chain"}},
		{CaptureDisclose: []string{"/type"}}, {CaptureDisclose: []string{"default=/eventID"}}, {CaptureDisclose: []string{"default=/a~2"}}} {
		_, err := bad.sealings()
		assert.Error(t, err, "%+v", bad)
	}
}
