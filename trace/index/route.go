package index

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// putRoute keeps that a party wrote to an object's trunk as its n-th leaf. Who wrote the first is in its record, and most
// objects are written to by no other.
func putRoute(w *writer, obj common.Hash, n uint64, rec *Record) error {
	if n == 0 {
		return nil
	}
	return putOnWay(w, obj, rec.Party, rec.Seq)
}

// putHandOver keeps that a record hands its objects over.
func putHandOver(w *writer, rec *Record) error {
	for _, party := range rec.Next {
		for _, o := range rec.Objects {
			if err := putOnWay(w, o.Key(), party, rec.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// putOnWay keeps since when a party is on the way of an object.
func putOnWay(w *writer, obj common.Hash, party common.Address, s Seq) error {
	k := wayKey(obj, party)
	if before, err := w.get(k); err != nil || before != nil {
		return err
	}
	return w.set(k, s.append(nil))
}

func wayKey(obj common.Hash, party common.Address) []byte {
	return append(of(obj, kindRoute), party[:]...)
}

// Route lists the parties on the way of an object: those that wrote to its trunk, and those it was handed over to.
func (v *View) Route(obj common.Hash) (list []common.Address, err error) {
	prefix := of(obj, kindRoute)
	err = v.scan(prefix, after(prefix), func(k, _ []byte) bool {
		list = append(list, common.Address(k[len(prefix):]))
		return true
	})
	if err != nil {
		return nil, err
	}
	first, ok, err := v.firstOn(obj)
	if err == nil && ok && !slices.Contains(list, first.Party) {
		list = append(list, first.Party)
	}
	return list, err
}

// OnWay is the record by which a party came onto the way of an object; ok is false if it isn't on it.
func (v *View) OnWay(obj common.Hash, party common.Address) (since Seq, ok bool, err error) {
	first, ok, err := v.firstOn(obj)
	if err != nil || ok && first.Party == party {
		return first.Seq, ok, err
	}
	value, err := v.get(wayKey(obj, party))
	return seqFrom(value), value != nil, err
}

// firstOn is the record of the first leaf on an object's trunk.
func (v *View) firstOn(obj common.Hash) (rec Record, ok bool, err error) {
	first, err := v.Leaves(common.Hash(format.LaneKey(format.Trunk, format.Hash(obj))), 0, 1)
	if err != nil || len(first) == 0 || !first[0].HasRecord {
		return rec, false, err
	}
	rec, err = v.Record(first[0].Seq)
	return rec, err == nil, err
}

// SealedOf lists the sealed events recorded for an object, in ledger order, at most limit.
func (v *View) SealedOf(obj common.Hash, limit int) ([]Seq, error) {
	return v.seqs(of(obj, kindSealedOf), limit)
}

// SealedEvents lists the sealed events behind one, in the order of their commitments, at most limit: of each commitment
// and party the first record.
func (v *View) SealedEvents(commitment common.Hash, party common.Address, limit int) (list []Seq, err error) {
	err = v.scan(append(key(kindSealed, commitment[:], party[:]), 0), after(key(kindSealed)), func(_, value []byte) bool {
		list = append(list, seqFrom(value))
		return len(list) < limit
	})
	return list, err
}
