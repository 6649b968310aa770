package trace

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// grapher is the work on one graph.
type grapher struct {
	*telling
	opts    GraphOptions
	graph   Graph
	queue   []hop
	records map[index.Seq]*index.Record // nil: corrected, damaged, or an error declaration
	names   map[common.Hash]string
	lists   map[place]surroundings
	objs    []common.Hash // of the nodes but the first
	ends    []link        // of the links
	at      map[place]int // node of a thing in a direction
	linked  map[link]bool
	seen    map[visit]index.Span
}

type place struct {
	obj common.Hash
	dir Direction
}

type link struct {
	from, to common.Hash
	kind     LinkKind
	seq      index.Seq
}

type visit struct {
	place
	possible bool
}

// hop is a thing on the walk, with the time in which what happened to it counts.
type hop struct {
	obj      common.Hash
	kind     format.Kind
	dir      Direction
	span     index.Span
	depth    int
	possible bool
	part     bool // some of a lot or class, not the whole of it
}

func (g *grapher) walk() error {
	g.graph = Graph{Root: g.id.String(), Nodes: []GraphNode{}, Links: []GraphLink{}, Ledger: g.story.Ledger}
	plain, err := g.id.Object("")
	if err != nil {
		return err
	}
	roots, err := g.objectsOf(g.id)
	if err != nil {
		return err
	}
	g.graph.Nodes = append(g.graph.Nodes, GraphNode{ID: g.graph.Root, Kind: kindOf(g.id), Reach: ReachCertain})
	for _, dir := range []Direction{DirUp, DirDown} {
		if dir == DirUp && !g.opts.Up || dir == DirDown && !g.opts.Down {
			continue
		}
		for _, obj := range roots {
			g.names[obj], g.at[place{obj, dir}] = g.graph.Root, 0
			g.push(hop{obj: obj, kind: plain.Kind, dir: dir, span: index.Always})
		}
		for len(g.queue) > 0 {
			level := g.queue
			g.queue = nil
			if err := g.fetch(level); err != nil {
				return err
			}
			for _, h := range level {
				if err := g.expand(h); err != nil {
					return err
				}
			}
			if err := g.ctx.Err(); err != nil {
				return err
			}
		}
	}
	if err := g.nameAll(); err != nil {
		return err
	}
	for _, n := range g.graph.Nodes[1:] {
		if n.Reach == ReachCertain {
			g.graph.Certain++
		} else {
			g.graph.Possible++
		}
	}
	return nil
}

// push queues a thing unless it was looked at already, for as long a time and as surely.
func (g *grapher) push(h hop) {
	for _, possible := range []bool{false, true} {
		if had, ok := g.seen[visit{place{h.obj, h.dir}, possible}]; ok && (h.possible || !possible) &&
			had.From <= h.span.From && had.To >= h.span.To {
			return
		}
	}
	g.seen[visit{place{h.obj, h.dir}, h.possible}] = h.span
	g.queue = append(g.queue, h)
}

func (g *grapher) expand(h hop) error {
	if h.depth >= g.opts.Depth {
		more, err := g.goesOn(h)
		g.graph.Truncated = g.graph.Truncated || more
		return err
	}
	near := g.lists[place{h.obj, h.dir}]
	g.graph.Truncated = g.graph.Truncated || near.more
	lot := g.lotOf(h, near)
	if h.dir == DirUp {
		return g.expandUp(h, near, lot)
	}
	return g.expandDown(h, near, lot)
}

// goesOn says whether anything lies behind the last thing that a bound lets through.
func (g *grapher) goesOn(h hop) (bool, error) {
	opened, err := g.soundOn(h.obj)
	if err != nil {
		return false, err
	}
	behind := index.RoleOutput
	if h.dir == DirDown {
		behind = index.RoleInput
	}
	if slices.ContainsFunc(opened, func(r revealed) bool { return r.role&behind != 0 }) {
		return true, nil
	}
	if h.dir == DirUp {
		list, _, err := g.view.Upstream(h.obj, 1)
		return len(list) > 0, err
	}
	list, _, err := g.view.Downstream(h.obj, 1)
	return len(list) > 0, err
}

// makings are the sound transformations a thing came out of.
func (g *grapher) makings(h hop, near surroundings) (list []*index.Record) {
	for _, e := range near.makings {
		if rec := g.records[e.Seq]; rec != nil && e.Millis >= h.span.From && e.Millis < h.span.To {
			list = append(list, rec)
		}
	}
	return list
}

