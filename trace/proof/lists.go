package proof

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// findLists finds the lists that the subject is in, and takes in the lots and containers on whose trunks they stand.
func (w *work) findLists(name string) error {
	w.listed = map[common.Hash]bool{}
	subject, ok, err := w.resolve(name)
	if err != nil || !ok {
		return err
	}
	roots, err := w.lists.In(subject.Key())
	if err != nil {
		return err
	}
	for _, root := range roots {
		list, ok, err := w.view.List(root)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		w.listed[root] = true
		for _, o := range list.Leaf.Objects {
			uri, err := w.view.Name(common.Hash(o.Key()))
			if err != nil {
				return err
			}
			if on := verify.Name(uri); on != "" && on != name {
				w.on = append(w.on, on)
			}
		}
	}
	// The subject first: its place in the file says what the file is about.
	if err := w.need(verify.Need{Name: name, Relation: verify.RelationSubject}); err != nil {
		return err
	}
	for _, on := range w.on {
		if err := w.need(verify.Need{Name: on, Relation: verify.RelationContainer}); err != nil {
			return err
		}
	}
	return nil
}

// eventsFor answers the events on trunks; for the subject also those whose lists it is in.
func (w *work) eventsFor(subject string) func(string) []*verify.Event {
	listed := w.events[subject][:len(w.events[subject]):len(w.events[subject])]
	seen := map[*verify.Event]bool{}
	for _, on := range w.on {
		for _, e := range w.events[on] {
			if root := e.ListRoot(); root != "" && w.listed[common.HexToHash(root)] && !seen[e] {
				seen[e] = true
				listed = append(listed, e.With(subject))
			}
		}
	}
	return func(name string) []*verify.Event {
		if name == subject {
			return listed
		}
		return w.events[name]
	}
}

// openLists shows for every list on the trunks of the subject's lots and containers whether the subject is in it, as far
// as this node knows the list.
func (w *work) openLists(needs []verify.Need) error {
	subject, opened := w.p.Objects[0].Key(), map[int]bool{}
	var openings verify.List[verify.Opening]
	for _, n := range needs {
		object, ok := w.named[n.Name]
		if !ok || n.Relation != verify.RelationLot && n.Relation != verify.RelationContainer {
			continue
		}
		lane, ok := w.lanes[laneID{object, int(format.Trunk)}]
		if !ok {
			continue
		}
		for _, i := range w.p.Lanes[lane].Leaves {
			head := w.p.Leaves[i].List
			if head == nil || opened[i] {
				continue
			}
			o, err := w.opening(i, head, subject)
			if err != nil {
				return err
			}
			if o != nil {
				opened[i] = true
				openings = append(openings, *o)
			}
		}
	}
	if len(openings) > 0 {
		w.p.Openings = &openings
	}
	return nil
}

// opening shows the subject's place in one list, or the places around it; nil if this node doesn't know the list.
func (w *work) opening(leaf int, head *verify.Head, subject format.Hash) (*verify.Opening, error) {
	root := common.Hash(format.ListRootOf(uint64(head.Count), format.Hash(head.Top)))
	member, absent, err := w.lists.Prove(root, subject)
	if errors.Is(err, lists.ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kept, err := w.lists.Head(root)
	if err != nil {
		return nil, err
	}
	o := &verify.Opening{Leaf: leaf, Salt: verify.Word(kept.Salt)}
	var places []*format.ListPlace
	if member != nil {
		places = append(places, &member.Place)
	} else {
		places = append(places, absent.Before, absent.After)
	}
	for _, p := range places {
		if p != nil {
			o.Places = append(o.Places, verify.Place{Entry: verify.Word(p.Entry), Index: verify.U64(p.Index), Path: wordsOf(p.Path)})
		}
	}
	return o, nil
}
