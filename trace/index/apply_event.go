package index

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// applyEvent writes the entries of an event whose body is sound. objects are the keys of the record's.
func applyEvent(w *writer, rec *Record, objects []common.Hash, f *Facts) error {
	k := witnessKey(rec.EventHash)
	before, err := w.get(k)
	if err != nil {
		return err
	}
	same := witnesses(before)
	if _, rec.Duplicate = same.of(rec.IsError(), rec.Party); rec.Duplicate {
		return putRecord(w, rec)
	}
	_, known := same.first(rec.IsError())
	rec.Columns = columns(f, !known)
	names := assignRoles(rec, f)
	if err := w.set(k, same.add(rec)); err != nil {
		return err
	}
	if err := takeEventID(w, rec); err != nil {
		return err
	}
	if err := putRecord(w, rec); err != nil {
		return err
	}
	if err := applyObjects(w, rec, objects, f, names); err != nil {
		return err
	}
	if err := applyCorrection(w, rec, same, f); err != nil {
		return err
	}
	if f.List != nil && rec.Lane == uint8(format.Trunk) {
		if err := w.put(rec.Seq.append(key(kindListEvent, f.List.Root[:])), nil); err != nil {
			return err
		}
	}
	if known {
		return nil // another party's record of the same event is a witness, not another answer to a query
	}
	return applyQueries(w, rec, f)
}

// takeEventID gives an event its eventID, within its party: the first one has it, any other that comes under it is marked.
func takeEventID(w *writer, rec *Record) error {
	if rec.EventID == "" || rec.IsError() {
		return nil
	}
	h := idHash(rec.EventID)
	k := key(kindPartyID, rec.Party[:], h[:])
	first, err := w.get(k)
	if err != nil {
		return err
	}
	if first != nil {
		rec.Clash = first
		return nil
	}
	return w.set(k, rec.Seq.append(nil))
}

// assignRoles finds out what each object of a record is to its event, and by which name. Identifiers the body names but
// the call doesn't get no history from it: nobody checked the party's right to write there.
func assignRoles(rec *Record, f *Facts) (names []string) {
	rec.Roles = make([]byte, len(rec.Objects))
	names = make([]string, len(rec.Objects))
	for i := range f.Mentions {
		m := &f.Mentions[i]
		if i, ok := m.among(rec.Objects); ok {
			rec.Roles[i] |= byte(m.Role)
			names[i] = m.Name
		}
	}
	if f.Transformation != "" {
		h := idHash(f.Transformation)
		rec.Xform = h[:]
	}
	rec.Lot = f.lotHash()
	return names
}

// applyObjects writes what the event says of the objects it was recorded for.
func applyObjects(w *writer, rec *Record, objects []common.Hash, f *Facts, names []string) error {
	ms, lane := f.Millis, format.Lane(rec.Lane)
	var parent []byte
	for i := range objects {
		if rec.RoleOf(i)&RoleParent != 0 {
			parent = objects[i][:]
		}
	}
	for i, obj := range objects {
		if err := w.put(timed(ownPrefix(obj, lane), ms, rec.Seq), []byte{byte(rec.RoleOf(i))}); err != nil {
			return err
		}
		if rec.RoleOf(i) == 0 {
			continue
		}
		if err := nameObject(w, obj, names[i]); err != nil {
			return err
		}
		if lane != format.Trunk || rec.IsError() {
			continue
		}
		if rec.RoleOf(i)&RoleOutput != 0 {
			if err := w.put(timed(of(obj, kindUp), ms, rec.Seq), nil); err != nil {
				return err
			}
		}
		if rec.RoleOf(i)&RoleInput != 0 {
			if err := w.put(timed(of(obj, kindDown), ms, rec.Seq), nil); err != nil {
				return err
			}
		}
		if rec.RoleOf(i)&RoleChild != 0 {
			if err := w.put(timed(of(obj, kindInside), ms, rec.Seq), insideValue(f, rec.RoleOf(i), parent)); err != nil {
				return err
			}
		}
		if rec.RoleOf(i)&RoleParent != 0 && f.Action == "DELETE" && !f.hasChildren() {
			if err := w.put(timed(of(obj, kindEmptied), ms, rec.Seq), nil); err != nil {
				return err
			}
		}
	}
	if lane != format.Trunk || rec.IsError() {
		return nil
	}
	if err := applyUnitsOfLot(w, rec, f); err != nil {
		return err
	}
	if rec.Xform != nil {
		return w.put(rec.Seq.append(key(kindXform, rec.Xform)), nil)
	}
	return nil
}

