package node

import (
	"testing"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/assert"
)

func TestShareForgets(t *testing.T) {
	t.Parallel()
	var s share
	sign := func(height int64, flags ...cmttypes.BlockIDFlag) {
		c := &cmttypes.Commit{}
		for i, f := range flags {
			c.Signatures = append(c.Signatures, cmttypes.CommitSig{BlockIDFlag: f, ValidatorAddress: []byte{byte(i)}})
		}
		s.add(height, c)
	}
	const yes, no = cmttypes.BlockIDFlagCommit, cmttypes.BlockIDFlagNil
	for h := int64(1); h <= 10; h++ {
		sign(h, yes, no)
	}
	assert.Equal(t, [3]int{10, 10, 0}, [3]int{s.known, s.signed["00"], s.signed["01"]})
	for h := int64(11); h <= signingWindow+10; h++ {
		sign(h, no, yes)
	}
	assert.Equal(t, [3]int{signingWindow, 0, signingWindow}, [3]int{s.known, s.signed["00"], s.signed["01"]})
	assert.Len(t, s.signed, 1)
}
