package index

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// Fields whose values have lists of their own.
const (
	fieldBizStep     = 's'
	fieldDisposition = 'd'
	fieldReadPoint   = 'r'
	fieldBizLocation = 'l'
)

// fieldPrefix begins the list of events with a value in a field. 64 bits of the value's hash are enough: every event of
// an answer is compared in full.
func fieldPrefix(field byte, value string) []byte {
	h := idHash(value)
	return key(kindField, []byte{field}, h[:8])
}

// Types and actions of the list of all events; a type of somebody's own is typeOther.
var (
	eventTypes = []string{epcis.ObjectEvent, epcis.AggregationEvent, epcis.TransactionEvent, epcis.TransformationEvent,
		epcis.AssociationEvent}
	eventActions = []string{"", epcis.ActionAdd, epcis.ActionObserve, epcis.ActionDelete}
)

const typeOther = 5

func typeCode(t string) byte {
	for i, x := range eventTypes {
		if x == t {
			return byte(i)
		}
	}
	return typeOther
}

func actionCode(a string) byte {
	for i, x := range eventActions {
		if x == a {
			return byte(i)
		}
	}
	return byte(len(eventActions))
}

func shapePrefix(t, action byte) []byte { return key(kindTime, []byte{t, action}) }

// columns are what a walk in ledger order compares without reading an event: type, action, and 32 bits of the hash of
// each field's value. A record that answers no query has the first two only.
func columns(f *Facts, answers bool) []byte {
	c := []byte{typeCode(f.Type), actionCode(f.Action)}
	if !answers {
		return c
	}
	for _, v := range []string{f.BizStep, f.Disposition, f.ReadPoint, f.BizLocation} {
		h := idHash(v)
		c = append(c, h[:4]...)
	}
	return c
}

const columnsLen = 2 + 4*4

// wanted are the columns a query lets through.
type wanted struct {
	types, actions []byte // none: any
	fields         [4][][]byte
}

func (q *Query) wanted() (w wanted) {
	for _, t := range q.EventTypes {
		w.types = append(w.types, typeCode(t))
	}
	for _, a := range q.Actions {
		w.actions = append(w.actions, actionCode(a))
	}
	for i, values := range [][]string{q.BizSteps, q.Dispositions, q.ReadPoints, q.BizLocations} {
		for _, v := range values {
			h := idHash(v)
			w.fields[i] = append(w.fields[i], h[:4])
		}
	}
	return w
}

func (w *wanted) lets(c []byte) bool {
	if len(c) != columnsLen || w.types != nil && !bytes.Contains(w.types, c[:1]) ||
		w.actions != nil && !bytes.Contains(w.actions, c[1:2]) {
		return false
	}
	for i, values := range w.fields {
		have, found := c[2+4*i:6+4*i], values == nil
		for _, v := range values {
			found = found || bytes.Equal(v, have)
		}
		if !found {
			return false
		}
	}
	return true
}

// walk is an ordered set of marks, walked from one end.
type walk interface {
	at() (Mark, bool)
	next()
	seek(Mark) // on to the first mark that doesn't come before the given one
	close() error
}

// posting is one list of the index.
type posting struct {
	it     *pebble.Iterator
	prefix []byte
	desc   bool
	read   *atomic.Uint64 // counts the entries
}

func (v *View) posting(prefix []byte, q *Query) (*posting, error) {
	lower, upper := appendTime(clone(prefix), q.Span.From), appendTime(clone(prefix), q.Span.To)
	if q.After != nil && q.Desc {
		upper = timed(clone(prefix), q.After.Millis, q.After.Seq)
	} else if q.After != nil {
		lower = append(timed(clone(prefix), q.After.Millis, q.After.Seq), 0)
	}
	v.walked(lower, upper)
	it, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	if q.Desc {
		it.Last()
	} else {
		it.First()
	}
	v.entries.Add(1)
	return &posting{it, prefix, q.Desc, &v.entries}, nil
}

func (p *posting) at() (Mark, bool) {
	if !p.it.Valid() {
		return Mark{}, false
	}
	k := p.it.Key()
	return Mark{Millis: timeAtEnd(k), Seq: seqAtEnd(k)}, true
}

func (p *posting) next() {
	p.read.Add(1)
	if p.desc {
		p.it.Prev()
	} else {
		p.it.Next()
	}
}

func (p *posting) seek(m Mark) {
	p.read.Add(1)
	k := timed(clone(p.prefix), m.Millis, m.Seq)
	if p.desc {
		p.it.SeekLT(append(k, 0))
	} else {
		p.it.SeekGE(k)
	}
}

