package proof

import (
	"context"
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
	records map[uint64]contracts.Licence
}

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
	l.ids, l.records = make(map[primary]uint64), make(map[uint64]contracts.Licence)
}

// covering is the licence that a kind of object with a primary key falls under in the state that is proven; 0 if none. The
// index has to know the block of that state.
func (l *licences) covering(ctx context.Context, state *evm.Prover, kind uint8, key [32]byte) (id uint64, record contracts.Licence, err error) {
	p := primary{kind, key}
	l.mu.Lock()
	changed := l.changed
	lasting := state.Header().Number.Uint64() >= changed // else the register has changed since
	id, known := l.ids[p]
	record, recorded := l.records[id]
	l.mu.Unlock()
	if lasting && known && (recorded || id == 0) {
		return id, record, nil
	}
	data, err := partiesABI.TryPackLicenceFor(kind, key)
	if err != nil {
		return 0, record, err
	}
	out, err := state.Call(ctx, contracts.PartiesAddr, data)
	if err != nil {
		return 0, record, err
	}
	if id, err = partiesABI.UnpackLicenceFor(out); err != nil {
		return 0, record, err
	}
	if id != 0 {
		if out, err = state.Call(ctx, contracts.PartiesAddr, partiesABI.PackLicence(id)); err != nil {
			return 0, record, err
		}
		if record, err = partiesABI.UnpackLicence(out); err != nil {
			return 0, record, err
		}
	}
	if lasting {
		l.remember(changed, p, id, record)
	}
	return id, record, nil
}

// remember keeps an answer, unless the register has changed since it was asked.
func (l *licences) remember(changed uint64, p primary, id uint64, record contracts.Licence) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if changed != l.changed {
		return
	}
	if len(l.ids) >= maxLicences {
		clear(l.ids)
	}
	l.ids[p] = id
	if id != 0 {
		l.records[id] = record
	}
}
