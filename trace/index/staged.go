package index

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// stagedFor is how long a staged document can be sealed, in seconds (TraceLog's MAX_AGE).
const stagedFor = 24 * 3600

// A staged document in the index: S opened party id, to find the old ones; Q party id -> opened; P party id n -> part.
func stagedKey(opened uint64, party common.Address, id common.Hash) []byte {
	return append(append(binary.BigEndian.AppendUint64(key(kindStaged), opened), party[:]...), id[:]...)
}

func openedKey(party common.Address, id common.Hash) []byte { return key(kindOpened, party[:], id[:]) }

func partKey(party common.Address, id common.Hash, n uint32) []byte {
	return binary.BigEndian.AppendUint32(key(kindPart, party[:], id[:]), n)
}

// applyStaging keeps the parts of documents that are staged and forgets those that are dropped. Seals come with their
// appends.
func applyStaging(w *writer, traceLog common.Address, b *Block, tx *types.Transaction, logs []staging) error {
	for _, s := range logs {
		switch s.kind {
		case droppedTopic:
			if err := forgetStaged(w, s.party, s.id); err != nil {
				return err
			}
		case stagedTopic:
			if s.index == 0 {
				if err := openStaged(w, b.Time, s.party, s.id); err != nil {
					return err
				}
			}
			// A part staged in a nested call can't be seen: its document's bodies will be missing.
			id, n, part, err := ParseStage(dataFor(traceLog, tx))
			if err != nil || id != s.id || n != s.index {
				continue
			}
			if err := w.set(partKey(s.party, s.id, n), part); err != nil {
				return err
			}
		}
	}
	return nil
}

func openStaged(w *writer, at uint64, party common.Address, id common.Hash) error {
	if err := w.set(openedKey(party, id), binary.BigEndian.AppendUint64(nil, at)); err != nil {
		return err
	}
	k := stagedKey(at, party, id)
	w.opened[string(k)] = true
	return w.set(k, []byte{})
}

// forgetStaged removes everything of a staged document.
func forgetStaged(w *writer, party common.Address, id common.Hash) error {
	opened, err := w.get(openedKey(party, id))
	if err != nil || len(opened) != 8 {
		return err
	}
	if err := w.remove(openedKey(party, id)); err != nil {
		return err
	}
	if err := w.remove(stagedKey(binary.BigEndian.Uint64(opened), party, id)); err != nil {
		return err
	}
	for n := uint32(0); ; n++ { // parts come in order
		part, err := w.get(partKey(party, id, n))
		if err != nil || part == nil {
			return err
		}
		if err := w.remove(partKey(party, id, n)); err != nil {
			return err
		}
	}
}

// expireStaged forgets the documents that can't be sealed any more at a block's time.
func expireStaged(w *writer, now uint64) error {
	if now < stagedFor {
		return nil
	}
	old, err := w.openedBefore(now - stagedFor)
	if err != nil {
		return err
	}
	for _, k := range old {
		if len(k) != 1+8+20+32 {
			return fmt.Errorf("staged document %x: the key has %d bytes", k, len(k))
		}
		if err := forgetStaged(w, common.Address(k[9:29]), common.Hash(k[29:])); err != nil {
			return err
		}
	}
	return nil
}

// stagedBodies puts the parts of a document together and unpacks its n bodies; nil if a part is missing, the parts aren't
// those of the rolling hash, or they are no payload: every body is withheld or damaged then.
func stagedBodies(w *writer, s *staging, n int) ([][]byte, error) {
	var payload bytes.Buffer
	var rolling common.Hash
	for i := range s.parts {
		part, err := w.get(partKey(s.party, s.id, i))
		if err != nil {
			return nil, err
		}
		if part == nil || payload.Len()+len(part) > epcis.MaxPayload {
			return nil, nil
		}
		rolling = Rolling(rolling, i, part)
		payload.Write(part)
	}
	if rolling != s.rolling {
		return nil, nil
	}
	return readPayload(payload.Bytes(), n), nil
}

// applySeal writes the records of a document that took effect. used says which of the logs of Heads it was told by.
func (p *Projection) applySeal(w *writer, b *Block, tx *types.Transaction, s *staging, logs []appended, used []bool, next *Seq) error {
	seal, err := ParseSeal(dataFor(p.chain.TraceLog, tx))
	if err != nil || seal.ID != s.id || seal.Rolling != s.rolling {
		return nil // sealed in a nested call: its leaves move the heads, more can't be read
	}
	claim := Call{Payload: seal.Claim(s.party)}
	var mine []int
	for i := range logs {
		if !used[i] && logs[i].key == p.chain.TraceLog && logs[i].belongs(&claim) {
			mine = append(mine, i)
		}
	}
	if len(mine) != len(seal.Calls) {
		return nil
	}
	bodies, err := stagedBodies(w, s, seal.Events())
	if err != nil {
		return err
	}
	pos := 0
	for i := range seal.Calls {
		c := &seal.Calls[i]
		used[mine[i]] = true
		var own [][]byte
		if bodies != nil {
			own = bodies[pos : pos+len(c.Commitments)]
		}
		at := place{party: s.party, key: s.key, contract: p.chain.TraceLog, pos: pos}
		if err := p.applyLeaves(w, b, tx, at, c, own, next); err != nil {
			return err
		}
		pos += len(c.Commitments)
	}
	return forgetStaged(w, s.party, s.id)
}

// openedBefore are the keys of documents opened before a time, in the store and in the batch.
func (w *writer) openedBefore(time uint64) (list [][]byte, err error) {
	lower, upper := key(kindStaged), binary.BigEndian.AppendUint64(key(kindStaged), time)
	it, err := w.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if v, fresh := w.fresh[string(it.Key())]; !fresh || v != nil {
			list = append(list, bytes.Clone(it.Key()))
		}
	}
	if err := it.Close(); err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	for k := range w.opened {
		if k < string(upper) && w.fresh[k] != nil {
			list = append(list, []byte(k))
		}
	}
	return list, nil
}
