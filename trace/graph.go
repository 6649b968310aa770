package trace

import (
	"slices"
	"sort"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// inside is one interval of an object in a container.
type inside struct {
	container   common.Hash
	from, to    int64 // to is exclusive; the end of time while still inside
	possible    bool
	association bool
	seq         index.Seq // of the record that put it in
}

// place in a walk from an object outwards through its containers.
type nested struct {
	obj      common.Hash
	span     index.Span
	depth    int
	possible bool
}

// readContainers finds where the object was inside what, and takes the containers' events of those times. A lot's
// containers are possible ones for an instance, and are told only where the instance has none of its own.
func (s *telling) readContainers(own []common.Hash) error {
	for _, obj := range own {
		if err := s.walkOut(nested{obj: obj, span: index.Always}, RelationContainer, 0); err != nil {
			return err
		}
	}
	if len(s.story.Containers) > 0 || s.lot.IsZero() {
		return nil
	}
	lots, err := s.objectsOf(s.lot)
	if err != nil {
		return err
	}
	for _, obj := range lots {
		if err := s.walkOut(nested{obj: obj, span: index.Always, possible: true}, RelationContainer, 0); err != nil {
			return err
		}
	}
	return nil
}

// walkOut takes the events of everything that was around an object, breadth first.
func (s *telling) walkOut(start nested, relation Relation, depth int) error {
	queue := []nested{start}
	seen := make(map[inside]bool)
	for len(queue) > 0 && len(seen) < MaxContainers {
		n := queue[0]
		queue = queue[1:]
		if n.depth >= MaxDepth {
			s.story.Truncated = true
			continue
		}
		list, err := s.intervals(n.obj)
		if err != nil {
			return err
		}
		for _, in := range list {
			in.from, in.to = max(in.from, n.span.From), min(in.to, n.span.To)
			in.possible = in.possible || n.possible
			if in.from >= in.to || seen[in] {
				continue
			}
			seen[in] = true
			name, err := s.objectName(in.container)
			if err != nil {
				return err
			}
			if relation == RelationContainer {
				if err := s.addContainment(in, n, name); err != nil {
					return err
				}
			}
			span := index.Span{From: in.from, To: in.to}
			src := source{obj: in.container, relation: relation, via: name, depth: depth + n.depth + 1,
				possible: in.possible, span: span}
			if err := s.gather(src); err != nil {
				return err
			}
			queue = append(queue, nested{obj: in.container, span: span, depth: n.depth + 1, possible: in.possible})
		}
	}
	if len(queue) > 0 {
		s.story.Truncated = true
	}
	return nil
}

func (s *telling) addContainment(in inside, n nested, name string) error {
	inner, err := s.objectName(n.obj)
	if err != nil {
		return err
	}
	c := Containment{Container: name, Kind: KindOther, Code: name, From: time.UnixMilli(in.from).UTC(), Inner: inner,
		Depth: n.depth + 1, Possible: in.possible, Association: in.association}
	if id, err := gs1.Parse(name); err == nil {
		c.Kind, c.Code = kindOf(id), codeOf(id)
	}
	if in.to != index.Always.To {
		to := time.UnixMilli(in.to).UTC()
		c.To = &to
	}
	s.story.Containers = append(s.story.Containers, c)
	return nil
}

// intervals folds the moves of an object by event time. Moves declared wrong by their party don't count. Packing into
// another container ends an interval, because a thing is in one place; amounts may be in many, and an association
// (a sensor, a pallet) goes on beside packing.
func (s *telling) intervals(obj common.Hash) ([]inside, error) {
	moves, more, err := s.view.Moves(obj, MaxSteps)
	if err != nil {
		return nil, err
	}
	s.story.Truncated = s.story.Truncated || more
	further, err := s.revealedMoves(obj)
	if err != nil {
		return nil, err
	}
	if further = append(further, s.listedMoves(obj)...); len(further) > 0 {
		moves = append(moves, further...)
		slices.SortFunc(moves, byMoveTime)
	}
	valid := moves[:0]
	for _, m := range moves {
		if _, struck, err := s.view.Correction(m.Seq); err != nil {
			return nil, err
		} else if !struck {
			valid = append(valid, m)
		}
	}
	var list []inside
	for i, m := range valid {
		if !m.In || m.Container == (common.Hash{}) || covered(list, m) {
			continue
		}
		in := inside{container: m.Container, from: m.Millis, to: index.Always.To, possible: m.Possible,
			association: m.Association, seq: m.Seq}
		for _, later := range valid[i+1:] {
			if ends(m, later) {
				in.to = later.Millis
				break
			}
		}
		emptied, err := s.emptied(m.Container, m.Millis)
		if err != nil {
			return nil, err
		}
		in.to = min(in.to, emptied)
		list = append(list, in)
	}
	return list, nil
}

// covered says that a move repeats what an open interval already tells.
func covered(list []inside, m index.Move) bool {
	for _, in := range list {
		if in.container == m.Container && in.from <= m.Millis && m.Millis < in.to && !in.possible {
			return true
		}
	}
	return false
}

// ends says whether a later move of the same object ends the stay that m began.
func ends(m, later index.Move) bool {
	if later.Association != m.Association {
		return false
	}
	if !later.In {
		return later.Container == m.Container || later.Container == (common.Hash{})
	}
	return later.Container != m.Container && !m.Possible && !m.Association
}

// emptied is when a container was next emptied without naming what came out.
func (s *telling) emptied(container common.Hash, from int64) (int64, error) {
	sealed, err := s.revealedEmptying(container, from)
	if err != nil {
		return 0, err
	}
	list, err := s.view.Emptyings(container, from, 64)
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		if _, struck, err := s.view.Correction(e.Seq); err != nil {
			return 0, err
		} else if !struck {
			return min(e.Millis, sealed), nil
		}
	}
	return sealed, nil
}

