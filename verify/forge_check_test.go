package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// TestForge holds the forge itself: what it makes of a good proof is good.
func TestForge(t *testing.T) {
	for _, name := range []string{"bottle.json", "lot.json", "handbag.json", "party.json"} {
		f := newForged(t)
		p := readProof(t, name)
		f.remake(t, p)
		r := verify.Verify(encode(t, p), &f.trust, verify.Options{})
		require.True(t, r.OK(), "%s: %+v", name, r.Failed)
	}
}
