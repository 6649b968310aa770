package node

import (
	"cmp"
	"encoding/hex"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// vote is a place in consensus at which a validator has voted.
type vote struct {
	height int64
	round  int32
	kind   cmtproto.SignedMsgType // prevote before precommit
}

func (a vote) compare(b vote) int {
	return cmp.Or(cmp.Compare(a.height, b.height), cmp.Compare(a.round, b.round), cmp.Compare(a.kind, b.kind))
}

// votes are the latest votes heard of, by hex address.
type votes map[string]vote

func (s votes) heard(v *cmttypes.Vote) {
	addr, at := hex.EncodeToString(v.ValidatorAddress), vote{v.Height, v.Round, v.Type}
	if at.compare(s[addr]) > 0 {
		s[addr] = at
	}
}

// absent says of a validator, while no block comes after height, that it doesn't take part. To have voted for the next
// block isn't enough: it may have gone after its first vote. Those who are there have all voted where consensus stands,
// which is where it waits for more.
func (s votes) absent(addr string, height int64) bool {
	var stand vote
	for _, v := range s {
		if v.compare(stand) > 0 {
			stand = v
		}
	}
	return s[addr].height <= height || s[addr].compare(stand) < 0
}
