package index

import (
	"math"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// StandingRecalls are the recalls among the records of one object's notice lane that no later one of them ended.
func (v *View) StandingRecalls(notices []*Record) (list []*Record, err error) {
	for _, r := range notices {
		if format.LeafKind(r.Kind) != format.LeafRecall {
			continue
		}
		lift, err := v.LiftOf(r, notices)
		if err != nil {
			return nil, err
		}
		if lift == nil {
			list = append(list, r)
		}
	}
	return list, nil
}

// LiftOf is the first of an object's notices that ended a recall on the same lane; nil if none did.
func (v *View) LiftOf(recall *Record, notices []*Record) (first *Record, err error) {
	for _, r := range notices {
		if format.LeafKind(r.Kind) != format.LeafLift || r.Damaged || !recall.Seq.Less(r.Seq) || first != nil && first.Seq.Less(r.Seq) {
			continue
		}
		ends, err := v.MayEnd(r.Party, r.BlockTime, recall)
		if err != nil {
			return nil, err
		}
		if ends {
			first = r
		}
	}
	return first, nil
}

// MayEnd says whether a lift by a party at a block time ends a recall recorded before on the same lane: its own, one that no
// authority declared, and any if it is an authority. So who makes a thing can't lift what the market's authority said of it,
// and who took over a prefix can lift what the former holder said.
func (v *View) MayEnd(party common.Address, time uint64, recall *Record) (bool, error) {
	if party == recall.Party {
		return true, nil
	}
	authority, err := v.recallAuthority(recall.Party, recall.BlockTime)
	if err != nil || !authority {
		return !authority, err
	}
	return v.recallAuthority(party, time)
}

// recallAuthority says whether a party was an authority for recalls at a block time: by the last record of it before, or by one of
// that very second, as verifiers have it.
func (v *View) recallAuthority(party common.Address, time uint64) (bool, error) {
	before := ChangeRef{Height: math.MaxUint64}
	for {
		const page = 64
		list, err := v.Changes(party, before, page)
		if err != nil {
			return false, err
		}
		for _, c := range list {
			if c.Topic != partyRecordedID || c.BlockTime > time {
				continue
			}
			e, err := parties.UnpackPartyRecordedEvent(c.RawLog())
			if err != nil {
				return false, err
			}
			if contracts.Scope(e.Record.Authority)&contracts.ScopeRecall != 0 {
				return true, nil
			}
			if c.BlockTime < time {
				return false, nil
			}
		}
		if len(list) < page {
			return false, nil
		}
		before = list[page-1].ChangeRef
	}
}
