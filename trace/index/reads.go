package index

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
)

// Unit names entries that are read and written together: all entries of one list of one object, or a single entry.
type Unit uint64

// Units that stand for more than entries of the index.
const (
	// Everything changes with every block.
	Everything Unit = 0
	// Register changes with every block in which a contract other than Heads and TraceLog logged anything: what the
	// register's contracts answer may differ from then on.
	Register Unit = 1
)

// unitLen is how many bytes of a key make the unit, by kind. Lists that are walked have the prefix they are walked by;
// of kinds that aren't here every entry is a unit, and whoever walks them depends on Everything.
var unitLen = [256]int{
	kindLane: 1 + hashLen, kindObject: 1 + hashLen + 1,
	kindXform: 1 + 16, kindEventID: 1 + 16, kindNamed: 1 + 8, kindMaster: 1 + 16,
	kindList: 1 + 32, kindListEvent: 1 + 32, kindPrefix: 1, kindSealed: 1 + 32,
}

func unitOf(k []byte) Unit {
	if n := unitLen[k[0]]; n > 0 && len(k) > n {
		k = k[:n]
	}
	return Unit(xxhash.Sum64(k))
}

// Reads are what was read through a view: what an answer made from it depends on.
type Reads struct{ units map[Unit]struct{} }

// Add says that an answer depends on a unit besides those it read.
func (r *Reads) Add(u Unit) { r.units[u] = struct{}{} }

// Units are the units read, in no order.
func (r *Reads) Units() []Unit {
	if _, ok := r.units[Everything]; ok {
		return []Unit{Everything}
	}
	out := make([]Unit, 0, len(r.units))
	for u := range r.units {
		out = append(out, u)
	}
	return out
}

// Note makes the view write down from now on what is read through it.
func (v *View) Note() *Reads {
	v.reads = &Reads{units: make(map[Unit]struct{})}
	return v.reads
}

// get reads one entry; nil if there is none.
func (v *View) get(k []byte) ([]byte, error) {
	v.entries.Add(1)
	value, err := get(v.snap, k)
	if v.reads != nil {
		v.reads.Add(unitOf(k))
		if err != nil { // an answer that makes do without is good for this once
			v.reads.Add(Everything)
		}
	}
	return value, err
}

// walked notes that the entries from lower to upper were walked.
func (v *View) walked(lower, upper []byte) {
	if v.reads == nil {
		return
	}
	if len(lower) > 0 {
		if n := unitLen[lower[0]]; n > 0 && len(lower) >= n && upper != nil && bytes.Compare(upper, after(lower[:n])) <= 0 {
			v.reads.Add(unitOf(lower))
			return
		}
	}
	v.reads.Add(Everything)
}

// maxSpare is how many goroutines scan one view at a time without making iterators again and again.
const maxSpare = 4

// iter is an iterator from lower to upper. release gives it back: a view keeps some, since making one costs more than
// moving it. Several goroutines may read a view at a time, unless it notes what they read.
func (v *View) iter(lower, upper []byte) (it *pebble.Iterator, release func() error, err error) {
	v.walked(lower, upper)
	select {
	case it = <-v.spare:
		it.SetBounds(lower, upper)
	default:
		if it, err = v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper}); err != nil {
			return nil, nil, fmt.Errorf("read the index: %w", err)
		}
	}
	return it, func() error {
		if err := it.Error(); err != nil {
			return errors.Join(err, it.Close())
		}
		select {
		case v.spare <- it:
			return nil
		default:
			return it.Close()
		}
	}, nil
}

// EntriesRead is how many entries of the index closed views have read: the work of reading, whatever the machine.
func (p *Projection) EntriesRead() uint64 { return p.entries.Load() }

// Touched are the units that some blocks wrote, each once.
type Touched struct {
	Position Position // of the last of the blocks
	Units    map[Unit]struct{}
	// Sponsored are the parties that got another sponsor. Founders, whom no log told of before, may have had the same.
	Sponsored []common.Address
}

// Watch calls f after each batch of blocks, in order, until the projection is closed, and answers where the first
// of them follows. A view opened while f runs or afterwards knows the blocks, one opened before doesn't. f must be
// quick, and must not ask the projection for anything.
func (p *Projection) Watch(f func(Touched)) Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers = append(p.watchers, f)
	return p.pos
}

// tell tells the watchers; p.mu is held.
func (p *Projection) tell(w *writer, blocks []Block) error {
	if len(p.watchers) == 0 {
		return nil
	}
	t := Touched{Position: p.pos, Units: map[Unit]struct{}{Everything: {}}, Sponsored: w.sponsored}
	for r := w.batch.Reader(); ; {
		_, k, _, ok, err := r.Next()
		if err != nil {
			return fmt.Errorf("read what was written to the index: %w", err)
		}
		if !ok {
			break
		}
		t.Units[unitOf(k)] = struct{}{}
	}
	for i := range blocks {
		if p.registers(&blocks[i]) {
			t.Units[Register] = struct{}{}
		}
	}
	for _, f := range p.watchers {
		f(t)
	}
	return nil
}

// registers says whether a block may have changed the register.
func (p *Projection) registers(b *Block) bool {
	for _, r := range b.Receipts {
		for _, l := range r.Logs {
			if l.Address != p.chain.Heads && l.Address != p.chain.TraceLog {
				return true
			}
		}
	}
	return false
}
