package proof

import (
	"context"
	"fmt"
	"sync"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

var partiesABI = contracts.NewParties()

// licences are what the register answers about licences, remembered until a block changes the register. Its answers don't
// depend on the time: that a licence has run out is for the reader of a proof to see.
type licences struct {
	mu      sync.Mutex
	changed uint64 // EVM block that changed the register last, or a later one that didn't
	ids     map[primary]uint64
	records map[uint64]current
}

// current is a licence in force.
type current struct {
	contracts.Licence
	ID    uint64 // 0: none
	Since uint64 // block time of the grant, seconds
}

// sandbox says that it is the catch-all of a test network.
func (c *current) sandbox() bool { return c.Kind == 4 }

// primary is what a licence covers.
type primary struct {
	kind uint8
	key  [32]byte
}

// maxLicences bounds what is remembered: 5 MB.
const maxLicences = 50_000

func newLicences(x *index.Projection) *licences {
	l := new(licences)
	l.forget(x.Watch(func(t index.Touched) {
		if _, touched := t.Units[index.Register]; touched {
			l.forget(t.Position)
		}
	}))
	return l
}

func (l *licences) forget(at index.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = max(l.changed, at.Number)
	l.ids, l.records = make(map[primary]uint64), make(map[uint64]current)
}

// covering is the licence that a kind of object with a primary key falls under in the state that is proven. The index, of
// which view is, has to know the block of that state.
func (l *licences) covering(ctx context.Context, state *evm.Prover, view *index.View, kind uint8, key [32]byte) (c current, err error) {
	p := primary{kind, key}
	l.mu.Lock()
	changed := l.changed
	lasting := state.Header().Number.Uint64() >= changed // else the register has changed since
	id, known := l.ids[p]
	c, recorded := l.records[id]
	l.mu.Unlock()
	if lasting && known && (recorded || id == 0) {
		return c, nil
	}
	data, err := partiesABI.TryPackLicenceFor(kind, key)
	if err != nil {
		return c, err
	}
	out, err := state.Call(ctx, contracts.PartiesAddr, data)
	if err != nil {
		return c, err
	}
	if id, err = partiesABI.UnpackLicenceFor(out); err != nil {
		return c, err
	}
	c = current{ID: id}
	if id != 0 {
		if out, err = state.Call(ctx, contracts.PartiesAddr, partiesABI.PackLicence(id)); err != nil {
			return c, err
		}
		if c.Licence, err = partiesABI.UnpackLicence(out); err != nil {
			return c, err
		}
		if c.Since, err = grantedAt(view, &c); err != nil {
			return c, err
		}
	}
	if lasting {
		l.remember(changed, p, c)
	}
	return c, nil
}

// grantedAt is when a licence was granted, which the register itself doesn't keep.
func grantedAt(view *index.View, c *current) (uint64, error) {
	grants, err := view.GrantsOf(c.Primary)
	for _, g := range grants {
		if g.ID == c.ID {
			return g.Since, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("the index doesn't know licence %d", c.ID)
	}
	return 0, err
}

// remember keeps an answer, unless the register has changed since it was asked.
func (l *licences) remember(changed uint64, p primary, c current) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if changed != l.changed {
		return
	}
	if len(l.ids) >= maxLicences {
		clear(l.ids)
	}
	l.ids[p] = c.ID
	if c.ID != 0 {
		l.records[c.ID] = c
	}
}
