package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// The index leads from a lot to open transformations that put out its units and name the lot in their master data only. Of
// sealed ones it doesn't know; the vault does.

// layout is the number of the rule that says which lots lead to a record. A store of another one is laid out anew.
const layout = 1

// underLen is the length of a lot's key and an event time, by which a record stands under a lot.
const underLen = 32 + 8

// Units lists the records that put out units of a lot (its key on the ledger), by event time, at most limit. What the ledger
// says of them isn't asked: a record may not be final, or its party may have had no right to the units.
func (s *Store) Units(lot common.Hash, limit int) (list []Ref, more bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	err = s.each(append([]byte{'u'}, lot[:]...), func(k, _ []byte) error {
		if more = len(list) == limit; more {
			return errEnough
		}
		list = append(list, refAtEnd(k))
		return nil
	})
	return list, more, err
}

// putUnits puts into a batch what leads to a record from the lots of the units it puts out.
func putUnits(b *pebble.Batch, r *Record) error {
	under := underLots(r)
	if len(under) == 0 {
		return nil
	}
	errs := []error{b.Set(key('l', r.Ref), bytes.Join(under, nil), nil)}
	for _, u := range under {
		errs = append(errs, b.Set(unitKey(u, r.Ref), nil, nil))
	}
	return errors.Join(errs...)
}

// underLots are the lots to whose units a record belongs, each with the time of the event.
func underLots(r *Record) (list [][]byte) {
	if !transforms(r.Fields) {
		return nil // most records: their body needn't be put together
	}
	body, err := r.Body()
	if err != nil {
		return nil
	}
	f, err := index.ReadFacts(body)
	if err != nil {
		return nil // no event: nothing leads to it
	}
	for _, lot := range f.LotsOfUnits() {
		// Times before 1970 are negative: the sign turned over, they come first.
		list = append(list, binary.BigEndian.AppendUint64(bytes.Clone(lot[:]), uint64(f.Millis)^1<<63))
	}
	return list
}

func transforms(fields []format.SealedField) bool {
	for i := range fields {
		if fields[i].Pointer == "/type" {
			return string(fields[i].Value) == `"`+epcis.TransformationEvent+`"`
		}
	}
	return false
}

func unitKey(under []byte, r Ref) []byte {
	return append(append([]byte{'u'}, under...), key(0, r)[1:]...)
}

// unitKeys are the keys by which lots lead to a record.
func (s *Store) unitKeys(ref Ref) (list [][]byte, err error) {
	v, _, err := s.get(key('l', ref))
	if err == nil && len(v)%underLen != 0 {
		err = fmt.Errorf("lots of sealed body %s in the vault: %d bytes are no multiple of %d", ref.Commitment, len(v), underLen)
	}
	for ; err == nil && len(v) > 0; v = v[underLen:] {
		list = append(list, unitKey(v[:underLen], ref))
	}
	return list, err
}

// Bounds of laying out: a batch of so many bytes, and how often it is told of.
const (
	layoutBatch = 1 << 20
	layoutTold  = 10 * time.Second
)

// layOut lets lots lead to the records of a store that was written under another rule, or none. Cut off, it begins again.
func (s *Store) layOut() error {
	v, _, err := s.get([]byte{'f'})
	if err != nil || bytes.Equal(v, number(layout)) {
		return err
	}
	b := s.db.NewBatch()
	defer func() { _ = b.Close() }()
	if err := s.forgetUnits(b); err != nil {
		return err
	}
	told, done := time.Now(), 0
	err = s.each([]byte{'b'}, func(k, v []byte) error {
		fields, err := format.DecodeSealed(v)
		if err != nil { // whoever asks for it is told the same; the others are as good as before
			s.log.Error("a sealed body in the vault can't be read", "commitment", refAtEnd(k).Commitment, "err", err)
		}
		if err := putUnits(b, &Record{Head: Head{Ref: refAtEnd(k)}, Fields: fields}); err != nil {
			return err
		}
		if done++; time.Since(told) > layoutTold {
			told = time.Now()
			s.log.Info("finding the lots of sealed events", "done", done, "of", s.Held())
		}
		if b.Len() < layoutBatch {
			return nil
		}
		err = s.db.Apply(b, pebble.NoSync)
		b.Reset()
		return err
	})
	if err == nil {
		err = b.Set([]byte{'f'}, number(layout), nil)
	}
	if err == nil {
		err = s.db.Apply(b, pebble.Sync)
	}
	if err != nil {
		return fmt.Errorf("find the lots of the vault's sealed events: %w", err)
	}
	return nil
}

// forgetUnits deletes what another layout has left, if there is any.
func (s *Store) forgetUnits(b *pebble.Batch) error {
	for _, kind := range []byte{'l', 'u'} {
		err := s.each([]byte{kind}, func(_, _ []byte) error {
			if err := b.DeleteRange([]byte{kind}, []byte{kind + 1}, nil); err != nil {
				return err
			}
			return errEnough
		})
		if err != nil {
			return err
		}
	}
	return nil
}
