package index

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// Query asks for events. All conditions must hold; within a list one value is enough. Empty means any.
type Query struct {
	Span        Span     // event time; use Always for any
	AnyEPC      []string // canonical names of things
	AnyEPCClass []string // canonical names of lots and classes named with a quantity
	BizSteps    []string // bare CBV words or URIs
	// Filter is a further condition no index serves; nil for none. It is asked of at most MaxFiltered events a page.
	Filter func(*Record, *epcis.Event) bool
	Desc   bool // newest event first
	// After continues behind an event of an earlier page.
	After *Mark
	Limit int
}

// MaxFiltered bounds the work of one page where a Filter refuses most events: the page is short then, but has a next.
const MaxFiltered = 5_000

// Mark is a place in the order of a query.
type Mark struct {
	Millis int64
	Seq    Seq
}

// Found is one event of an answer.
type Found struct {
	Record Record
	Event  *epcis.Event
}

// Events answers a query: at most q.Limit events by event time, and where to go on if there may be more.
func (v *View) Events(q Query) (list []Found, next *Mark, err error) {
	m, err := v.openMerge(q)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	seen := 0
	var last Mark
	for {
		mark, ok := m.next()
		if !ok {
			return list, nil, m.err()
		}
		if len(list) == q.Limit || seen == MaxFiltered {
			return list, &last, m.err()
		}
		seen++
		last = mark
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

// matches checks the conditions that the chosen lists don't already guarantee.
func (q *Query) matches(rec *Record, e *epcis.Event) bool {
	if len(q.BizSteps) > 0 && !contains(q.BizSteps, e.BizStep) {
		return false
	}
	if len(q.AnyEPC) > 0 && !mentions(e, q.AnyEPC, false) || len(q.AnyEPCClass) > 0 && !mentions(e, q.AnyEPCClass, true) {
		return false
	}
	return q.Filter == nil || q.Filter(rec, e)
}

func mentions(e *epcis.Event, ids []string, class bool) bool {
	for _, t := range e.Objects() {
		if (t.Quantity != nil) == class && contains(ids, t.ID.String()) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// merge walks several lists, each by event time and ledger order, as one.
type merge struct {
	its  []*pebble.Iterator
	desc bool
	last *Mark
}

// openMerge picks the narrowest kind of list that the query names.
func (v *View) openMerge(q Query) (*merge, error) {
	var prefixes [][]byte
	switch {
	case len(q.AnyEPC) > 0:
		for _, id := range q.AnyEPC {
			prefixes = append(prefixes, matchPrefix(id, false))
		}
	case len(q.AnyEPCClass) > 0:
		for _, id := range q.AnyEPCClass {
			prefixes = append(prefixes, matchPrefix(id, true))
		}
	case len(q.BizSteps) > 0:
		for _, s := range q.BizSteps {
			prefixes = append(prefixes, bizStepPrefix(s))
		}
	default:
		prefixes = append(prefixes, key(kindTime))
	}
	m := &merge{desc: q.Desc, last: q.After}
	for _, p := range prefixes {
		lower, upper := appendTime(clone(p), q.Span.From), appendTime(clone(p), q.Span.To)
		if q.After != nil && q.Desc {
			upper = timed(clone(p), q.After.Millis, q.After.Seq)
		} else if q.After != nil {
			lower = append(timed(clone(p), q.After.Millis, q.After.Seq), 0)
		}
		it, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read the index: %w", err), m.close())
		}
		m.its = append(m.its, it)
		if q.Desc {
			it.Last()
		} else {
			it.First()
		}
	}
	return m, nil
}

// next gives the next event once, however many lists hold it.
func (m *merge) next() (Mark, bool) {
	for {
		best := -1
		var mark Mark
		for i, it := range m.its {
			if !it.Valid() {
				continue
			}
			k := it.Key()
			c := Mark{Millis: timeAtEnd(k), Seq: seqAtEnd(k)}
			if best < 0 || c.before(mark) != m.desc && c != mark {
				best, mark = i, c
			}
		}
		if best < 0 {
			return Mark{}, false
		}
		if m.desc {
			m.its[best].Prev()
		} else {
			m.its[best].Next()
		}
		if m.last == nil || *m.last != mark {
			m.last = &mark
			return mark, true
		}
	}
}

func (m *merge) err() error {
	for _, it := range m.its {
		if err := it.Error(); err != nil {
			return fmt.Errorf("read the index: %w", err)
		}
	}
	return nil
}

func (m *merge) close() error {
	var errs []error
	for _, it := range m.its {
		errs = append(errs, it.Close())
	}
	return errors.Join(errs...)
}

func (m Mark) before(o Mark) bool {
	return m.Millis < o.Millis || m.Millis == o.Millis && m.Seq.Less(o.Seq)
}
