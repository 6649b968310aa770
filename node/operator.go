package node

import (
	"context"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/explorer"
)

// operatorName is the organisation whose validator this node is: by the genesis document, and in the reader's language
// where it declared a name in it.
type operatorName struct {
	n       *Node
	genesis string // empty if this node is no validator

	mu    sync.Mutex
	party common.Address // zero until found on the register
	names map[explorer.Lang]string
	asked time.Time
}

// namesLast is how long names are kept before they are looked up again: they hardly ever change.
const namesLast = time.Minute

func newOperatorName(n *Node) *operatorName {
	o := &operatorName{n: n}
	id, err := chain.ReadIdentity(n.home)
	if err != nil {
		return o
	}
	for _, v := range n.ledger.Genesis().Validators {
		if v.PubKey.Equals(id.Validator) {
			o.genesis = v.Name
		}
	}
	return o
}

// in is the name in a language.
func (o *operatorName) in(ctx context.Context, l explorer.Lang) string {
	if o.genesis == "" {
		return ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.asked) > namesLast {
		o.names, o.asked = map[explorer.Lang]string{}, time.Now()
	}
	if name, ok := o.names[l]; ok {
		return name
	}
	name := o.genesis
	if party, ok := o.find(ctx); ok {
		if declared, err := o.n.trace.teller.PartyName(ctx, party, string(l)); err == nil && declared != "" {
			name = declared
		}
	}
	o.names[l] = name
	return name
}

// find looks for the operator that the register knows by the name of the genesis document.
func (o *operatorName) find(ctx context.Context) (common.Address, bool) {
	if o.party != (common.Address{}) {
		return o.party, true
	}
	operators, err := o.n.register.operators(ctx)
	if err != nil {
		return common.Address{}, false
	}
	for address := range operators {
		if p, err := o.n.register.party(ctx, address); err == nil && p.Details.Name == o.genesis {
			o.party = address
			return address, true
		}
	}
	return common.Address{}, false
}
