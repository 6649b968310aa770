package trace

import (
	"cmp"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// The index leads from thing to thing by what open events say. Whoever may read sealed ones is led by those as well: they are
// looked for on the trunk of each thing that is come to, and opened. For anybody else nothing here does anything.

// revealed is a sealed event that the reader sees, and what an object is to it. An unsound one is or was declared wrong.
type revealed struct {
	rec   *index.Record
	role  index.Role
	sound bool
}

func (r revealed) entry() index.Entry {
	return index.Entry{Seq: r.rec.Seq, Millis: int64(r.rec.Millis), Role: r.role}
}

// soundOn are those of revealedOn that count.
func (s *telling) soundOn(obj common.Hash) ([]revealed, error) {
	list, err := s.revealedOn(obj)
	return slices.DeleteFunc(slices.Clone(list), func(r revealed) bool { return !r.sound }), err
}

// revealedOn are the sealed events on an object's trunk that the reader sees, by event time.
func (s *telling) revealedOn(obj common.Hash) ([]revealed, error) {
	if s.opts.Opener == nil {
		return nil, nil
	}
	if list, ok := s.revealed[obj]; ok {
		return list, nil
	}
	seqs, err := s.view.SealedOf(obj, MaxSteps)
	if err != nil {
		return nil, err
	}
	s.story.Truncated = s.story.Truncated || len(seqs) == MaxSteps
	var list []revealed
	for _, seq := range seqs {
		rec, err := s.view.Record(seq)
		if err != nil {
			return nil, err
		}
		o, err := s.unseal(&rec)
		if err != nil {
			return nil, err
		}
		if o != nil && o.sealed.Opened && format.Lane(rec.Lane) == format.Trunk {
			list = append(list, revealed{&rec, roleIn(&rec, obj), !rec.IsError() && !s.corrects(seq)})
		}
	}
	slices.SortFunc(list, func(a, b revealed) int {
		return byEntryTime(a.entry(), b.entry())
	})
	s.revealed[obj] = list
	return list, nil
}

// mention keeps the names by which an opened event mentions its objects: those that no open event names have no other.
func (s *telling) mention(rec *index.Record) error {
	names, err := rec.Names()
	if err != nil {
		return err
	}
	for i, o := range rec.Objects {
		if names[i] != "" {
			s.mentioned[o.Key()] = names[i]
		}
	}
	return nil
}

// objectName is the canonical name of an object, as the reader may know it; empty if no event has named it.
func (s *telling) objectName(obj common.Hash) (string, error) {
	if name, ok := s.mentioned[obj]; ok {
		return name, nil
	}
	return s.view.Name(obj)
}

// revealedMoves are the moves of an object into and out of others that sealed events tell.
func (s *telling) revealedMoves(obj common.Hash) (moves []index.Move, err error) {
	list, err := s.soundOn(obj)
	for _, r := range list {
		if r.role&index.RoleChild == 0 {
			continue
		}
		m := index.Move{Entry: r.entry(), In: !r.rec.Removes(), Possible: r.role&index.RoleQuantity != 0,
			Association: r.rec.EventType() == epcis.AssociationEvent}
		for i, o := range r.rec.Objects {
			if r.rec.RoleOf(i)&index.RoleParent != 0 {
				m.Container = o.Key()
			}
		}
		moves = append(moves, m)
	}
	return moves, err
}

// revealedEmptying is when, from a time on, a sealed event emptied a container without naming what came out.
func (s *telling) revealedEmptying(container common.Hash, from int64) (int64, error) {
	list, err := s.soundOn(container)
	for _, r := range list {
		if int64(r.rec.Millis) < from || r.role&index.RoleParent == 0 || !r.rec.Removes() {
			continue
		}
		if e, err := epcis.ParseBody(r.rec.Body); err == nil && len(e.ChildEPCs)+len(e.ChildQuants) == 0 {
			return int64(r.rec.Millis), nil
		}
	}
	return index.Always.To, err
}

// inTime is what happened to an object in a span of time, of what the index lists for that span: it lists sealed events by
// when they were recorded.
func (s *telling) inTime(obj common.Hash, span index.Span, list []index.Entry) ([]index.Entry, error) {
	opened, err := s.revealedOn(obj)
	if err != nil || len(opened) == 0 {
		return list, err
	}
	list = slices.DeleteFunc(list, func(e index.Entry) bool {
		return slices.ContainsFunc(opened, func(r revealed) bool { return r.rec.Seq == e.Seq })
	})
	for _, r := range opened {
		if e := r.entry(); e.Millis >= span.From && e.Millis < span.To {
			list = append(list, e)
		}
	}
	return list, nil
}

// reveal adds to what lies around a thing of a graph what sealed events tell of it.
func (g *grapher) reveal(h hop, l *surroundings) error {
	opened, err := g.soundOn(h.obj)
	if err != nil {
		return err
	}
	for _, r := range opened {
		g.records[r.rec.Seq] = r.rec
		e := r.entry()
		switch {
		case h.dir == DirUp && r.role&index.RoleOutput != 0:
			l.makings = append(l.makings, e)
		case h.dir == DirDown && r.role&index.RoleInput != 0:
			l.uses = append(l.uses, e)
		}
		if h.dir == DirUp && r.role&index.RoleParent != 0 {
			l.parent = append(l.parent, e)
		}
		if h.kind == format.KindInstance && r.role&(index.RoleObject|index.RoleOutput) != 0 {
			l.births = append(l.births, e)
		}
	}
	units, more, err := g.revealUnits(h, l)
	if err != nil || len(opened)+units == 0 {
		return err
	}
	l.more = l.more || more
	for _, list := range [][]index.Entry{l.makings, l.uses, l.units, l.parent, l.births} {
		slices.SortStableFunc(list, byEntryTime)
	}
	l.births = l.births[:min(len(l.births), lotWithin)]
	return nil
}

// revealUnits adds to what lies around a lot what sealed events tell of its units.
func (g *grapher) revealUnits(h hop, l *surroundings) (added int, more bool, err error) {
	if h.kind != format.KindLot {
		return 0, false, nil
	}
	units, more, err := g.revealedUnits(h.obj, MaxSteps)
	for _, r := range units {
		if !r.sound {
			continue
		}
		g.records[r.rec.Seq] = r.rec
		l.units = append(l.units, r.entry())
		if h.dir == DirUp {
			l.makings = append(l.makings, r.entry())
		}
		added++
	}
	return added, more, err
}

func byEntryTime(a, b index.Entry) int {
	return cmp.Or(cmp.Compare(a.Millis, b.Millis), a.Seq.Compare(b.Seq))
}