// made is a thing whose making is looked for.
type made struct {
	obj   common.Hash
	name  string
	until int64 // only what was made by then
	depth int
	// lot says that the thing is a lot looked at for its own sake: what its units were made of is what it was made of.
	// A unit's lot is not: its other units may have been made of other things.
	lot bool
}

// readUpstream finds what the object was made of, breadth first through transformations, and takes the inputs' own and
// their containers' events up to the time they were used.
func (s *telling) readUpstream(own []common.Hash) error {
	var queue []made
	seen := make(map[common.Hash]bool)
	push := func(m made) {
		if !seen[m.obj] {
			seen[m.obj] = true
			queue = append(queue, m)
		}
	}
	for _, obj := range own {
		push(made{obj: obj, name: s.id.String(), until: index.Always.To, lot: s.story.Kind == KindLot})
	}
	if !s.lot.IsZero() {
		lots, err := s.objectsOf(s.lot)
		if err != nil {
			return err
		}
		for _, obj := range lots {
			push(made{obj: obj, name: s.id.String(), until: index.Always.To})
		}
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		if m.depth >= MaxDepth || len(s.story.Inputs) >= MaxUpstream {
			s.story.Truncated = true
			break
		}
		uses, err := s.transformations(m)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if len(s.story.Inputs) >= MaxUpstream {
				s.story.Truncated = true
				break
			}
			objs, err := s.objectsOf(u.id)
			if err != nil {
				return err
			}
			s.story.Inputs = append(s.story.Inputs, u.upstream(m))
			for _, obj := range objs {
				if seen[obj] {
					continue
				}
				if err := s.takeInput(obj, u, m.depth+1); err != nil {
					return err
				}
				push(made{obj, u.id.String(), u.millis, m.depth + 1, kindOf(u.id) == KindLot})
			}
		}
	}
	return nil
}

// use is one input of a transformation.
type use struct {
	id       gs1.ID
	quantity *epcis.Quantity
	eventID  string
	millis   int64
}

func (u use) upstream(m made) Upstream {
	up := Upstream{ID: u.id.String(), Kind: kindOf(u.id), Code: codeOf(u.id), Lot: u.id.Lot(), Output: m.name,
		Depth: m.depth + 1, EventID: u.eventID}
	if u.quantity != nil {
		up.Quantity, up.UOM = u.quantity.Quantity, u.quantity.UOM
	}
	return up
}

func (s *telling) takeInput(obj common.Hash, u use, depth int) error {
	span := index.Span{From: index.Always.From, To: u.millis + 1}
	err := s.gather(source{obj: obj, relation: RelationInput, via: u.id.String(), depth: depth, span: span})
	if err != nil {
		return err
	}
	return s.walkOut(nested{obj: obj, span: span}, RelationInput, depth)
}

// transformations lists the inputs of everything a thing came out of. A transformation told in several events is one
// only where the same party told all of them: anybody can write down a transformationID.
func (s *telling) transformations(m made) ([]use, error) {
	list, more, err := s.view.Upstream(m.obj, MaxSteps)
	if err != nil {
		return nil, err
	}
	s.story.Truncated = s.story.Truncated || more
	list = append(list, s.listedOutputs(m.obj)...)
	opened, err := s.soundOn(m.obj)
	if err != nil {
		return nil, err
	}
	for _, r := range opened {
		if r.role&index.RoleOutput != 0 {
			list = append(list, r.entry())
		}
	}
	if m.lot {
		units, more, err := s.unitsOf(m.obj, MaxSteps)
		if err != nil {
			return nil, err
		}
		s.story.Truncated = s.story.Truncated || more
		list = append(list, units...)
	}
	var uses []use
	done := make(map[index.Seq]bool)
	for _, e := range list {
		if e.Millis > m.until || done[e.Seq] {
			continue
		}
		rec, ev, err := s.sound(e.Seq)
		if err != nil || ev == nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		seqs := []index.Seq{e.Seq}
		if ev.TransformationID != "" {
			more, err := s.view.Transformation(ev.TransformationID, 64)
			if err != nil {
				return nil, err
			}
			seqs = append(seqs, more...)
		}
		for _, seq := range seqs {
			if done[seq] {
				continue
			}
			done[seq] = true
			part, pe, err := s.sound(seq)
			if err != nil {
				return nil, err
			}
			if pe != nil && part.Party == rec.Party {
				uses = append(uses, inputsOf(&part, pe)...)
			}
		}
	}
	sort.SliceStable(uses, func(i, j int) bool { return uses[i].millis < uses[j].millis })
	return uses, nil
}

func inputsOf(rec *index.Record, e *epcis.Event) (uses []use) {
	for _, t := range e.Objects() {
		switch t.Role {
		case epcis.RoleInput, epcis.RoleInputClass:
			uses = append(uses, use{id: t.ID, quantity: t.Quantity, eventID: rec.ID(), millis: int64(rec.Millis)})
		}
	}
	return uses
}

// sound reads a record and its event; the event is nil if it is damaged or declared wrong.
func (s *telling) sound(seq index.Seq) (index.Record, *epcis.Event, error) {
	rec, err := s.view.Record(seq)
	if err != nil || s.corrects(seq) {
		return rec, nil, err
	}
	return rec, s.event(&rec), nil
}