func (p *posting) close() error { return errors.Join(p.it.Error(), p.it.Close()) }

// union is the marks that are in any of some lists.
type union struct {
	lists []walk
	desc  bool
}

func (u *union) at() (best Mark, ok bool) {
	for _, l := range u.lists {
		if m, some := l.at(); some && (!ok || m.comesBefore(best, u.desc)) {
			best, ok = m, true
		}
	}
	return best, ok
}

func (u *union) next() {
	here, _ := u.at()
	for _, l := range u.lists {
		if m, ok := l.at(); ok && m == here {
			l.next()
		}
	}
}

func (u *union) seek(to Mark) {
	for _, l := range u.lists {
		if m, ok := l.at(); ok && m.comesBefore(to, u.desc) {
			l.seek(to)
		}
	}
}

func (u *union) close() error { return closeAll(u.lists) }

func closeAll(lists []walk) error {
	var errs []error
	for _, l := range lists {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// meet is the marks that are in all of some lists. Each list leaps to where the others are, so that the work goes with
// the rarest of them, whichever that is.
type meet struct {
	lists []walk
	desc  bool
	steps int  // what may still be looked at
	last  Mark // the last one decided upon
}

func (m *meet) next() (Mark, bool) {
	for ; m.steps > 0; m.steps-- {
		here, ok := m.lists[0].at()
		if !ok {
			return Mark{}, false
		}
		m.last = here
		met := true
		for _, l := range m.lists[1:] {
			l.seek(here)
			there, ok := l.at()
			if !ok {
				return Mark{}, false
			}
			if there != here {
				m.lists[0].seek(there)
				met = false
				break
			}
		}
		if met {
			m.lists[0].next()
			m.steps--
			return here, true
		}
	}
	return Mark{}, false
}

func (m *meet) spent() bool  { return m.steps <= 0 }
func (m *meet) close() error { return closeAll(m.lists) }
func (m *meet) stand() *Mark { return &m.last }

// ledgerWalk walks records in ledger order.
type ledgerWalk struct {
	it      *pebble.Iterator
	desc    bool
	wanted  wanted
	span    Span
	steps   int
	last    Mark
	started bool
	bad     error
	read    *atomic.Uint64 // counts the entries
}

func (w *ledgerWalk) next() (Mark, bool) {
	for ; w.steps > 0; w.steps-- {
		switch {
		case !w.started && w.desc:
			w.it.Last()
		case !w.started:
			w.it.First()
		case w.desc:
			w.it.Prev()
		default:
			w.it.Next()
		}
		w.started = true
		w.read.Add(1)
		if !w.it.Valid() {
			return Mark{}, false
		}
		rec, err := decodeRecord(seqAtEnd(w.it.Key()), w.it.Value())
		if err != nil {
			w.bad = err
			return Mark{}, false
		}
		w.last = Mark{Millis: int64(rec.Millis), Seq: rec.Seq}
		if w.wanted.lets(rec.Columns) && w.last.Millis >= w.span.From && w.last.Millis < w.span.To {
			w.steps--
			return w.last, true
		}
	}
	return Mark{}, false
}

func (w *ledgerWalk) spent() bool  { return w.steps <= 0 }
func (w *ledgerWalk) close() error { return errors.Join(w.bad, w.it.Error(), w.it.Close()) }
func (w *ledgerWalk) stand() *Mark { return &w.last }

// heights is the span of consensus heights whose blocks have their time in a span; the end is excluded.
func (v *View) heights(span Span) (from, to uint64, err error) {
	v.walked(key(kindBlock), nil)
	it, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: key(kindBlock), UpperBound: after(key(kindBlock))})
	if err != nil {
		return 0, 0, fmt.Errorf("read the index: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	first := func(ms int64) uint64 {
		return uint64(sort.Search(int(v.pos.Height)+1, func(h int) bool {
			if !it.SeekGE(blockKey(uint64(h))) {
				return true
			}
			b, bad := decodeBlock(it.Key(), it.Value())
			err = errors.Join(err, bad)
			return int64(b.Time)*1000 >= ms
		}))
	}
	return first(span.From), first(span.To), err
}

// comesBefore compares two marks in the order of a walk.
func (m Mark) comesBefore(o Mark, desc bool) bool {
	if desc {
		m, o = o, m
	}
	return m.Millis < o.Millis || m.Millis == o.Millis && m.Seq.Less(o.Seq)
}
