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
