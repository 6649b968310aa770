package verify

import (
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// wellFormed checks the conditions stated beside the fields.
func (p *Proof) wellFormed() error {
	bad := func(pointer, rule string, args ...any) error {
		return &FieldError{pointer, fmt.Sprintf(rule, args...)}
	}
	if p.Version != 1 {
		return bad("/version", "is %d, must be 1", p.Version)
	}
	if err := p.checkSubject(); err != nil {
		return err
	}
	if p.Commit == nil && (p.Ancestry == nil || len(p.Validators) != 0 || len(p.Rotations) != 0) {
		return bad("/commit", "is missing: then there must be an ancestry, and no validators or rotations")
	}
	if p.Commit != nil {
		if err := checkCommit("/commit", p.Commit); err != nil {
			return err
		}
	}
	if err := checkPowers("/validators", p.Validators); err != nil {
		return err
	}
	last := uint64(0)
	for i := range p.Rotations {
		r, at := &p.Rotations[i], fmt.Sprintf("/rotations/%d", i)
		if err := checkCommit(at, r.commit()); err != nil {
			return err
		}
		if err := checkPowers(at+"/next", r.Next); err != nil {
			return err
		}
		if h := uint64(r.Header.Height); h <= last || p.Commit != nil && h >= uint64(p.Commit.Header.Height) {
			return bad(at+"/header/height", "must rise, and stay below that of the commit")
		}
		last = uint64(r.Header.Height)
	}
	if err := p.checkObjects(); err != nil {
		return err
	}
	return p.checkLanes()
}

func (p *Proof) checkSubject() error {
	s := &p.Subject
	switch {
	case p.Kind == KindObject && s.ID != nil && s.Party == nil && s.Number == nil:
	case p.Kind == KindParty && s.ID == nil && s.Party != nil && s.Number == nil:
	case p.Kind == KindBlock && s.ID == nil && s.Party == nil && s.Number != nil:
		if len(p.Nodes)+len(p.Objects)+len(p.Lanes)+len(p.Leaves)+len(p.Omitted)+len(p.openings()) != 0 {
			return &FieldError{"/kind", "is block: nodes, objects, lanes, leaves, omitted and openings must be empty"}
		}
	default:
		return &FieldError{"/subject", "must have the one field that goes with the kind " + short(p.Kind)}
	}
	return nil
}

func checkCommit(at string, c *Commit) error {
	h := &c.Header
	for _, f := range []struct {
		name string
		v    Hex
	}{
		{"/header/last_block_id/hash", h.LastBlockID.Hash}, {"/header/last_block_id/parts/hash", h.LastBlockID.Parts.Hash},
		{"/header/last_commit_hash", h.LastCommitHash}, {"/header/data_hash", h.DataHash},
		{"/header/validators_hash", h.ValidatorsHash}, {"/header/next_validators_hash", h.NextValidatorsHash},
		{"/header/consensus_hash", h.ConsensusHash}, {"/header/app_hash", h.AppHash},
		{"/header/last_results_hash", h.LastResultsHash}, {"/header/evidence_hash", h.EvidenceHash}, {"/parts/hash", c.Parts.Hash},
	} {
		if n := len(f.v); n != 0 && n != 32 {
			return &FieldError{at + f.name, fmt.Sprintf("has %d bytes, must have 0 or 32", n)}
		}
	}
	if err := checkTime(at+"/header/time", h.Time); err != nil {
		return err
	}
	if h.Height > 1<<62 {
		return &FieldError{at + "/header/height", "is out of range"}
	}
	for i := range c.Signatures {
		s, at := &c.Signatures[i], fmt.Sprintf("%s/signatures/%d", at, i)
		if len(s.Signature) != 64 {
			return &FieldError{at + "/signature", fmt.Sprintf("has %d bytes, must have 64", len(s.Signature))}
		}
		if err := checkTime(at+"/time", s.Time); err != nil {
			return err
		}
	}
	return nil
}

func checkTime(at string, t Time) error {
	if t.Nanos > 999_999_999 || t.Seconds > 1<<40 {
		return &FieldError{at, "is out of range: at most 999999999 nanos and 1099511627776 seconds"}
	}
	return nil
}

func checkPowers(at string, set []Validator) error {
	var sum uint64
	for i, v := range set {
		if sum += uint64(v.Power); v.Power == 0 || v.Power > 1<<60 || sum > 1<<60 {
			return &FieldError{fmt.Sprintf("%s/%d/power", at, i), "must be above 0, and the sum at most 2^60"}
		}
	}
	return nil
}

func (p *Proof) checkObjects() error {
	if p.Kind == KindBlock {
		return nil
	}
	if len(p.Objects) == 0 {
		return &FieldError{"/objects", "is empty: the first is the subject"}
	}
	seen, names := map[Word]bool{}, map[string]bool{}
	for i := range p.Objects {
		o, at := &p.Objects[i], fmt.Sprintf("/objects/%d", i)
		switch o.Kind {
		case 1, 2, 3, 4, 5, 6, 8, 20:
			if o.Name == nil {
				return &FieldError{at + "/name", "is missing"}
			}
			if len(*o.Name) > MaxName {
				return &FieldError{at + "/name", fmt.Sprintf("has %d bytes, at most %d are allowed", len(*o.Name), MaxName)}
			}
		case 30, 40, 41:
			if o.Name != nil || o.Licences != nil {
				return &FieldError{at, "is a prefix, registry or master data object, which has no name and no licences"}
			}
		default:
			return &FieldError{at + "/kind", fmt.Sprintf("is %d, must be one of 1, 2, 3, 4, 5, 6, 8, 20, 30, 40, 41", o.Kind)}
		}
		if err := o.checkLicences(at + "/licences"); err != nil {
			return err
		}
		key := Word(o.Key())
		if seen[key] || o.Name != nil && names[*o.Name] {
			return &FieldError{at, "stands twice"}
		}
		if seen[key] = true; o.Name != nil {
			names[*o.Name] = true
		}
	}
	first := &p.Objects[0]
	if p.Kind == KindObject && (first.Name == nil || *first.Name != *p.Subject.ID) {
		return &FieldError{"/objects/0/name", "must be the subject"}
	}
	if p.Kind == KindParty && (first.Kind != 40 || first.Primary != Word(p.Subject.Party.word()) || first.Suffix != Word{}) {
		return &FieldError{"/objects/0", "must be the subject"}
	}
	for i, o := range p.Omitted {
		if o.Reason != OmittedLimit && o.Reason != OmittedUnknown {
			return &FieldError{fmt.Sprintf("/omitted/%d/reason", i), "must be limit or unknown"}
		}
	}
	return nil
}

func (o *Object) checkLicences(at string) error {
	if o.Licences == nil {
		return nil
	}
	if n := len(*o.Licences); n < 1 || n > MaxLicences {
		return &FieldError{at, fmt.Sprintf("has %d, must have 1 to %d, or be left out", n, MaxLicences)}
	}
	last := U64(0)
	for i, l := range *o.Licences {
		if i > 0 && l.ID <= last {
			return &FieldError{fmt.Sprintf("%s/%d/id", at, i), "must rise from one to the next"}
		}
		last = l.ID
	}
	return nil
}

func (p *Proof) checkLanes() error {
	type place struct{ object, lane int }
	seen, used := map[place]bool{}, make([]bool, len(p.Leaves))
	for i := range p.Lanes {
		l, at := &p.Lanes[i], fmt.Sprintf("/lanes/%d", i)
		switch {
		case l.Object >= len(p.Objects):
			return &FieldError{at + "/object", "is no place in objects"}
		case l.Lane > 2:
			return &FieldError{at + "/lane", "must be 0, 1 or 2"}
		case seen[place{l.Object, l.Lane}]:
			return &FieldError{at, "stands twice"}
		case l.From%64 != 0 || (l.From != 0) != (l.Start != nil):
			return &FieldError{at + "/from", "must be a multiple of 64, with a start exactly if it isn't 0"}
		case (l.To != nil) != (l.End != nil) || l.To != nil && (*l.To%64 != 0 || *l.To <= l.From):
			return &FieldError{at + "/to", "must be a multiple of 64 above from, with an end"}
		case l.Lane == 2 && (len(l.Leaves) != 0 || l.From != 0 || l.To != nil):
			return &FieldError{at, "is of notes, which are only counted: no leaves, from 0, no to"}
		case l.From != 0 && p.Objects[l.Object].Kind == int(format.KindRegistry):
			return &FieldError{at + "/from", "must be 0 on an object of the register: what came before could change what holds"}
		case l.To != nil && p.Objects[l.Object].Kind >= int(format.KindRegistry):
			return &FieldError{at + "/to", "must be left out on an object of the register and on master data"}
		}
		seen[place{l.Object, l.Lane}] = true
		for j, n := range l.Leaves {
			if n >= len(p.Leaves) {
				return &FieldError{fmt.Sprintf("%s/leaves/%d", at, j), "is no place in leaves"}
			}
			used[n] = true
		}
	}
	for i := range p.Leaves {
		l, at := &p.Leaves[i], fmt.Sprintf("/leaves/%d", i)
		switch {
		case !used[i]:
			return &FieldError{at, "is in no lane"}
		case l.Kind < 1 || l.Kind > 11:
			return &FieldError{at + "/kind", "must be from 1 to 11"}
		case l.contents() > 1:
			return &FieldError{at, "has more than one of body, record, list and sealed"}
		case l.Next != nil && len(*l.Next) == 0:
			return &FieldError{at + "/next", "is empty: then it must be left out"}
		case l.Time > 1<<40:
			return &FieldError{at + "/time", "is out of range"}
		}
	}
	return p.checkOpenings()
}

func (p *Proof) checkOpenings() error {
	seen := map[int]bool{}
	for i, o := range p.openings() {
		at := fmt.Sprintf("/openings/%d", i)
		switch {
		case o.Leaf >= len(p.Leaves) || p.Leaves[o.Leaf].List == nil || seen[o.Leaf]:
			return &FieldError{at + "/leaf", "must be the place of a leaf with a list, once"}
		case len(o.Places) < 1 || len(o.Places) > 2:
			return &FieldError{at + "/places", "must hold one or two"}
		}
		seen[o.Leaf] = true
	}
	return nil
}
