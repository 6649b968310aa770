package index

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// witnesses are the first records of one event by each party that made one, declarations apart, in ledger order, as the
// index keeps them: for each 1 for a declaration or 0, party, seq.
type witnesses []byte

const witnessLen = 1 + common.AddressLength + seqLen

// witnessKey takes 160 bits of the event's hash.
func witnessKey(eventHash common.Hash) []byte { return key(kindWitness, eventHash[:20]) }

// each calls f until it answers false.
func (w witnesses) each(f func(declaration bool, party common.Address, s Seq) bool) {
	for ; len(w) >= witnessLen; w = w[witnessLen:] {
		if !f(w[0] == 1, common.Address(w[1:1+common.AddressLength]), seqFrom(w[1+common.AddressLength:])) {
			return
		}
	}
}

// of is the record by one party.
func (w witnesses) of(declaration bool, party common.Address) (at Seq, ok bool) {
	w.each(func(d bool, p common.Address, s Seq) bool {
		if ok = d == declaration && p == party; ok {
			at = s
		}
		return !ok
	})
	return at, ok
}

// first is the earliest record.
func (w witnesses) first(declaration bool) (at Seq, ok bool) {
	w.each(func(d bool, _ common.Address, s Seq) bool {
		if ok = d == declaration; ok {
			at = s
		}
		return !ok
	})
	return at, ok
}

func (w witnesses) add(rec *Record) []byte {
	return rec.Seq.append(slices.Concat(w, flag(rec.IsError()), rec.Party[:]))
}
