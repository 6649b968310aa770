package index

import (
	"bytes"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// applyList writes what leads to a list leaf: its root, and the objects whose trunks it stands on.
func applyList(w *writer, rec *Record) error {
	head, err := epcis.ParseListHead(rec.Body)
	if rec.Damaged || err != nil {
		return nil
	}
	root := head.Root()
	if err := w.put(rec.Seq.append(key(kindList, root[:])), nil); err != nil {
		return err
	}
	for _, o := range rec.Objects {
		obj := o.Key()
		if err := w.put(rec.Seq.append(of(obj, kindListOf)), root[:]); err != nil {
			return err
		}
	}
	return nil
}

// List is a list that took effect: its leaf, and the event of the same transaction and party that says what the things
// in it went through.
type List struct {
	Head  epcis.ListHead
	Leaf  Record
	Event Record
}

// List finds the list of a root; ok is false if no event and leaf of one transaction make it.
func (v *View) List(root common.Hash) (l List, ok bool, err error) {
	leaves, err := v.seqs(key(kindList, root[:]), maxSameRoot)
	if err != nil {
		return l, false, err
	}
	events, err := v.seqs(key(kindListEvent, root[:]), maxSameRoot)
	if err != nil {
		return l, false, err
	}
	for _, s := range leaves {
		if l.Leaf, err = v.Record(s); err != nil {
			return l, false, err
		}
		for _, t := range events {
			if t.Height != s.Height {
				continue
			}
			if l.Event, err = v.Record(t); err != nil {
				return l, false, err
			}
			if l.Event.Tx == l.Leaf.Tx && l.Event.Party == l.Leaf.Party {
				l.Head, err = epcis.ParseListHead(l.Leaf.Body)
				return l, err == nil, err
			}
		}
	}
	return l, false, nil
}

// maxSameRoot bounds how many leaves and events of one root are looked at: a root is as good as unique.
const maxSameRoot = 16

// ListLeaf is a list leaf on an object's trunk.
type ListLeaf struct {
	Seq  Seq
	Root common.Hash
}

// Lists are the list leaves on an object's trunk in ledger order, at most limit; more says that there are others.
func (v *View) Lists(obj common.Hash, limit int) (list []ListLeaf, more bool, err error) {
	prefix := of(obj, kindListOf)
	err = v.scan(prefix, after(prefix), func(k, value []byte) bool {
		if len(list) == limit {
			more = true
			return false
		}
		if len(value) == 32 {
			list = append(list, ListLeaf{Seq: seqAtEnd(k), Root: common.Hash(bytes.Clone(value))})
		}
		return true
	})
	return list, more, err
}

// On says whether the list's leaf stands on an object's trunk.
func (l *List) On(o format.Object) bool { return slices.Contains(l.Leaf.Objects, objectOf(o)) }

// EventOf is the first record of an event of this eventID by a party, corrections aside; ok is false if there is none.
func (v *View) EventOf(party common.Address, eventID string) (s Seq, ok bool, err error) {
	h := idHash(eventID)
	value, err := v.get(key(kindPartyID, party[:], h[:]))
	return seqFrom(value), value != nil, err
}
