package node

import (
	"encoding/hex"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/assert"
)

func TestAbsent(t *testing.T) {
	t.Parallel()
	heard := votes{}
	say := func(who byte, height int64, round int32, kind cmtproto.SignedMsgType) {
		heard.heard(&cmttypes.Vote{Type: kind, Height: height, Round: round, ValidatorAddress: []byte{who}})
	}
	for who := byte(1); who <= 4; who++ { // all made block 7
		say(who, 7, 0, cmtproto.PrevoteType)
		say(who, 7, 0, cmtproto.PrecommitType)
	}
	say(1, 8, 0, cmtproto.PrevoteType)
	say(2, 8, 0, cmtproto.PrevoteType)
	say(3, 8, 0, cmtproto.PrevoteType) // and is gone; 4 was gone before
	say(1, 8, 0, cmtproto.PrecommitType)
	say(2, 8, 0, cmtproto.PrecommitType)
	say(2, 8, 0, cmtproto.PrevoteType) // heard again, late
	for who, want := range map[byte]bool{1: false, 2: false, 3: true, 4: true} {
		assert.Equal(t, want, heard.absent(hex.EncodeToString([]byte{who}), 7), who)
	}
	assert.True(t, heard.absent("never heard of", 7))
	assert.True(t, votes{}.absent("01", 0), "nobody votes")
}
