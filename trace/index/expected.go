package index

import (
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// expected are the facts of events that this node took itself and will see again in a block: what is read once needn't be
// read twice. They are found by the commitment to the very bytes of the body, so that a body in a block has the facts that
// reading it would find; an entry that is missing costs time and nothing else.
type expected struct {
	mu sync.Mutex
	// Two generations bound the memory: what isn't in a block by the time that as many others have come is read again.
	young, old map[common.Hash]*Facts
}

// generation is the number of events in each generation: as many as wait for a block on a node that is pressed.
const generation = 8192

// Expect tells the index of an event whose canonical body, of this commitment, will come in a block.
func (p *Projection) Expect(commitment common.Hash, e *epcis.Event) {
	f := factsOf(e)
	x := &p.expected
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.young == nil || len(x.young) >= generation {
		x.young, x.old = make(map[common.Hash]*Facts), x.young
	}
	x.young[commitment] = &f
}

// take hands out the facts of a body and forgets them; nil if they aren't known.
func (x *expected) take(commitment common.Hash) *Facts {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range []map[common.Hash]*Facts{x.young, x.old} {
		if f := m[commitment]; f != nil {
			delete(m, commitment)
			return f
		}
	}
	return nil
}
