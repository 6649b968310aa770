package index

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// ErrNotFound is returned for a record that the index doesn't hold.
var ErrNotFound = errors.New("not in the index")

// View is the index as of one block: everything read through it agrees. Close it.
type View struct {
	snap  *pebble.Snapshot
	pos   Position
	chain Chain
	reads *Reads                // nil: not noted
	spare chan *pebble.Iterator // of earlier scans, for further ones

	entries atomic.Uint64  // read so far
	total   *atomic.Uint64 // of all views, when they are closed
}

// View opens a view of the index as of now.
func (p *Projection) View() (*View, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return nil, ErrClosed
	}
	return &View{snap: p.db.NewSnapshot(), pos: p.pos, chain: p.chain, spare: make(chan *pebble.Iterator, maxSpare),
		total: &p.entries}, nil
}

// Close releases the view.
func (v *View) Close() error {
	v.total.Add(v.entries.Swap(0))
	var errs []error
	for {
		select {
		case it := <-v.spare:
			errs = append(errs, it.Close())
		default:
			return errors.Join(append(errs, v.snap.Close())...)
		}
	}
}

// Position is the last block the view knows.
func (v *View) Position() Position { return v.pos }

// Record reads a record.
func (v *View) Record(s Seq) (Record, error) {
	value, err := v.get(recordKey(s))
	if err != nil {
		return Record{}, err
	}
	if value == nil {
		return Record{}, fmt.Errorf("record %s: %w", s, ErrNotFound)
	}
	rec, err := decodeRecord(s, value)
	rec.Leaf = rec.leaf(v.chain)
	return rec, err
}

// Correction is the declaration by the record's own party that the record was an error.
func (v *View) Correction(s Seq) (decl Seq, ok bool, err error) {
	value, err := v.get(s.append(key(kindCorrected)))
	return seqFrom(value), len(value) == seqLen, err
}

// Original is the record that an error declaration is about, if its own party made one.
func (v *View) Original(decl *Record) (s Seq, ok bool, err error) {
	if s, ok, err := v.RecordOf(decl.EventHash, false, decl.Party); err != nil || ok || decl.EventID == "" {
		return s, ok, err
	}
	return v.EventOf(decl.Party, decl.EventID)
}

// Entry is an event in one of the index's lists.
type Entry struct {
	Seq    Seq
	Millis int64 // event time
	Role   Role
}

// Span is a span of event time in milliseconds, From included, To excluded.
type Span struct{ From, To int64 }

// Always is all of time.
var Always = Span{From: -1 << 63, To: 1<<63 - 1}

// Own lists events recorded for an object in a lane, by event time, at most limit; more says that there are others.
func (v *View) Own(obj common.Hash, lane format.Lane, span Span, limit int) (list []Entry, more bool, err error) {
	return v.timedList(ownPrefix(obj, lane), span, limit)
}

// Latest lists the events of a lane that happened last, newest first, at most limit.
func (v *View) Latest(obj common.Hash, lane format.Lane, limit int) (list []Entry, err error) {
	prefix := ownPrefix(obj, lane)
	it, release, err := v.iter(prefix, after(prefix))
	if err != nil {
		return nil, err
	}
	for ok := it.Last(); ok && len(list) < limit; ok = it.Prev() {
		v.entries.Add(1)
		e := Entry{Seq: seqAtEnd(it.Key()), Millis: timeAtEnd(it.Key())}
		if len(it.Value()) > 0 {
			e.Role = Role(it.Value()[0])
		}
		list = append(list, e)
	}
	if err := release(); err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	return list, nil
}

// Upstream lists the transformations an object came out of, by event time.
func (v *View) Upstream(obj common.Hash, limit int) ([]Entry, bool, error) {
	return v.timedList(of(obj, kindUp), Always, limit)
}

// Units lists the transformations that put out units of a lot and name the lot in their master data only, by event
// time.
func (v *View) Units(lot common.Hash, limit int) ([]Entry, bool, error) {
	return v.timedList(of(lot, kindUnits), Always, limit)
}

// Downstream lists the transformations an object went into, by event time.
func (v *View) Downstream(obj common.Hash, limit int) ([]Entry, bool, error) {
	return v.timedList(of(obj, kindDown), Always, limit)
}

func (v *View) timedList(prefix []byte, span Span, limit int) (list []Entry, more bool, err error) {
	err = v.scan(appendTime(clone(prefix), span.From), appendTime(clone(prefix), span.To), func(k, value []byte) bool {
		if len(list) == limit {
			more = true
			return false
		}
		e := Entry{Seq: seqAtEnd(k), Millis: timeAtEnd(k)}
		if len(value) > 0 {
			e.Role = Role(value[0])
		}
		list = append(list, e)
		return true
	})
	return list, more, err
}

