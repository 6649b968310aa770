package index

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// Query asks for events. All conditions must hold; within a list one value is enough. Empty means any.
type Query struct {
	Span         Span     // event time; use Always for any
	Recorded     Span     // block time in milliseconds; zero for any
	AnyEPC       []string // canonical names of things
	AnyEPCClass  []string // canonical names of lots and classes named with a quantity
	EventTypes   []string
	Actions      []string
	BizSteps     []string // bare CBV words or URIs
	Dispositions []string // bare CBV words or URIs
	ReadPoints   []string // canonical names
	BizLocations []string // canonical names
	// Filter is a further condition no index serves; nil for none. It is asked of at most MaxFiltered events a page.
	Filter func(*Record, *epcis.Event) bool
	// ByLedger orders events as the ledger recorded them, instead of by event time.
	ByLedger bool
	Desc     bool // the last event first
	// After continues behind an event of an earlier page.
	After *Mark
	Limit int
	// Steps is how many entries of lists are looked at for one page; MaxSteps if 0.
	Steps int
}

// Bounds of the work of one page: records read, and entries of lists looked at. Where most of them don't fit, the page
// is short, but has a next.
const (
	MaxFiltered = 5_000
	MaxSteps    = 50_000
)

// Mark is a place in the order of a query.
type Mark struct {
	Millis int64 // event time
	Seq    Seq
}

// Found is one event of an answer.
type Found struct {
	Record Record
	Event  *epcis.Event
}

// source gives the events that may answer a query, in its order.
type source interface {
	next() (Mark, bool)
	// spent says that next stopped because it has done enough for one page; stand is how far it came.
	spent() bool
	stand() *Mark
	close() error
}

// Events answers a query: at most q.Limit events, and where to go on if there may be more.
func (v *View) Events(q Query) (list []Found, next *Mark, err error) {
	if q.Recorded == (Span{}) {
		q.Recorded = Always
	}
	if q.Steps == 0 {
		q.Steps = MaxSteps
	}
	from, to := uint64(0), ^uint64(0)
	if q.Recorded != Always {
		if from, to, err = v.heights(q.Recorded); err != nil {
			return nil, nil, err
		}
	}
	s, err := v.openSource(&q, from, to)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	seen := 0
	last := q.After
	for {
		mark, ok := s.next()
		switch {
		case !ok && s.spent():
			return list, s.stand(), nil
		case !ok:
			return list, nil, nil
		case len(list) == q.Limit || seen == MaxFiltered:
			return list, last, nil
		}
		last = &mark
		if mark.Seq.Height < from || mark.Seq.Height >= to {
			continue
		}
		seen++
		rec, err := v.Record(mark.Seq)
		if err != nil {
			return nil, nil, err
		}
		e, err := epcis.ParseBody(rec.Body)
		if err != nil {
			return nil, nil, fmt.Errorf("body of record %s: %w", rec.Seq, err)
		}
		if q.matches(&rec, e) {
			list = append(list, Found{Record: rec, Event: e})
		}
	}
}

// matches checks all conditions in full: the lists hold hashes.
func (q *Query) matches(rec *Record, e *epcis.Event) bool {
	is := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	if !is(q.EventTypes, e.Type) || !is(q.Actions, e.Action) || !is(q.BizSteps, e.BizStep) || !is(q.Dispositions, e.Disposition) ||
		!is(q.ReadPoints, e.ReadPoint.String()) || !is(q.BizLocations, e.BizLocation.String()) {
		return false
	}
	if len(q.AnyEPC) > 0 && !mentions(e, q.AnyEPC, false) || len(q.AnyEPCClass) > 0 && !mentions(e, q.AnyEPCClass, true) {
		return false
	}
	return q.Filter == nil || q.Filter(rec, e)
}

func mentions(e *epcis.Event, ids []string, class bool) bool {
	for _, t := range e.Objects() {
		if (t.Quantity != nil) == class && slices.Contains(ids, t.ID.String()) {
			return true
		}
	}
	return false
}

