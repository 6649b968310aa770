package proof

import (
	"cmp"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// licences finds the licences of every object that has records, and of the subject, and takes their histories in.
func (w *work) licences() error {
	times := map[int][]uint64{} // of an object's leaves
	for i := range w.p.Lanes {
		l := &w.p.Lanes[i]
		for _, n := range l.Leaves {
			times[l.Object] = append(times[l.Object], uint64(w.p.Leaves[n].Time))
		}
	}
	for i := range w.p.Objects {
		o := &w.p.Objects[i]
		if o.Name == nil || i > 0 && times[i] == nil && !split(o) {
			continue
		}
		list, err := w.licencesOf(o, times[i])
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		o.Licences = &list
		for _, l := range list {
			if err := w.registryLane(format.PartyObject(format.Address(l.Holder))); err != nil {
				return err
			}
		}
	}
	return nil
}

// split says that the name of an object doesn't tell where the licensed part ends, so that only its licences do.
func split(o *verify.Object) bool {
	return o.Kind == int(format.KindGIAI) || o.Kind == int(format.KindURI)
}

// licencesOf are the licences that an object falls under, or did when something was recorded. That is one, unless something was
// recorded before it was granted: then its range passed to its holder from others, or from the catch-all of a test network.
func (w *work) licencesOf(o *verify.Object, times []uint64) (list verify.List[verify.Licence], err error) {
	now, err := w.current(o)
	if err != nil {
		return nil, err
	}
	put := func(id uint64, holder common.Address, digits common.Hash) {
		l := verify.Licence{Holder: verify.Address(holder), ID: verify.U64(id)}
		if slices.Contains(list, l) {
			return
		}
		list = append(list, l)
		if digits != (common.Hash{}) && o.Kind != int(format.KindURI) {
			w.digits[l.ID] = verify.Word(digits)
		}
	}
	if now.ID != 0 {
		put(now.ID, now.Holder, now.Primary)
	}
	past, err := w.past(o)
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		if now.ID != 0 && !now.sandbox() && t > now.Since {
			continue
		}
		sure := now.sandbox() || split(o)
		for _, g := range past {
			if g.ID != now.ID && g.During(t) {
				put(g.ID, g.Holder, g.Primary)
				sure = sure || g.Since < t && t < g.Until
			}
		}
		if sure {
			continue
		}
		open, err := w.granted.covering(w.ctx, w.prover, w.view, uint8(format.KindGIAI), [32]byte{}) // the catch-all, if there is one
		if err != nil {
			return nil, err
		}
		if open.ID != 0 {
			put(open.ID, open.Holder, open.Primary)
		}
	}
	if n := len(past); len(list) == 0 && n > 0 && split(o) {
		put(past[n-1].ID, past[n-1].Holder, past[n-1].Primary)
	}
	slices.SortFunc(list, func(a, b verify.Licence) int { return cmp.Compare(a.ID, b.ID) })
	if len(list) > verify.MaxLicences {
		return nil, ErrTooLarge
	}
	return list, nil
}

// current is the licence that an object falls under.
func (w *work) current(o *verify.Object) (current, error) {
	return w.granted.covering(w.ctx, w.prover, w.view, uint8(o.Kind), o.Primary) //nolint:gosec // kinds are numbers of one byte
}

// past are the licences that an object ever fell under up to the state that is proven, but for the catch-all; not looked for
// while no licence was ever revoked.
func (w *work) past(o *verify.Object) ([]index.Granted, error) {
	if w.revoked == nil {
		ever, err := w.view.EverRevoked()
		if err != nil {
			return nil, err
		}
		w.revoked = &ever
	}
	if !*w.revoked {
		return nil, nil
	}
	list, err := w.view.Grants(format.Kind(o.Kind), common.Hash(o.Primary)) //nolint:gosec // the same
	return slices.DeleteFunc(list, func(g index.Granted) bool { return g.Number > w.prover.Header().Number.Uint64() }), err
}

// prefixes takes in the notices of the prefixes that the subject falls or fell under, and of other digits it begins with.
func (w *work) prefixes(needs []verify.Need) error {
	take := func(digits verify.Word) error {
		return w.notices(w.add(verify.Object{Kind: int(format.KindPrefix), Primary: digits}))
	}
	for _, n := range needs {
		i, ok := w.named[n.Name]
		if !ok || n.Relation == verify.RelationContainer || n.Relation == verify.RelationInput || w.p.Objects[i].Licences == nil {
			continue
		}
		for _, l := range *w.p.Objects[i].Licences {
			if digits, ok := w.digits[l.ID]; ok {
				if err := take(digits); err != nil {
					return err
				}
			}
		}
	}
	if some, err := w.view.HasPrefixNotices(); err != nil || !some {
		return err
	}
	subject := &w.p.Objects[0]
	list, err := w.view.NoticedPrefixes(index.LicensedDigits(format.Kind(subject.Kind), common.Hash(subject.Primary)), index.ShortestLicence) //nolint:gosec // the same
	if err != nil {
		return err
	}
	for _, digits := range list {
		var word verify.Word
		copy(word[:], digits)
		if err := take(word); err != nil {
			return err
		}
	}
	return nil
}