func (g *grapher) expandUp(h hop, near surroundings, lot *given) error {
	makings := g.makings(h, near)
	// A part of a lot that was made several times came out of one of them.
	unsure := h.possible || h.part && len(makings) > 1
	for _, m := range makings {
		parts, err := g.parts(m)
		if err != nil {
			return err
		}
		for _, rec := range parts {
			span := index.Span{From: index.Always.From, To: int64(rec.Millis) + 1}
			for i, o := range rec.Objects {
				if role := rec.RoleOf(i); role&index.RoleInput != 0 {
					next := hop{kind: format.Kind(o.Kind), dir: h.dir, span: span, depth: h.depth + 1, possible: unsure,
						part: role&index.RoleQuantity != 0}
					if err := g.reach(h, o.Key(), next, LinkMade, rec); err != nil {
						return err
					}
				}
			}
		}
	}
	if lot != nil {
		next := hop{kind: format.KindLot, dir: h.dir, span: h.span, depth: h.depth + 1, possible: h.possible || len(makings) > 0, part: true}
		if err := g.reach(h, lot.Key(), next, LinkLot, lot.by); err != nil {
			return err
		}
	}
	return g.contents(h, near.parent)
}

// contents are what a container or an assembly held last in the time that counts.
func (g *grapher) contents(h hop, list []index.Entry) error {
	type content struct {
		obj index.Object
		rec *index.Record
		qty bool
	}
	in := map[common.Hash]content{}
	var order []common.Hash
	for _, e := range list {
		rec := g.records[e.Seq]
		if rec == nil || e.Millis < h.span.From || e.Millis >= h.span.To || rec.EventType() != epcis.AggregationEvent && rec.EventType() != epcis.AssociationEvent {
			continue
		}
		named := false
		for i, o := range rec.Objects {
			role := rec.RoleOf(i)
			if role&index.RoleChild == 0 {
				continue
			}
			named = true
			key := o.Key()
			if rec.Removes() {
				delete(in, key)
			} else if _, ok := in[key]; !ok {
				in[key] = content{o, rec, role&index.RoleQuantity != 0}
				order = append(order, key)
			}
		}
		if rec.Removes() && !named {
			clear(in)
		}
	}
	for _, key := range order {
		c, ok := in[key]
		if !ok {
			continue
		}
		delete(in, key) // put in twice, listed once
		next := hop{kind: format.Kind(c.obj.Kind), dir: h.dir, span: h.span, depth: h.depth + 1, possible: h.possible, part: c.qty}
		if err := g.reach(h, key, next, LinkInside, c.rec); err != nil {
			return err
		}
	}
	return nil
}

func (g *grapher) expandDown(h hop, near surroundings, lot *given) error {
	for _, e := range near.uses {
		rec := g.records[e.Seq]
		if rec == nil || e.Millis < h.span.From || e.Millis >= h.span.To {
			continue
		}
		parts, err := g.parts(rec)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if err := g.outputs(h, p, LinkMade, func(index.Object) bool { return true }); err != nil {
				return err
			}
		}
	}
	if h.kind == format.KindLot {
		for _, e := range near.units {
			rec := g.records[e.Seq]
			if rec == nil {
				continue
			}
			isUnit := func(o index.Object) bool {
				return format.Kind(o.Kind) == format.KindInstance && rec.LotOf(o).Key() == h.obj
			}
			if err := g.outputs(h, rec, LinkLot, isUnit); err != nil {
				return err
			}
		}
	}
	if lot != nil {
		next := hop{kind: format.KindLot, dir: h.dir, span: h.span, depth: h.depth + 1, possible: true}
		if err := g.reach(h, lot.Key(), next, LinkLot, lot.by); err != nil {
			return err
		}
	}
	return g.containers(h)
}

// outputs reaches what came out of an event.
func (g *grapher) outputs(h hop, rec *index.Record, kind LinkKind, wanted func(index.Object) bool) error {
	span := index.Span{From: int64(rec.Millis), To: index.Always.To}
	for i, o := range rec.Objects {
		if rec.RoleOf(i)&index.RoleOutput == 0 || !wanted(o) {
			continue
		}
		next := hop{kind: format.Kind(o.Kind), dir: h.dir, span: span, depth: h.depth + 1, possible: h.possible}
		if err := g.reach(h, o.Key(), next, kind, rec); err != nil {
			return err
		}
	}
	return nil
}

