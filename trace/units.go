package trace

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// takeUnits takes the transformations that put out units of the lot a story is about: its own making, though they name
// the lot in their master data only.
func (s *telling) takeUnits(lots []common.Hash) error {
	if s.story.Kind != KindLot {
		return nil
	}
	for _, lot := range lots {
		list, more, err := s.unitsOf(lot, MaxUnits)
		if err != nil {
			return err
		}
		s.story.Truncated = s.story.Truncated || more
		for _, e := range list {
			if s.taken[e.Seq] {
				continue
			}
			rec, err := s.view.Record(e.Seq)
			if err != nil {
				return err
			}
			st := s.open(source{obj: lot, relation: RelationUnits}, e, rec)
			st.source.via = unitOf(st.event, s.id)
			if err := s.take(st, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// unitOf is the first unit of a lot's product that an event put out; empty if there is none. Whoever wants to check the
// step finds its record there.
func unitOf(e *epcis.Event, lot gs1.ID) string {
	if e == nil {
		return ""
	}
	for _, unit := range e.OutputEPCs {
		if unit.GTIN() == lot.GTIN() {
			return unit.String()
		}
	}
	return ""
}

// unitsOf lists the transformations that put out units of a lot and name the lot in their master data only, by event
// time, at most limit: the open ones, and the sealed ones that the reader sees.
func (s *telling) unitsOf(lot common.Hash, limit int) (list []index.Entry, more bool, err error) {
	list, more, err = s.view.Units(lot, limit)
	if err != nil {
		return nil, false, err
	}
	opened, further, err := s.revealedUnits(lot, limit)
	if err != nil || len(opened) == 0 {
		return list, more, err
	}
	for _, r := range opened {
		list = append(list, r.entry())
	}
	slices.SortFunc(list, byEntryTime)
	return list[:min(len(list), limit)], more || further || len(list) > limit, nil
}

// revealedUnits are the sealed ones among unitsOf. The index doesn't know them; the vault does. At most MaxSteps are looked
// at, and whoever sees none of those doesn't learn that there are more.
func (s *telling) revealedUnits(lot common.Hash, limit int) (list []revealed, more bool, err error) {
	if s.opts.Opener == nil || s.opts.Opener.Vault == nil {
		return nil, false, nil
	}
	refs, more, err := s.opts.Opener.Vault.Units(lot, MaxSteps)
	if err != nil {
		return nil, false, err
	}
	for _, ref := range refs {
		if len(list) == limit {
			return list, true, nil
		}
		r, err := s.revealedUnit(ref, lot)
		if err != nil {
			return nil, false, err
		}
		if r != nil {
			list = append(list, *r)
		}
	}
	return list, more && len(list) > 0, nil
}

// revealedUnit opens a sealed event that the vault has under a lot; nil if the reader doesn't see it, or the ledger doesn't have
// it on units of that lot.
func (s *telling) revealedUnit(ref vault.Ref, lot common.Hash) (*revealed, error) {
	rec, _, ok, err := s.view.SealedRecord(ref.Commitment, ref.Party)
	if err != nil || !ok || format.Lane(rec.Lane) != format.Trunk || rec.IsError() {
		return nil, err
	}
	o, err := s.unseal(&rec)
	if err != nil || o == nil || !o.sealed.Opened || !slices.Contains(rec.LotsOfUnits(), lot) {
		return nil, err
	}
	return &revealed{&rec, index.RoleOutput, !s.corrects(rec.Seq)}, nil
}
