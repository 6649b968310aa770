package index

import (
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Sealed is what the record's ledger entry says of a sealed event; ok is false if the event is open, or the record none.
func (r *Record) Sealed() (stub epcis.Stub, ok bool) {
	switch format.LeafKind(r.Kind) {
	case format.LeafEvent, format.LeafErrorDecl:
		if r.Damaged {
			return stub, false
		}
		stub, err := epcis.ParseStub(r.Body)
		return stub, err == nil
	}
	return stub, false
}

// applySealed writes the record of a sealed event. What the event says is for the vaults to know, so it feeds nothing but
// the lists of the objects it was recorded for. A declaration names the sealed event it is about by its commitment.
func applySealed(w *writer, rec *Record, stub *epcis.Stub) error {
	k := key(kindSealed, rec.Commitment[:], rec.Party[:])
	before, err := w.get(k)
	if err != nil {
		return err
	}
	if rec.Duplicate = before != nil; rec.Duplicate {
		return putRecord(w, rec)
	}
	if err := w.set(k, rec.Seq.append(nil)); err != nil {
		return err
	}
	if rec.IsError() && stub.Of != (format.Hash{}) {
		original, err := w.get(key(kindSealed, stub.Of[:], rec.Party[:]))
		if err != nil {
			return err
		}
		if original != nil {
			if err := w.put(seqFrom(original).append(key(kindCorrected)), rec.Seq.append(nil)); err != nil {
				return err
			}
		}
	}
	if err := putOwn(w, rec); err != nil {
		return err
	}
	for _, o := range rec.Objects {
		obj := o.Key()
		if err := w.put(rec.Seq.append(of(obj, kindSealedOf)), nil); err != nil {
			return err
		}
	}
	return putRecord(w, rec)
}

// SealedBy is the record of the sealed event with this commitment by a party.
func (v *View) SealedBy(commitment common.Hash, party common.Address) (s Seq, ok bool, err error) {
	value, err := v.get(key(kindSealed, commitment[:], party[:]))
	return seqFrom(value), len(value) == seqLen, err
}

// SealedRecord is the record of the sealed event with this commitment by a party, and what it says; ok is false if there is none.
func (v *View) SealedRecord(commitment common.Hash, party common.Address) (rec Record, stub epcis.Stub, ok bool, err error) {
	seq, ok, err := v.SealedBy(commitment, party)
	if err != nil || !ok {
		return rec, stub, false, err
	}
	if rec, err = v.Record(seq); err != nil {
		return rec, stub, false, err
	}
	stub, ok = rec.Sealed()
	return rec, stub, ok, nil
}

// Open fills in what the body of a sealed event says, for those who have it: the record is as if it were an open one then,
// but for the commitment, which Matches can't hold against it.
func (r *Record) Open(body []byte) error {
	f, err := ReadFacts(body)
	if err != nil {
		return err
	}
	r.EventHash, r.EventID, r.Millis, r.Body = f.Hash, f.EventID, uint64(f.Millis), body
	r.Columns = columns(&f, true)
	assignRoles(r, &f)
	return nil
}

// Names are the canonical names of the record's objects, as its event mentions them; empty for those that it doesn't.
func (r *Record) Names() ([]string, error) {
	f, err := ReadFacts(r.Body)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(r.Objects))
	for i := range f.Mentions {
		if at, ok := f.Mentions[i].among(r.Objects); ok {
			names[at] = f.Mentions[i].Name
		}
	}
	return names, nil
}

// OpenKnown fills in the time that the party of a sealed event discloses.
func (r *Record) OpenKnown(t time.Time) { r.Millis = uint64(Millis(t)) }
