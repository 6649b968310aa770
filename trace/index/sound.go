package index

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Sound reads records, given in ledger order, without their leaves and bodies; nil for one that doesn't count: its party declared
// it wrong, it is such a declaration, or its body can't be read. Many cost less than each by itself: one walk reads
// them, and one finds what was declared wrong, which is asked only where the last answer doesn't say.
func (v *View) Sound(seqs []Seq) (list []*Record, err error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	first, last := seqs[0], seqs[len(seqs)-1]
	it, release, err := v.iter(recordKey(first), append(recordKey(last), 0))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	wrong, releaseWrong, err := v.iter(first.append(key(kindCorrected)), append(last.append(key(kindCorrected)), 0))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, releaseWrong()) }()

	list = make([]*Record, len(seqs))
	records := make([]Record, len(seqs))
	k, wrongKey := recordKey(first), first.append(key(kindCorrected))
	next, more := first, true // the first declared wrong from here on; looked up before it is first used
	for i, s := range seqs {
		if more && (i == 0 || next.Less(s)) {
			v.entries.Add(1)
			wrongKey = s.append(wrongKey[:1])
			if more = wrong.SeekGE(wrongKey); more {
				next = seqAtEnd(wrong.Key())
			}
		}
		if more && next == s {
			continue
		}
		v.entries.Add(1)
		k = s.append(k[:1])
		if !it.SeekGE(k) || !bytes.Equal(it.Key(), k) {
			return nil, fmt.Errorf("record %s: %w", s, errors.Join(it.Error(), ErrNotFound))
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, fmt.Errorf("read the index: %w", err)
		}
		rec := &records[i]
		rec.Seq = s
		if err := decodeHead(value, &rec.stored); err != nil {
			return nil, fmt.Errorf("record %s of the index: %w", s, err)
		}
		if !rec.Damaged && !rec.IsError() {
			list[i] = rec
		}
	}
	return list, nil
}

// OwnNamed is Own for all of time, with the object's name, which stands behind its lists.
func (v *View) OwnNamed(obj common.Hash, lane format.Lane, limit int) (list []Entry, name string, more bool, err error) {
	prefix, at := ownPrefix(obj, lane), nameKey(obj)
	it, release, err := v.iter(prefix, after(at))
	if err != nil {
		return nil, "", false, err
	}
	ok := it.First()
	for ; ok && bytes.HasPrefix(it.Key(), prefix); ok = it.Next() {
		v.entries.Add(1)
		if more = len(list) == limit; more {
			break
		}
		e := Entry{Seq: seqAtEnd(it.Key()), Millis: timeAtEnd(it.Key())}
		if len(it.Value()) > 0 {
			e.Role = Role(it.Value()[0])
		}
		list = append(list, e)
	}
	if ok && !bytes.Equal(it.Key(), at) {
		ok = it.SeekGE(at)
	}
	if ok && bytes.Equal(it.Key(), at) {
		v.entries.Add(1)
		name = string(it.Value())
	}
	if err := release(); err != nil {
		return nil, "", false, fmt.Errorf("read the index: %w", err)
	}
	return list, name, more, nil
}

// decodeHead reads what is stored of a record, but for its body. It is rlp's own reading of stored, by hand: reflection
// and copies of bodies would be half of a graph's cost.
func decodeHead(value []byte, r *stored) error {
	d := headReader{}
	d.rest, _, d.err = rlp.SplitList(value)
	d.bytes(r.Party[:])
	d.bytes(r.Key[:])
	d.bytes(r.Contract[:])
	r.Agent = d.number()
	r.Lane, r.Kind = uint8(d.number()), uint8(d.number()) //nolint:gosec // written as such
	r.BlockTime, r.Number = d.number(), d.number()
	d.bytes(r.Tx[:])
	r.Pos = uint32(d.number()) //nolint:gosec // written as such
	d.bytes(r.Commitment[:])
	d.objects(r)
	d.addresses(&r.Next)
	r.Damaged, r.Duplicate = d.number() != 0, d.number() != 0
	d.bytes(r.EventHash[:])
	r.EventID = string(d.text())
	r.Millis = d.number()
	r.Columns, r.Roles, r.Xform, r.Lot = bytes.Clone(d.text()), bytes.Clone(d.text()), bytes.Clone(d.text()), bytes.Clone(d.text())
	return d.err
}

// headReader takes one value after the other; after an error it gives zeros.
type headReader struct {
	rest []byte
	err  error
}

func (d *headReader) text() (b []byte) {
	if d.err == nil {
		b, d.rest, d.err = rlp.SplitString(d.rest)
	}
	return b
}

func (d *headReader) number() (n uint64) {
	if d.err == nil {
		n, d.rest, d.err = rlp.SplitUint64(d.rest)
	}
	return n
}

func (d *headReader) bytes(into []byte) {
	b := d.text()
	if d.err == nil && len(b) != len(into) {
		d.err = fmt.Errorf("%d bytes where %d are expected", len(b), len(into))
	}
	copy(into, b)
}

func (d *headReader) addresses(into *[]common.Address) {
	if d.err != nil {
		return
	}
	list := headReader{}
	if list.rest, d.rest, d.err = rlp.SplitList(d.rest); d.err != nil {
		return
	}
	for len(list.rest) > 0 && list.err == nil {
		var a common.Address
		list.bytes(a[:])
		*into = append(*into, a)
	}
	d.err = list.err
}

func (d *headReader) objects(r *stored) {
	if d.err != nil {
		return
	}
	list := headReader{}
	if list.rest, d.rest, d.err = rlp.SplitList(d.rest); d.err != nil {
		return
	}
	for len(list.rest) > 0 && list.err == nil {
		one := headReader{}
		if one.rest, list.rest, list.err = rlp.SplitList(list.rest); list.err != nil {
			break
		}
		var o Object
		o.Kind = uint8(one.number()) //nolint:gosec // written as such
		one.bytes(o.Primary[:])
		one.bytes(o.Suffix[:])
		list.err = one.err
		r.Objects = append(r.Objects, o)
	}
	d.err = list.err
}
