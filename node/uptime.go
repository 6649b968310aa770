package node

import (
	"encoding/hex"
	"strings"

	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
)

// share counts who signed the last signingWindow heights.
type share struct {
	height int64 // last one counted
	known  int   // heights counted, at most signingWindow
	ring   [signingWindow][]string
	signed map[string]int // hex address -> heights signed
}

func (s *share) add(height int64, commit *cmttypes.Commit) {
	if s.signed == nil {
		s.signed = map[string]int{}
	}
	place := &s.ring[height%signingWindow]
	if s.known == signingWindow {
		for _, addr := range *place {
			if s.signed[addr]--; s.signed[addr] == 0 {
				delete(s.signed, addr)
			}
		}
	} else {
		s.known++
	}
	*place = (*place)[:0]
	for _, sig := range commit.Signatures {
		if sig.BlockIDFlag == cmttypes.BlockIDFlagCommit {
			addr := hex.EncodeToString(sig.ValidatorAddress)
			*place = append(*place, addr)
			s.signed[addr]++
		}
	}
	s.height = height
}

// Validators is what the explorer shows of the validators.
func (s *Signing) Validators() ledger.Validators {
	live := s.State()
	out := ledger.Validators{Height: live.Height, Window: signingWindow, List: []ledger.Validator{}, WaitingFor: live.WaitingFor}
	for _, v := range live.Validators {
		out.List = append(out.List, ledger.Validator{Name: v.Name, Address: strings.ToUpper(v.Address), Power: v.Power, LastSigned: v.LastSigned,
			MissedFor: v.Missed, Signed: v.Signed, Of: v.Of, Missing: v.Missing})
	}
	return out
}
