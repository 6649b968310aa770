package trace

import (
	"cmp"
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// readRecalls looks at the notice lanes of everything whose recall reaches the object.
func (s *telling) readRecalls() error {
	type scope struct {
		id    gs1.ID
		level Relation
		whole bool
	}
	scopes := []scope{{s.id, RelationOwn, true}}
	if !s.lot.IsZero() {
		scopes = append(scopes, scope{s.lot, RelationLot, true})
	}
	if class, ok := s.id.Class(); ok {
		scopes = append(scopes, scope{class, RelationClass, true})
	}
	done := make(map[string]bool)
	for _, c := range s.story.Containers {
		if id, err := gs1.Parse(c.Container); err == nil && !c.Possible && !done[c.Container] {
			done[c.Container] = true
			scopes = append(scopes, scope{id, RelationContainer, false})
		}
	}
	for _, sc := range scopes {
		objs, err := s.objectsOf(sc.id)
		if err != nil {
			return err
		}
		for _, obj := range objs {
			if err := s.recallsOf(obj, sc.id.String(), sc.level, sc.whole); err != nil {
				return err
			}
		}
		// A lot and a class have their unit's prefixes. Who recalls all that bears a prefix doesn't recall what a pallet with such a
		// number carried.
		if sc.level == RelationOwn {
			if err := s.prefixRecalls(sc.id); err != nil {
				return err
			}
		}
	}
	for i := range s.story.Inputs {
		in := &s.story.Inputs[i]
		id, err := gs1.Parse(in.ID)
		if err != nil {
			continue
		}
		if in.Recalled, err = s.recalled(id); err != nil {
			return err
		}
	}
	sort.SliceStable(s.story.Recalls, func(i, j int) bool { return s.story.Recalls[i].Active && !s.story.Recalls[j].Active })
	return nil
}

// prefixRecalls takes the recalls of whole company prefixes, or of any longer run of leading digits.
func (s *telling) prefixRecalls(id gs1.ID) error {
	prefixes, err := s.noticedPrefixes(id)
	if err != nil {
		return err
	}
	for _, digits := range prefixes {
		if err := s.recallsOf(prefixObject(digits), digits, RelationPrefix, true); err != nil {
			return err
		}
	}
	return nil
}

// noticedPrefixes are the leading digits of an identifier that a notice was recorded on.
func (s *telling) noticedPrefixes(id gs1.ID) ([]string, error) {
	if s.prefixes == nil {
		s.prefixes = make(map[string][]string)
		var err error
		if s.prefixNotices, err = s.view.HasPrefixNotices(); err != nil {
			return nil, err
		}
	}
	if !s.prefixNotices {
		return nil, nil
	}
	digits := id.PrefixDigits()
	if o, ok := licensedObject(id.String()); ok {
		digits = cmp.Or(index.LicensedDigits(o.Kind, common.Hash(o.Primary)), digits) // those that a proof looks for
	}
	digits = digits[:min(len(digits), index.LongestLicence)]
	if list, ok := s.prefixes[digits]; ok {
		return list, nil
	}
	list, err := s.view.NoticedPrefixes(digits, index.ShortestLicence)
	s.prefixes[digits] = list
	return list, err
}

// prefixObject is the ledger's object of a run of leading digits.
func prefixObject(digits string) common.Hash {
	o := format.Object{Kind: format.KindPrefix}
	copy(o.Primary[:], digits)
	return common.Hash(o.Key())
}

// recallsOf takes the recalls of one object, the scope, with the lifts that ended them.
func (s *telling) recallsOf(obj common.Hash, scope string, level Relation, whole bool) error {
	via := scope
	if level == RelationOwn {
		via = ""
	}
	if whole {
		if err := s.checkLane(obj, format.Notice, via); err != nil {
			return err
		}
	}
	list, err := s.notices(obj)
	if err != nil {
		return err
	}
	src := source{obj: obj, relation: level, via: via}
	s.certificatesOf(list, src)
	for _, st := range list {
		if format.LeafKind(st.rec.Kind) != format.LeafRecall {
			continue
		}
		st.source = src
		s.fill(st)
		r := Recall{Scope: scope, Level: level, Active: st.Corrected == nil, Step: st.Step,
			Reason: fact(st.Facts, "recallReason", "reason"), Instructions: fact(st.Facts, "recallInstructions", "instructions")}
		lift, err := s.liftOf(list, st)
		if err != nil {
			return err
		}
		if lift != nil {
			lift.source = src
			s.fill(lift)
			t := lift.EventTime
			r.Active, r.Lifted, r.Lift = false, &t, &lift.Step
		}
		s.story.Recalls = append(s.story.Recalls, r)
	}
	return nil
}

// notices are the records of an object's notice lane.
func (s *telling) notices(obj common.Hash) ([]*step, error) {
	list, more, err := s.view.Own(obj, format.Notice, index.Always, MaxSteps)
	if err != nil {
		return nil, err
	}
	s.story.Truncated = s.story.Truncated || more
	var out []*step
	for _, e := range list {
		rec, err := s.view.Record(e.Seq)
		if err != nil {
			return nil, err
		}
		out = append(out, s.open(source{obj: obj}, e, rec))
	}
	return out, nil
}

// liftOf is the first of an object's notices that ended a recall; nil if none did.
func (s *telling) liftOf(list []*step, recall *step) (*step, error) {
	lift, err := s.view.LiftOf(&recall.rec, recordsOf(list))
	for _, st := range list {
		if &st.rec == lift {
			return st, err
		}
	}
	return nil, err
}

func recordsOf(list []*step) (records []*index.Record) {
	for _, st := range list {
		records = append(records, &st.rec)
	}
	return records
}

// recalled says whether an active recall covers a thing, its class and prefixes included.
func (s *telling) recalled(id gs1.ID) (bool, error) {
	ids := []gs1.ID{id}
	if class, ok := id.Class(); ok {
		ids = append(ids, class)
	}
	for _, x := range ids {
		objs, err := s.objectsOf(x)
		if err != nil {
			return false, err
		}
		for _, obj := range objs {
			if yes, err := s.recalledObject(obj); yes || err != nil {
				return yes, err
			}
		}
	}
	prefixes, err := s.noticedPrefixes(id)
	if err != nil {
		return false, err
	}
	for _, digits := range prefixes {
		if yes, err := s.recalledObject(prefixObject(digits)); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

func (s *telling) recalledObject(obj common.Hash) (bool, error) {
	list, err := s.notices(obj)
	if err != nil {
		return false, err
	}
	standing, err := s.view.StandingRecalls(recordsOf(list))
	return slices.ContainsFunc(list, func(st *step) bool { return !st.struck && slices.Contains(standing, &st.rec) }), err
}

func fact(list []Attribute, names ...string) string {
	for _, n := range names {
		for _, a := range list {
			if a.Name == n {
				return a.Value
			}
		}
	}
	return ""
}

// readNotes counts the notes and takes the latest.
func (s *telling) readNotes(own []common.Hash) error {
	for _, obj := range own {
		head, err := s.view.Head(common.Hash(format.LaneKey(format.Notes, obj)))
		if err != nil {
			return err
		}
		s.story.Notes.Count += int(head.Count)
		list, err := s.view.Latest(obj, format.Notes, MaxNotes)
		if err != nil {
			return err
		}
		for _, e := range list {
			rec, err := s.view.Record(e.Seq)
			if err != nil {
				return err
			}
			st := s.open(source{obj: obj, relation: RelationOwn}, e, rec)
			s.fill(st)
			s.story.Notes.Latest = append(s.story.Notes.Latest, st.Step)
		}
	}
	return nil
}
