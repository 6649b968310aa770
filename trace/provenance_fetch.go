package trace

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// surroundings are what the index keeps of a thing and the walk asks for.
type surroundings struct {
	makings []index.Entry // transformations it came out of
	uses    []index.Entry // transformations it went into
	units   []index.Entry // of a lot: transformations that put out units of it
	parent  []index.Entry // events in which things were put in or taken out of it
	births  []index.Entry // of an instance: the first events it is named in as object or output
	more    bool
	name    string // of the thing, where it stood beside the lists
}

// fewThings are read one after another: it isn't worth more.
const fewThings = 16

// split runs f over n things, on several processors if there are many.
func split(n int, f func(worker, i int) error) error {
	workers := workersFor(n)
	var group errgroup.Group
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if err := f(w, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func workersFor(n int) int {
	if n < fewThings {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), 4)
}

// fetch reads the lists of the things of one level and the records in them: nearly all of a graph's cost is here.
func (g *grapher) fetch(level []hop) error {
	found := make([]surroundings, len(level))
	err := split(len(level), func(_, i int) (err error) {
		h := level[i]
		if _, ok := g.lists[place{h.obj, h.dir}]; !ok && h.depth < g.opts.Depth {
			found[i], err = g.listsOf(h)
		}
		return err
	})
	if err != nil {
		return err
	}
	var wanted []index.Seq
	for i, h := range level {
		at := place{h.obj, h.dir}
		if _, ok := g.lists[at]; ok || h.depth >= g.opts.Depth {
			continue
		}
		l := found[i]
		if err := g.reveal(h, &l); err != nil { // one after another: what is opened is kept
			return err
		}
		g.lists[at] = l
		if l.name != "" {
			g.names[h.obj] = l.name
		}
		for _, list := range [][]index.Entry{l.makings, l.uses, l.units, l.parent, l.births} {
			for _, e := range list {
				if _, ok := g.records[e.Seq]; !ok {
					g.records[e.Seq] = nil
					wanted = append(wanted, e.Seq)
				}
			}
		}
	}
	return g.readAll(wanted)
}

// readAll reads records in ledger order, in as many runs as there are workers.
func (g *grapher) readAll(wanted []index.Seq) error {
	slices.SortFunc(wanted, index.Seq.Compare)
	workers := workersFor(len(wanted))
	runs := make([][]*index.Record, workers)
	bound := func(w int) int { return w * len(wanted) / workers }
	var group errgroup.Group
	for w := range workers {
		group.Go(func() (err error) {
			runs[w], err = g.view.Sound(wanted[bound(w):bound(w+1)])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for w, run := range runs {
		for i, rec := range run {
			g.records[wanted[bound(w)+i]] = rec
		}
	}
	return nil
}

// listsOf reads what lies around a thing. Where the thing is an instance or a container, its own list says it all; a
// lot or class may have many events that say nothing of this.
func (g *grapher) listsOf(h hop) (l surroundings, err error) {
	var more bool
	if h.kind != format.KindLot && h.kind != format.KindClass {
		own, name, more, err := g.view.OwnNamed(h.obj, format.Trunk, MaxSteps)
		for _, e := range own {
			if h.dir == DirUp && e.Role&index.RoleOutput != 0 {
				l.makings = append(l.makings, e)
			}
			if h.dir == DirUp && e.Role&index.RoleParent != 0 {
				l.parent = append(l.parent, e)
			}
			if h.dir == DirDown && e.Role&index.RoleInput != 0 {
				l.uses = append(l.uses, e)
			}
			if h.kind == format.KindInstance && e.Role&(index.RoleObject|index.RoleOutput) != 0 && len(l.births) < lotWithin {
				l.births = append(l.births, e)
			}
		}
		l.more, l.name = more, name
		return l, err
	}
	if h.dir == DirUp {
		l.makings, l.more, err = g.view.Upstream(h.obj, MaxSteps)
	} else {
		l.uses, l.more, err = g.view.Downstream(h.obj, MaxSteps)
	}
	if err != nil || h.kind != format.KindLot {
		return l, err
	}
	l.units, more, err = g.view.Units(h.obj, MaxSteps)
	l.more = l.more || more
	if h.dir == DirUp {
		l.makings = append(l.makings, l.units...)
	}
	return l, err
}

// read reads one record; nil if it doesn't count.
func (g *grapher) read(seq index.Seq) (*index.Record, error) {
	list, err := g.view.Sound([]index.Seq{seq})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// nameAll gives the nodes and links their names. What the call alone names, by nothing the event says, is left out.
func (g *grapher) nameAll() error {
	names := make([]string, len(g.objs))
	err := split(len(g.objs), func(_, i int) (err error) {
		var ok bool
		if names[i], ok = g.names[g.objs[i]]; !ok {
			names[i], err = g.view.Name(g.objs[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, obj := range g.objs {
		if names[i] == "" {
			names[i] = g.mentioned[obj]
		}
		g.names[obj] = names[i]
	}
	nodes, links := g.graph.Nodes[:1], g.graph.Links[:0]
	for i, n := range g.graph.Nodes[1:] {
		if n.ID = names[i]; n.ID != "" {
			nodes = append(nodes, n)
		}
	}
	for i, l := range g.graph.Links {
		if l.From, l.To = g.names[g.ends[i].from], g.names[g.ends[i].to]; l.From != "" && l.To != "" {
			links = append(links, l)
		}
	}
	g.graph.Nodes, g.graph.Links = nodes, links
	return nil
}