// Move is an event that put an object in, or took it out of, another.
type Move struct {
	Entry
	In          bool // put in, or seen inside
	Possible    bool // by class and quantity
	Association bool
	Container   common.Hash // zero if the event names none
}

// Moves lists the moves of an object into and out of others, by event time.
func (v *View) Moves(obj common.Hash, limit int) (list []Move, more bool, err error) {
	prefix := of(obj, kindInside)
	err = v.scan(prefix, after(prefix), func(k, value []byte) bool {
		if len(list) == limit {
			more = true
			return false
		}
		m := Move{Entry: Entry{Seq: seqAtEnd(k), Millis: timeAtEnd(k)}}
		if len(value) > 0 {
			b := value[0]
			m.In, m.Possible, m.Association = b&insideIn != 0, b&insidePossible != 0, b&insideAssociation != 0
		}
		if len(value) == 33 {
			m.Container = common.Hash(value[1:])
		}
		list = append(list, m)
		return true
	})
	return list, more, err
}

// Emptyings lists the events from a time on that emptied a container, at most limit.
func (v *View) Emptyings(container common.Hash, from int64, limit int) ([]Entry, error) {
	list, _, err := v.timedList(of(container, kindEmptied), Span{From: from, To: Always.To}, limit)
	return list, err
}

// Transformation lists the records that share a transformationID, in ledger order.
func (v *View) Transformation(id string, limit int) ([]Seq, error) {
	h := idHash(id)
	return v.seqs(key(kindXform, h[:]), limit)
}

// Joined lists the records that share a transformation with one that has an Xform, in ledger order.
func (v *View) Joined(rec *Record, limit int) ([]Seq, error) {
	return v.seqs(key(kindXform, rec.Xform), limit)
}

// ByEventID lists the records of an event by eventID or event hash ID, in ledger order: the first, and the first
// declaration that it was an error.
func (v *View) ByEventID(id string, limit int) (list []Seq, err error) {
	if digest := DigestOf(id); id == HashID(digest) {
		same, err := v.witnesses(digest)
		if err != nil {
			return nil, err
		}
		for _, declaration := range []bool{false, true} {
			if s, ok := same.first(declaration); ok {
				list = append(list, s)
			}
		}
	}
	h := idHash(id)
	sent, err := v.seqs(key(kindEventID, h[:]), limit)
	if err != nil {
		return nil, err
	}
	list = append(list, sent...)
	slices.SortFunc(list, Seq.Compare)
	list = slices.Compact(list)
	return list[:min(len(list), limit)], nil
}

func (v *View) witnesses(eventHash common.Hash) (witnesses, error) {
	return v.get(witnessKey(eventHash))
}

func (v *View) seqs(prefix []byte, limit int) (list []Seq, err error) {
	err = v.scan(prefix, after(prefix), func(k, _ []byte) bool {
		list = append(list, seqAtEnd(k))
		return len(list) < limit
	})
	return list, err
}

// Records lists the first record of an event by each party that made one, in ledger order.
func (v *View) Records(eventHash common.Hash, declarations bool) (list []Seq, err error) {
	same, err := v.witnesses(eventHash)
	same.each(func(declaration bool, _ common.Address, s Seq) bool {
		if declaration == declarations {
			list = append(list, s)
		}
		return true
	})
	return list, err
}

// RecordOf is the record of an event by one party.
func (v *View) RecordOf(eventHash common.Hash, declaration bool, party common.Address) (s Seq, ok bool, err error) {
	same, err := v.witnesses(eventHash)
	s, ok = same.of(declaration, party)
	return s, ok, err
}

// Head is the head of a lane as recomputed from its leaves.
func (v *View) Head(lane common.Hash) (format.Head, error) {
	value, err := v.get(headKey(lane))
	if err != nil || len(value) != 32 {
		return format.Head{}, err
	}
	return format.HeadFromWord(format.Hash(value)), nil
}

// Leaf is one leaf of a lane. HasRecord is false where its body isn't ours to read. Change names the change of the
// register it stands for, its party being that of the object; nil for any other leaf.
type Leaf struct {
	Hash      common.Hash
	Seq       Seq
	HasRecord bool
	Change    *ChangeRef
}