// openSource walks the ledger between two heights, or the lists that the query's conditions name.
func (v *View) openSource(q *Query, from, to uint64) (source, error) {
	if q.ByLedger {
		lower, upper := recordKey(Seq{Height: from}), recordKey(Seq{Height: to})
		if q.After != nil && q.Desc {
			upper = minKey(upper, recordKey(q.After.Seq))
		} else if q.After != nil {
			lower = maxKey(lower, append(recordKey(q.After.Seq), 0))
		}
		v.walked(lower, upper)
		it, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return nil, fmt.Errorf("read the index: %w", err)
		}
		return &ledgerWalk{read: &v.entries, it: it, desc: q.Desc, wanted: q.wanted(), span: q.Span, steps: q.Steps}, nil
	}
	m := &meet{desc: q.Desc, steps: q.Steps}
	for _, prefixes := range q.lists() {
		u := &union{desc: q.Desc}
		m.lists = append(m.lists, u)
		for _, prefix := range prefixes {
			p, err := v.posting(prefix, q)
			if err != nil {
				return nil, errors.Join(err, m.close())
			}
			u.lists = append(u.lists, p)
		}
	}
	return m, nil
}

// lists are the beginnings of the lists that hold the answer: in each group an event is in one of them. Without other
// conditions it is the lists of all types and actions.
func (q *Query) lists() (groups [][][]byte) {
	add := func(values []string, prefix func(string) []byte) {
		if len(values) == 0 {
			return
		}
		var group [][]byte
		for _, v := range values {
			group = append(group, prefix(v))
		}
		groups = append(groups, group)
	}
	add(q.AnyEPC, func(id string) []byte { return matchPrefix(id, false) })
	add(q.AnyEPCClass, func(id string) []byte { return matchPrefix(id, true) })
	add(q.BizLocations, func(v string) []byte { return fieldPrefix(fieldBizLocation, v) })
	add(q.ReadPoints, func(v string) []byte { return fieldPrefix(fieldReadPoint, v) })
	add(q.BizSteps, func(v string) []byte { return fieldPrefix(fieldBizStep, v) })
	add(q.Dispositions, func(v string) []byte { return fieldPrefix(fieldDisposition, v) })
	if len(groups) > 0 && len(q.EventTypes) == 0 && len(q.Actions) == 0 {
		return groups
	}
	w := q.wanted()
	var shapes [][]byte
	for t := byte(0); t <= typeOther; t++ {
		for a := range byte(len(eventActions)) {
			if (w.types == nil || slices.Contains(w.types, t)) && (w.actions == nil || slices.Contains(w.actions, a)) {
				shapes = append(shapes, shapePrefix(t, a))
			}
		}
	}
	return append(groups, shapes)
}

func minKey(a, b []byte) []byte {
	if string(a) < string(b) {
		return a
	}
	return b
}

func maxKey(a, b []byte) []byte {
	if string(a) > string(b) {
		return a
	}
	return b
}

// Opened merges opened sealed events, those that match, into a page of the index's answer to the query. next is where that
// page goes on, nil if nothing comes behind it; what comes behind is for the next page.
func (q *Query) Opened(records, list []Found, next *Mark) ([]Found, *Mark) {
	mark := func(f *Found) Mark { return Mark{Millis: int64(f.Record.Millis), Seq: f.Record.Seq} } //nolint:gosec // two's complement
	before := func(a, b Mark) int {
		c := a.Seq.Compare(b.Seq)
		if !q.ByLedger {
			c = cmp.Or(cmp.Compare(a.Millis, b.Millis), c)
		}
		if q.Desc {
			c = -c
		}
		return c
	}
	recorded := func(r *Record) bool {
		at := int64(r.BlockTime) * 1000 //nolint:gosec // seconds
		return q.Recorded == (Span{}) || at >= q.Recorded.From && at < q.Recorded.To
	}
	for i := range records {
		f := &records[i]
		m := mark(f)
		switch {
		case m.Millis < q.Span.From || m.Millis >= q.Span.To, !recorded(&f.Record), !q.matches(&f.Record, f.Event):
		case q.After != nil && before(m, *q.After) <= 0, next != nil && before(m, *next) > 0:
		default:
			list = append(list, *f)
		}
	}
	slices.SortStableFunc(list, func(a, b Found) int { return before(mark(&a), mark(&b)) })
	if len(list) > q.Limit {
		list = list[:q.Limit]
		last := mark(&list[q.Limit-1])
		next = &last
	}
	return list, next
}