// applyUnitsOfLot leads from a lot to the transformations that put out units of it and name the lot in their instance
// and lot master data only. Who may write to the units may say what lot they are of: both are under one licence.
func applyUnitsOfLot(w *writer, rec *Record, f *Facts) error {
	for _, lot := range rec.LotsOfUnits() {
		if err := w.put(timed(of(lot, kindUnits), f.Millis, rec.Seq), []byte{byte(RoleOutput)}); err != nil {
			return err
		}
	}
	return nil
}

// Bits of the first byte of an inside entry; the container's object key follows if the event names it.
const (
	insideIn byte = 1 << iota
	insideOut
	insidePossible
	insideAssociation
)

func insideValue(f *Facts, role Role, parent []byte) []byte {
	var b byte
	switch f.Action {
	case "ADD", "OBSERVE": // seen inside is inside at least from then on
		b |= insideIn
	case "DELETE":
		b |= insideOut
	}
	if role&RoleQuantity != 0 {
		b |= insidePossible
	}
	if f.Type == "AssociationEvent" {
		b |= insideAssociation
	}
	return append([]byte{b}, parent...)
}

// nameObject keeps the canonical name of an object and the way back. An object has one canonical name, so writing it
// again changes nothing and costs less than looking whether it is there.
func nameObject(w *writer, obj common.Hash, name string) error {
	if err := w.put(nameKey(obj), []byte(name)); err != nil {
		return err
	}
	return w.put(append(namedPrefix(name), obj[:]...), nil)
}

// applyCorrection links an error declaration with the record it is about, whichever came first, by event hash and by
// eventID, and only within one party. An event under the eventID of another is found by its hash alone. same are the earlier
// records of the event.
func applyCorrection(w *writer, rec *Record, same witnesses, f *Facts) error {
	seq := rec.Seq.append(nil)
	// The other one's: for a record its declaration, for a declaration its original.
	var other []byte
	if s, ok := same.of(!rec.IsError(), rec.Party); ok {
		other = s.append(nil)
	}
	if f.EventID != "" && len(rec.Clash) == 0 {
		h := idHash(f.EventID)
		events, declarations := key(kindPartyID, rec.Party[:], h[:]), key(kindErrID, rec.Party[:], h[:])
		others := declarations
		if rec.IsError() {
			others = events
			if err := w.set(declarations, seq); err != nil {
				return err
			}
		}
		if other == nil {
			var err error
			if other, err = w.get(others); err != nil {
				return err
			}
		}
	}
	switch {
	case other == nil:
		return nil
	case rec.IsError():
		return w.put(seqFrom(other).append(key(kindCorrected)), seq)
	}
	return w.put(rec.Seq.append(key(kindCorrected)), other)
}

// applyQueries writes the entries of the event queries.
func applyQueries(w *writer, rec *Record, f *Facts) error {
	ms := f.Millis
	if err := w.put(timed(shapePrefix(typeCode(f.Type), actionCode(f.Action)), ms, rec.Seq), nil); err != nil {
		return err
	}
	for _, x := range []struct {
		field byte
		value string
	}{
		{fieldBizStep, f.BizStep}, {fieldDisposition, f.Disposition}, {fieldReadPoint, f.ReadPoint}, {fieldBizLocation, f.BizLocation},
	} {
		if x.value == "" {
			continue
		}
		if err := w.put(timed(fieldPrefix(x.field, x.value), ms, rec.Seq), nil); err != nil {
			return err
		}
	}
	if rec.EventID != "" {
		h := idHash(rec.EventID)
		if err := w.put(rec.Seq.append(key(kindEventID, h[:])), nil); err != nil {
			return err
		}
	}
	for _, m := range f.Mentions {
		k := timed(matchPrefix(m.Name, m.Role&RoleQuantity != 0), ms, rec.Seq)
		if err := w.put(k, []byte{byte(m.Role)}); err != nil {
			return err
		}
	}
	return nil
}