// Leaves lists leaves of a lane in ledger order, beginning with number from (0 is the first).
func (v *View) Leaves(lane common.Hash, from uint64, limit int) (list []Leaf, err error) {
	err = v.scan(leafKey(lane, from), headKey(lane), func(_, value []byte) bool {
		switch {
		case len(value) == seqLen:
			list = append(list, Leaf{Seq: seqFrom(value), HasRecord: true})
		case len(value) == 32+changeRefLen:
			list = append(list, Leaf{Hash: common.Hash(value[:32]), Change: changeRefFrom(value[32:])})
		case len(value) >= 32:
			list = append(list, Leaf{Hash: common.Hash(value[:32])})
		}
		return len(list) < limit
	})
	for i := range list {
		if !list[i].HasRecord {
			continue
		}
		rec, err := v.Record(list[i].Seq)
		if err != nil {
			return nil, err
		}
		list[i].Hash = rec.Leaf
	}
	return list, err
}

// HasPrefixNotices says whether a notice was recorded on any prefix at all; nearly always not.
func (v *View) HasPrefixNotices() (any bool, err error) {
	prefix := key(kindPrefix)
	err = v.scan(prefix, after(prefix), func([]byte, []byte) bool {
		any = true
		return false
	})
	return any, err
}

// NoticedPrefixes are the runs of leading digits, of at least shortest, that a notice was recorded on.
func (v *View) NoticedPrefixes(digits string, shortest int) (list []string, err error) {
	if len(digits) < shortest {
		return nil, nil
	}
	lower, upper := key(kindPrefix, []byte(digits[:shortest])), append(key(kindPrefix, []byte(digits)), 0)
	err = v.scan(lower, upper, func(k, _ []byte) bool {
		if p := string(k[1:]); strings.HasPrefix(digits, p) {
			list = append(list, p)
		}
		return true
	})
	return list, err
}

// Name is the canonical name of an object, empty if no event has named it.
func (v *View) Name(obj common.Hash) (string, error) {
	value, err := v.get(nameKey(obj))
	return string(value), err
}

// Named lists the objects that were recorded under a canonical name: one, unless the licence it falls under changed.
func (v *View) Named(name string) (list []common.Hash, err error) {
	prefix := namedPrefix(name)
	err = v.scan(prefix, after(prefix), func(k, _ []byte) bool {
		list = append(list, common.Hash(k[len(k)-32:]))
		return true
	})
	return list, err
}

// Ending lists canonical names whose last part is this serial, lot or number, at most limit.
func (v *View) Ending(part string, limit int) (names []string, more bool, err error) {
	prefix := endingPrefix(escapedPart(part))
	var objects []common.Hash
	err = v.scan(prefix, after(prefix), func(k, _ []byte) bool {
		if more = len(objects) == limit; more {
			return false
		}
		objects = append(objects, common.Hash(k[len(k)-32:]))
		return true
	})
	for _, o := range objects {
		name, nameErr := v.Name(o)
		if nameErr != nil {
			return nil, false, nameErr
		}
		if lastPart(name) == escapedPart(part) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, more, err
}

// Declared is master data with who declared it.
type Declared struct {
	Party common.Address
	Seq   Seq
	Master
}

// Master lists what parties declared of a thing, the latest of each party and vocabulary.
func (v *View) Master(id string) (list []Declared, err error) {
	h := idHash(id)
	prefix := key(kindMaster, h[:])
	var bad error
	err = v.scan(prefix, after(prefix), func(k, value []byte) bool {
		var m masterValue
		if bad = rlp.DecodeBytes(value, &m); bad != nil {
			return false
		}
		list = append(list, Declared{Party: common.Address(k[len(prefix) : len(prefix)+20]), Seq: m.Seq, Master: m.Master})
		return true
	})
	if bad != nil {
		return nil, fmt.Errorf("master data of %s in the index: %w", id, bad)
	}
	return list, err
}

// Party is what the register's logs told of an organisation.
func (v *View) Party(address common.Address) (PartyRecord, bool, error) {
	return readParty(v.get, address)
}

// PartyByGLN is the organisation registered last with a GLN.
func (v *View) PartyByGLN(gln uint64) (common.Address, bool, error) {
	value, err := v.get(glnKey(gln))
	return common.BytesToAddress(value), value != nil, err
}

// scan calls f with the entries from lower to upper until it answers false. k and v are valid only during the call.
func (v *View) scan(lower, upper []byte, f func(k, value []byte) bool) error {
	it, release, err := v.iter(lower, upper)
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		v.entries.Add(1)
		if !f(it.Key(), it.Value()) {
			break
		}
	}
	if err := release(); err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	return nil
}

func clone(b []byte) []byte { return append(make([]byte, 0, len(b)+8), b...) }

// Dump is every entry of the index, for comparing two of them. It is for tests and for checking a rebuilt index.
func (p *Projection) Dump() (map[string]string, error) {
	v, err := p.View()
	if err != nil {
		return nil, err
	}
	out := make(map[string]string)
	err = v.scan(nil, nil, func(k, value []byte) bool {
		out[string(k)] = string(value)
		return true
	})
	return out, errors.Join(err, v.Close())
}