// containers reaches what a thing was put into, for the time it was inside.
func (g *grapher) containers(h hop) error {
	list, err := g.intervals(h.obj)
	if err != nil {
		return err
	}
	g.graph.Truncated = g.graph.Truncated || g.story.Truncated
	for _, in := range list {
		span := index.Span{From: max(in.from, h.span.From), To: min(in.to, h.span.To)}
		if span.From >= span.To {
			continue
		}
		rec, err := g.record(in.seq)
		if err != nil || rec == nil {
			return err
		}
		next := hop{kind: containerKind(rec), dir: h.dir, span: span, depth: h.depth + 1, possible: h.possible}
		if err := g.reach(h, in.container, next, LinkInside, rec); err != nil {
			return err
		}
	}
	return nil
}

func containerKind(rec *index.Record) format.Kind {
	for i, o := range rec.Objects {
		if rec.RoleOf(i)&index.RoleParent != 0 {
			return format.Kind(o.Kind)
		}
	}
	return format.KindOtherGS1
}

// reach adds a thing and its link to the one the walk comes from, and walks on from it.
func (g *grapher) reach(from hop, obj common.Hash, next hop, kind LinkKind, rec *index.Record) error {
	if obj == from.obj {
		return nil
	}
	at, known := g.at[place{obj, next.dir}]
	if !known && len(g.graph.Nodes) > g.opts.Nodes || len(g.graph.Links) >= maxGraphLinks {
		g.graph.Truncated = true
		return nil
	}
	reach := ReachCertain
	if next.possible {
		reach = ReachPossible
	}
	if !known {
		at = len(g.graph.Nodes)
		g.at[place{obj, next.dir}] = at
		g.objs = append(g.objs, obj)
		g.graph.Nodes = append(g.graph.Nodes, GraphNode{Kind: objectKind(next.kind), Direction: next.dir, Depth: next.depth, Reach: reach})
	} else if reach == ReachCertain {
		g.graph.Nodes[at].Reach = reach
	}
	l := link{from: obj, to: from.obj, kind: kind}
	if next.dir == DirDown && kind != LinkLot || kind == LinkLot && from.kind == format.KindLot {
		l.from, l.to = l.to, l.from
	}
	l.seq = rec.Seq
	if !g.linked[l] {
		g.linked[l] = true
		g.ends = append(g.ends, l)
		g.graph.Links = append(g.graph.Links, GraphLink{Kind: kind, Reach: reach, EventID: rec.ID(), Time: rec.EventTime(), Cursor: rec.Seq.String()})
	}
	next.obj = obj
	g.push(next)
	return nil
}

// given is a lot and the record that gives it.
type given struct {
	format.Object
	by *index.Record
}

// lotOf is the lot that the events of an instance give it; nil if none does.
func (g *grapher) lotOf(h hop, near surroundings) *given {
	for _, e := range near.births {
		rec := g.records[e.Seq]
		if rec == nil || !rec.GivesLot() {
			continue
		}
		for _, o := range rec.Objects {
			if o.Key() == h.obj {
				return &given{rec.LotOf(o), rec}
			}
		}
	}
	return nil
}

// parts are the records that tell one transformation. Several do only where one party told them all: anybody can write
// down a transformationID.
func (g *grapher) parts(rec *index.Record) ([]*index.Record, error) {
	list := []*index.Record{rec}
	if len(rec.Xform) == 0 {
		return list, nil
	}
	seqs, err := g.view.Joined(rec, 64)
	if err != nil {
		return nil, err
	}
	for _, seq := range seqs {
		part, err := g.record(seq)
		if err != nil {
			return nil, err
		}
		if part != nil && seq != rec.Seq && part.Party == rec.Party {
			list = append(list, part)
		}
	}
	return list, nil
}

// record is a record that fetch may not have read; nil if it doesn't count.
func (g *grapher) record(seq index.Seq) (*index.Record, error) {
	if rec, ok := g.records[seq]; ok {
		return rec, nil
	}
	rec, err := g.read(seq)
	g.records[seq] = rec
	return rec, err
}

// objectKind is the level of an object of the ledger.
func objectKind(k format.Kind) ObjectKind {
	switch k {
	case format.KindInstance:
		return KindInstance
	case format.KindLot:
		return KindLot
	case format.KindClass:
		return KindClass
	case format.KindSSCC:
		return KindLogistic
	case format.KindGRAI, format.KindGIAI:
		return KindAsset
	}
	return KindOther
}
