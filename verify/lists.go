package verify

import (
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// isMember says whether an opening claims that the subject is in the list. The step lists holds it to that.
func (c *check) isMember(o *Opening) bool {
	return len(o.Places) == 1 && format.Hash(o.Places[0].Entry) == format.ListEntry(format.Hash(o.Salt), c.keys[0])
}

// listedIn gives the subject the events that it is in the lists of, and answers the objects on whose trunks those lists
// stand. A list and the event that names its root are of one transaction: same party, same time, same trunk.
func (c *check) listedIn() (names []string) {
	subject := *c.p.Subject.ID
	roots := map[string]*Leaf{}
	for i := range c.p.openings() {
		if o := &c.p.openings()[i]; c.isMember(o) {
			l := &c.p.Leaves[o.Leaf]
			roots[Word(l.List.root()).String()] = l
		}
	}
	if len(roots) == 0 {
		return nil
	}
	seen := map[*Leaf]bool{}
	for i := range c.p.Lanes {
		lane := &c.p.Lanes[i]
		o := &c.p.Objects[lane.Object]
		if lane.Lane != 0 || o.Name == nil || *o.Name == subject {
			continue
		}
		for _, n := range lane.Leaves {
			l := &c.p.Leaves[n]
			if l.List != nil && roots[Word(l.List.root()).String()] == l {
				names = append(names, *o.Name)
			}
			e := c.bodies[l]
			if e == nil || seen[l] || l.Kind > int(format.LeafErrorDecl) {
				continue
			}
			if list := roots[e.list.root]; list != nil && list.Party == l.Party && list.Time == l.Time {
				seen[l] = true
				c.events[subject] = append(c.events[subject], e.With(subject))
			}
		}
	}
	return names
}

// lists checks every opening, and warns of lists of the subject's lots and containers that are not opened.
func (c *check) lists() error {
	opened := map[int]bool{}
	for i := range c.p.openings() {
		o := &c.p.openings()[i]
		if err := c.opens(o); err != nil {
			return fmt.Errorf("opening %d: %w", i, err)
		}
		opened[o.Leaf] = true
	}
	for _, n := range c.needs {
		i, here := c.objects[n.Name]
		if !here || n.Relation != RelationLot && n.Relation != RelationContainer {
			continue
		}
		if l := c.lanes[laneID{i, 0}]; l != nil {
			for _, leaf := range l.Leaves {
				if c.p.Leaves[leaf].Kind == int(format.LeafList) && !opened[leaf] {
					c.warn("list")
				}
			}
		}
	}
	return nil
}

// opens checks that an opening shows the subject in its list, or that it can't be there.
func (c *check) opens(o *Opening) error {
	head := c.p.Leaves[o.Leaf].List
	root, count, salt := head.root(), uint64(head.Count), format.Hash(o.Salt)
	places := make([]*format.ListPlace, len(o.Places))
	for i, p := range o.Places {
		path := make([]format.Hash, len(p.Path))
		for j, h := range p.Path {
			path[j] = format.Hash(h)
		}
		places[i] = &format.ListPlace{Entry: format.Hash(p.Entry), Index: uint64(p.Index), Path: path}
	}
	switch {
	case c.isMember(o):
		return format.CheckListed(root, count, salt, c.keys[0], *places[0])
	case len(places) == 2:
		return format.CheckUnlisted(root, count, salt, c.keys[0], places[0], places[1])
	case format.CompareHashes(places[0].Entry, format.ListEntry(salt, c.keys[0])) < 0:
		return format.CheckUnlisted(root, count, salt, c.keys[0], places[0], nil)
	default:
		return format.CheckUnlisted(root, count, salt, c.keys[0], nil, places[0])
	}
}
