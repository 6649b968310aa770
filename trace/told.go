package trace

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// told remembers stories until something they were told from changes, so that a pack scanned again costs a look-up.
//
// What makes it exact: a telling notes every entry of the index that it read, found or not, and every question to the
// register; the index names what each block wrote. A story whose entries no block has written since would be told the
// same again, but for the ledger position it is as of, which is set anew. What depends on a clock is checked when a
// story is taken out: its expiry date against the reader's, the end of a suspension against the ledger's. Stories that
// found something wrong with this node are never kept. Between a final block that changes the register and its entry in
// the index a remembered story is wholly as of its position, where one told anew would mix the two.
type told struct {
	mu    sync.Mutex
	pos   index.Position
	kept  lru.BasicLRU[question, *answer]
	bytes int
	max   int
	last  uint64                              // version of the story that was kept last
	on    map[index.Unit]map[*answer]struct{} // which answers depend on a unit
}

// question is what is asked of a teller, as far as it makes a difference.
type question struct {
	id      gs1.ID // as scanned
	lang    string
	printed string
	year    int    // of the reader's clock, where it decides a printed date's century; else 0
	lists   uint64 // version of the lists that this node holds
	vault   uint64 // version of the bodies of sealed events that it holds
}

// answer is a story that is kept. The story itself is never changed: readers hold it.
type answer struct {
	question question
	story    *Story
	units    []index.Unit
	bytes    int
	expired  bool   // what the story says of its expiry date
	until    uint64 // block time at which a suspension it tells of ends; 0 for none
}

// maxUnits is how many entries a story may depend on to be kept.
const maxUnits = 20_000

func newTold(x *index.Projection, bytes int) *told {
	t := &told{max: bytes, kept: lru.NewBasicLRU[question, *answer](1 << 20), on: make(map[index.Unit]map[*answer]struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pos = x.Watch(t.touched)
	return t
}

func (t *Teller) question(id gs1.ID, opts Options) question {
	q := question{id: id, lang: opts.Lang}
	if t.lists != nil {
		q.lists = t.lists.Version()
	}
	if t.vault != nil {
		q.vault = t.vault.Version()
	}
	if len(opts.Printed) > 0 {
		var b strings.Builder
		for _, a := range opts.Printed {
			b.WriteString(a.AI + "=" + a.Value + "&")
		}
		q.printed, q.year = b.String(), opts.Now.Year()
	}
	return q
}

// touched forgets what depends on what was written.
func (t *told) touched(w index.Touched) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pos = w.Position
	if len(t.on) == 0 {
		return
	}
	for u := range w.Units {
		for a := range t.on[u] {
			t.forget(a)
		}
	}
}

// take answers a question from memory; nil if it must be told. now is the reader's clock, zero for the ledger's.
func (t *told) take(q question, now time.Time) *Story {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.kept.Get(q)
	if !ok {
		return nil
	}
	if now.IsZero() {
		now = time.Unix(int64(t.pos.Time), 0)
	}
	if hasExpired(a.story.Identity.Expiry, now) != a.expired || a.until != 0 && t.pos.Time >= a.until {
		t.forget(a)
		return nil
	}
	if p := positionOf(t.pos); a.story.Ledger != p {
		again := *a.story
		t.last++
		again.Ledger, again.version = p, t.last
		a.story = &again
	}
	return a.story
}

// keep remembers a story told at a position, unless the index has moved on meanwhile. Nobody else may have the story yet.
func (t *told) keep(a *answer, at index.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at != t.pos || a.bytes > t.max/8 {
		return
	}
	if old, ok := t.kept.Peek(a.question); ok {
		t.forget(old)
	}
	t.last++
	a.story.version, a.story.telling = t.last, t.last
	t.kept.Add(a.question, a)
	t.bytes += a.bytes
	for _, u := range a.units {
		if t.on[u] == nil {
			t.on[u] = make(map[*answer]struct{}, 1)
		}
		t.on[u][a] = struct{}{}
	}
	for t.bytes > t.max {
		if _, oldest, ok := t.kept.GetOldest(); ok {
			t.forget(oldest)
		}
	}
}

func (t *told) forget(a *answer) {
	if now, ok := t.kept.Peek(a.question); !ok || now != a {
		return
	}
	t.kept.Remove(a.question)
	t.bytes -= a.bytes
	for _, u := range a.units {
		delete(t.on[u], a)
		if len(t.on[u]) == 0 {
			delete(t.on, u)
		}
	}
}

// answer is the telling's story as an answer to keep; nil if it may not be kept.
func (s *telling) answer(q question, st *Story, reads *index.Reads) *answer {
	units := reads.Units()
	if l, ok := s.ledger.(*notedLedger); ok && l.failed || len(s.mismatch) > 0 || st.Record.State == RecordCannotCheck ||
		len(units) > maxUnits {
		return nil
	}
	// Bytes are an estimate: what steps, things and entries were seen to take, rounded up.
	bytes := 2_000 + 3_000*(len(st.Journey)+len(st.Notes.Latest)+2*len(st.Recalls)) +
		500*(len(st.Inputs)+len(st.Containers)+len(st.Contents)) + 120*len(units)
	return &answer{question: q, story: st, units: units, bytes: bytes, expired: hasExpired(st.Identity.Expiry, s.opts.Now), until: s.until}
}

// notedLedger notes that a telling asked the register. Heads is compared with the index, which is what is noted.
type notedLedger struct {
	Ledger
	reads  *index.Reads
	failed bool // a question got no answer, such as one whose asker left: the story makes do without
}

func (l *notedLedger) Call(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	if to != contracts.HeadsAddr {
		l.reads.Add(index.Register)
	}
	out, err := l.Ledger.Call(ctx, to, data)
	if err != nil && len(out) == 0 { // not a revert, which is an answer
		l.failed = true
	}
	return out, err
}
