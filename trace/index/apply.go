package index

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// applyBlock writes everything one block says into w.
func (p *Projection) applyBlock(w *writer, b *Block) error {
	if len(b.Receipts) != len(b.Txs) || len(b.Senders) != len(b.Txs) {
		return fmt.Errorf("%d receipts and %d senders for %d transactions", len(b.Receipts), len(b.Senders), len(b.Txs))
	}
	if err := expireStaged(w, b.Time); err != nil {
		return err
	}
	next := Seq{Height: uint64(b.Height)}
	failed := uint32(0)
	for i, tx := range b.Txs {
		if err := w.put(senderKey(b.Senders[i], uint64(b.Height), uint32(i)), nil); err != nil {
			return err
		}
		if b.Receipts[i].Status != types.ReceiptStatusSuccessful {
			failed++
			continue
		}
		if err := p.applyTx(w, b, tx, b.Receipts[i], &next); err != nil {
			return fmt.Errorf("transaction %s: %w", tx.Hash(), err)
		}
	}
	return putBlock(w, &BlockEntry{Height: uint64(b.Height), blockValue: blockValue{Number: b.Number, Hash: b.Hash, Time: b.Time,
		Txs: uint32(len(b.Txs)), Failed: failed, Records: next.Index}})
}

func (p *Projection) applyTx(w *writer, b *Block, tx *types.Transaction, r *types.Receipt, next *Seq) error {
	changes, err := applyRegister(w, p.chain.Parties, b, tx, r.Logs)
	if err != nil {
		return err
	}
	staged := stagings(p.chain.TraceLog, r.Logs)
	if err := applyStaging(w, p.chain.TraceLog, b, tx, staged); err != nil {
		return err
	}
	logs := appends(p.chain.Heads, r.Logs)
	if len(logs) == 0 {
		return nil
	}
	used := make([]bool, len(logs))
	for i := range staged {
		if staged[i].kind != sealedTopic {
			continue
		}
		if err := p.applySeal(w, b, tx, &staged[i], logs, used, next); err != nil {
			return err
		}
	}
	call, found := findCall(p.chain.Heads, tx)
	for i := range logs {
		switch {
		case used[i]:
		case found && logs[i].belongs(&call):
			found = false // one call, one log
			if err := p.applyCall(w, b, tx, &logs[i], &call, next); err != nil {
				return err
			}
		default:
			var change []byte
			if logs[i].key == p.chain.Parties && len(changes) > 0 { // each change of the register makes one append
				change, changes = changes[0], changes[1:]
			}
			for _, m := range logs[i].moves {
				if _, err := appendLeaf(w, m.lane, m.leaf, change); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// applyCall writes the records of one append.
func (p *Projection) applyCall(w *writer, b *Block, tx *types.Transaction, a *appended, c *Call, next *Seq) error {
	at := place{party: a.party, key: a.key}
	return p.applyLeaves(w, b, tx, at, c, readPayload(c.Payload, len(c.Commitments)), next)
}

// place says whose leaves a call made, and where in its transaction they begin.
type place struct {
	party, key common.Address
	contract   common.Address // that called Heads in the key's name; zero if the key did
	pos        int
}

// applyLeaves writes the records of one call with their bodies, nil if they can't be read.
func (p *Projection) applyLeaves(w *writer, b *Block, tx *types.Transaction, at place, c *Call, bodies [][]byte, next *Seq) error {
	agent, err := agentOf(w, at.key)
	if err != nil {
		return err
	}
	for pos, commitment := range c.Commitments {
		rec := Record{Seq: *next, stored: stored{
			Party: at.party, Key: at.key, Contract: at.contract, Agent: agent, Lane: c.Lane, Kind: c.Kind, BlockTime: b.Time,
			Number: b.Number, Tx: tx.Hash(), Pos: uint32(at.pos + pos), Commitment: commitment, Objects: c.Objects[pos],
			Next: c.Next,
		}}
		rec.Leaf = rec.leaf(p.chain)
		next.Index++
		if bodies == nil || !bodyMatches(format.LeafKind(c.Kind), bodies[pos], commitment) {
			rec.Damaged = true
		} else {
			rec.Body = bodies[pos]
		}
		if err := applyRecord(w, &rec); err != nil {
			return err
		}
		if err := putHandOver(w, &rec); err != nil {
			return err
		}
	}
	return nil
}

// applyRecord writes one record and everything that leads to it.
func applyRecord(w *writer, rec *Record) error {
	objects := make([]common.Hash, len(rec.Objects))
	for i, o := range rec.Objects {
		objects[i] = o.Key()
		lane := format.LaneKey(format.Lane(rec.Lane), objects[i])
		n, err := appendLeaf(w, lane, rec.Leaf, rec.Seq.append(nil))
		if err != nil {
			return err
		}
		if format.Lane(rec.Lane) == format.Trunk {
			if err := putRoute(w, objects[i], n, rec); err != nil {
				return err
			}
		}
		if format.Lane(rec.Lane) == format.Notice && format.Kind(o.Kind) == format.KindPrefix {
			if err := w.put(key(kindPrefix, bytes.TrimRight(o.Primary[:], "\x00")), nil); err != nil {
				return err
			}
		}
	}
	var facts *Facts
	switch format.LeafKind(rec.Kind) {
	case format.LeafMasterData:
		if !rec.Damaged {
			list, err := readMaster(rec.Body)
			if err != nil {
				rec.Damaged, rec.Body = true, nil
			} else if err := applyMaster(w, rec, list); err != nil {
				return err
			}
		}
	case format.LeafList:
		if err := applyList(w, rec); err != nil {
			return err
		}
	case format.LeafEvent, format.LeafErrorDecl, format.LeafRecall, format.LeafLift, format.LeafCertificate,
		format.LeafRevocation:
		if rec.Damaged {
			break
		}
		if stub, ok := rec.Sealed(); ok {
			return applySealed(w, rec, &stub)
		}
		f, err := w.facts(rec)
		if err != nil { // a body that isn't an event is as good as none
			rec.Damaged, rec.Body = true, nil
			break
		}
		facts = f
		rec.EventHash, rec.EventID, rec.Millis = f.Hash, f.EventID, uint64(f.Millis)
	}
	if facts == nil {
		return putDamagedOrOther(w, rec)
	}
	return applyEvent(w, rec, objects, facts)
}

// putDamagedOrOther writes a record without an event.
func putDamagedOrOther(w *writer, rec *Record) error {
	if rec.Damaged {
		if err := putOwn(w, rec); err != nil {
			return err
		}
	}
	return putRecord(w, rec)
}

// putOwn puts a record whose event isn't known into its objects' own lists, at its block time.
func putOwn(w *writer, rec *Record) error {
	rec.Millis = uint64(rec.RecordTime().UnixMilli())
	for _, o := range rec.Objects {
		k := timed(ownPrefix(o.Key(), format.Lane(rec.Lane)), int64(rec.Millis), rec.Seq)
		if err := w.put(k, []byte{0}); err != nil {
			return err
		}
	}
	return nil
}

func putRecord(w *writer, rec *Record) error {
	v, err := rlp.EncodeToBytes(&rec.stored)
	if err != nil {
		return fmt.Errorf("encode record %s: %w", rec.Seq, err)
	}
	return w.put(recordKey(rec.Seq), v)
}

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
	if f.Lot != "" {
		h := format.Keccak([]byte(f.Lot))
		rec.Lot = h[:]
	}
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
	if !rec.GivesLot() {
		return nil
	}
	done := make(map[common.Hash]bool)
	for i, o := range rec.Objects {
		if rec.RoleOf(i)&RoleOutput == 0 || format.Kind(o.Kind) != format.KindInstance || done[o.Primary] {
			continue
		}
		done[o.Primary] = true
		lot := rec.LotOf(o).Key()
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

// appendLeaf moves a lane's head and remembers what tells of the leaf: the seq of its record, which holds it, or the leaf
// itself with the end of the key of a change of the register, or alone. It answers how many leaves there were before.
func appendLeaf(w *writer, lane, leaf common.Hash, source []byte) (n uint64, err error) {
	k := headKey(lane)
	word, err := w.get(k)
	if err != nil {
		return 0, err
	}
	var head format.Head
	if len(word) == 32 {
		head = format.HeadFromWord(format.Hash(word))
	}
	n = head.Count
	head = head.Append(lane, leaf)
	next := head.Word()
	if err := w.set(k, next[:]); err != nil {
		return 0, err
	}
	if len(source) == seqLen {
		return n, w.put(leafKey(lane, n), source)
	}
	return n, w.put(leafKey(lane, n), slices.Concat(leaf[:], source))
}

// masterValue is the stored form of a declaration.
type masterValue struct {
	Seq    Seq
	Master Master
}

func applyMaster(w *writer, rec *Record, list []Master) error {
	for _, m := range list {
		v := masterValue{Seq: rec.Seq, Master: m}
		enc, err := rlp.EncodeToBytes(&v)
		if err != nil {
			return fmt.Errorf("encode master data of %s: %w", m.ID, err)
		}
		h := idHash(m.ID)
		if err := w.put(key(kindMaster, h[:], rec.Party[:], []byte(m.Vocabulary)), enc); err != nil {
			return err
		}
	}
	return nil
}
