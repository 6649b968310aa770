package index

import (
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Record is one leaf of the ledger with its body.
type Record struct {
	Seq  Seq
	Leaf common.Hash // made of what is stored
	stored
}

// stored is the part of a record in the value of its key.
type stored struct {
	Party      common.Address
	Key        common.Address // of who recorded it
	Contract   common.Address // what called Heads in the key's name: TraceLog for a sealed document; zero if the key did
	Agent      uint64         // of the key at that block; 0 if the register hadn't told
	Lane       uint8
	Kind       uint8
	BlockTime  uint64 // seconds
	Number     uint64 // EVM block
	Tx         common.Hash
	Pos        uint32 // place among the commitments of its append call, or of the calls of its seal
	Commitment common.Hash
	Objects    []Object
	Next       []common.Address // parties that the objects were handed over to
	// Damaged: the body doesn't match the commitment, can't be read or is missing; Body is empty then.
	Damaged bool
	// Duplicate: the same party recorded the same event before; it feeds nothing but the lanes.
	Duplicate bool
	EventHash common.Hash // digest in the GS1 event hash ID
	EventID   string      // as sent; empty if none was
	Millis    uint64      // event time, milliseconds since 1970, two's complement
	Columns   []byte      // for walks in ledger order; see columns
	Roles     []byte      // of each of Objects; with Xform what the graph needs of an event, so that it reads no body
	Xform     []byte      // hash of the transformationID; empty if there is none
	Lot       []byte      // hash of the lot number given to what the event brings into being; empty if there is none
	Clash     []byte      // seq of another event that the party recorded under this eventID before; empty if there is none
	Body      []byte      // canonical
}

// RoleOf is what the i-th of a record's objects is to its event.
func (r *Record) RoleOf(i int) Role {
	if i >= len(r.Roles) {
		return 0
	}
	return Role(r.Roles[i])
}

// EventType is the type of the record's event; "" if it is somebody's own, or the record is none.
func (r *Record) EventType() string {
	if len(r.Columns) == 0 || int(r.Columns[0]) >= len(eventTypes) {
		return ""
	}
	return eventTypes[r.Columns[0]]
}

// SameID is the record of another event that the party recorded under the same eventID before; ok is false if there is none.
func (r *Record) SameID() (s Seq, ok bool) { return seqFrom(r.Clash), len(r.Clash) == seqLen }

// GivesLot says that the event gives a lot to the instances it brings into being; LotOf is the lot of one of them.
func (r *Record) GivesLot() bool { return len(r.Lot) > 0 }

// LotOf is the lot that the event gives to one of its objects.
func (r *Record) LotOf(o Object) format.Object {
	return format.Object{Kind: format.KindLot, Primary: format.Hash(o.Primary), Suffix: format.Hash(r.Lot)}
}

// LotsOfUnits are the keys of the lots that the event gives, in its master data, to the units it puts out, each once. Units
// that the call doesn't name don't count: nobody checked the party's right to write there.
func (r *Record) LotsOfUnits() (lots []common.Hash) {
	if !r.GivesLot() {
		return nil
	}
	var products []common.Hash
	for i, o := range r.Objects {
		if r.RoleOf(i)&RoleOutput == 0 || format.Kind(o.Kind) != format.KindInstance || slices.Contains(products, o.Primary) {
			continue
		}
		products = append(products, o.Primary)
		lots = append(lots, r.LotOf(o).Key())
	}
	return lots
}

// Removes says that the event takes things out of another (action DELETE).
func (r *Record) Removes() bool {
	return len(r.Columns) > 1 && r.Columns[1] == actionCode(epcis.ActionDelete)
}

// Object is an object on the ledger as named in call data.
type Object struct {
	Kind    uint8
	Primary common.Hash
	Suffix  common.Hash
}

// Key is the object's key on the ledger.
func (o Object) Key() common.Hash {
	return format.Object{Kind: format.Kind(o.Kind), Primary: o.Primary, Suffix: o.Suffix}.Key()
}

// LeafKey is the key that the leaf names: who called Heads.
func (r *Record) LeafKey() common.Address {
	if r.Contract != (common.Address{}) {
		return r.Contract
	}
	return r.Key
}

// EventTime is when the event happened, UTC.
func (r *Record) EventTime() time.Time { return time.UnixMilli(int64(r.Millis)).UTC() }

// RecordTime is the block time.
func (r *Record) RecordTime() time.Time { return time.Unix(int64(r.BlockTime), 0).UTC() }

// IsError says that the record is an error declaration.
func (r *Record) IsError() bool { return format.LeafKind(r.Kind) == format.LeafErrorDecl }

// ID is the event's name: the sender's eventID, or its GS1 event hash ID.
func (r *Record) ID() string {
	if r.EventID != "" {
		return r.EventID
	}
	if r.EventHash == (common.Hash{}) {
		return ""
	}
	return HashID(r.EventHash)
}

// HashID is the GS1 event hash ID of a digest.
func HashID(h common.Hash) string { return fmt.Sprintf("ni:///sha-256;%x?ver=CBV2.0", h[:]) }

func (r *Record) leaf(c Chain) common.Hash {
	return format.LeafFields{
		ChainID: c.ID, Heads: c.Heads, Party: r.Party, Key: r.LeafKey(), Kind: format.LeafKind(r.Kind), BlockTime: r.BlockTime,
		Commitment: r.Commitment, Next: formatAddresses(r.Next),
	}.Hash()
}

func formatAddresses(list []common.Address) (out []format.Address) {
	for _, a := range list {
		out = append(out, format.Address(a))
	}
	return out
}

// decodeRecord reads what is stored: all but the leaf.
func decodeRecord(s Seq, value []byte) (Record, error) {
	r := Record{Seq: s}
	if err := rlp.DecodeBytes(value, &r.stored); err != nil {
		return Record{}, fmt.Errorf("record %s of the index: %w", s, err)
	}
	return r, nil
}

// Matches says whether the stored body is still the one committed to. A damaged record matches trivially.
func (r *Record) Matches() bool {
	return r.Damaged || bodyMatches(format.LeafKind(r.Kind), r.Body, r.Commitment)
}
