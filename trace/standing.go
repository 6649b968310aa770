package trace

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// standingDelegate is the rank from which a party speaks for the licence: its holder, and whom the holder delegated to.
const standingDelegate = 3

// standing ranks a party's right to name a thing: 4 holder, 3 delegate, 2 contributor of its licence, 1 wrote to the
// object's own trunk.
func (s *telling) standing(party common.Address, id string) int {
	k := claimant{party, id}
	rank, ok := s.ranks[k]
	if !ok {
		rank = s.askStanding(party, id)
		s.ranks[k] = rank
	}
	return rank
}

// claimant is a party that says something of a thing.
type claimant struct {
	party common.Address
	id    string
}

func (s *telling) askStanding(party common.Address, id string) int {
	rank := 0
	if s.trusted[party] {
		rank = 1
	}
	o, ok := licensedObject(id)
	if !ok || s.ledger == nil {
		return rank
	}
	data, err := parties.TryPackStanding(party, uint8(o.Kind), o.Primary)
	if err != nil {
		return rank
	}
	out, err := s.ledger.Call(s.ctx, contracts.PartiesAddr, data)
	if err != nil {
		return rank
	}
	if st, err := parties.UnpackStanding(out); err == nil && st.Standing >= 1 && st.Standing <= 3 {
		return int(st.Standing) + 1
	}
	return rank
}

// licensedObject is what the register is asked for about an identifier.
func licensedObject(id string) (o format.Object, ok bool) {
	parsed, err := gs1.Parse(id)
	if err != nil {
		return o, false
	}
	if o, err = parsed.Object(""); err == nil {
		return o, true
	}
	o = format.Object{Kind: format.KindPrefix} // a place or a party: no object, but a number under somebody's prefix
	return o, copy(o.Primary[:], parsed.PrefixDigits()) > 0
}

// outsider says that a party neither speaks for the licence of a thing nor held one of it before: whose prefix has passed to
// another is no third party for what it said of its own goods.
func (s *telling) outsider(party common.Address, id string) bool {
	if s.standing(party, id) >= standingDelegate {
		return false
	}
	passed, err := s.view.EverRevoked()
	if err != nil || !passed {
		return err == nil
	}
	o, ok := licensedObject(id)
	if !ok {
		return true
	}
	held, err := s.view.Grants(o.Kind, common.Hash(o.Primary))
	return err == nil && !slices.ContainsFunc(held, func(g index.Granted) bool { return g.Holder == party })
}
