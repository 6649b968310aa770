package proof

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify"
)

// Bounds of one proof.
const (
	MaxObjects = 64       // of containers and inputs; what is beyond is listed as omitted
	MaxLeaves  = 4096     // in all lanes together
	MaxBodies  = 2 << 20  // bytes of event bodies
	MaxMaster  = 24 << 10 // bytes of master data, which only gives names
	maxMasters = 8        // declarations of one party, the latest
)

// Errors of building a proof.
var (
	// ErrTooLarge is returned for what has more records than a proof may hold.
	ErrTooLarge = errors.New("has more records than a proof may hold")
	// ErrUnprovable is returned for an identifier of a kind that proofs don't cover yet.
	ErrUnprovable = errors.New("is of a kind that proofs do not cover")
	// ErrUnknown is returned for a party or block that isn't on the ledger.
	ErrUnknown = errors.New("is not on the ledger")
)

// Builder builds proofs from a running ledger and the index of its records.
type Builder struct {
	ledger *chain.Ledger
	index  *index.Projection
	lists  *lists.Store
	vault  *vault.Store
}

// NewBuilder returns a builder. kept are the lists that this node knows the contents of, and sealed the bodies of sealed
// events that it has: of those it shows what their parties disclose.
func NewBuilder(ledger *chain.Ledger, x *index.Projection, kept *lists.Store, sealed *vault.Store) *Builder {
	return &Builder{ledger: ledger, index: x, lists: kept, vault: sealed}
}

// Object proves what the ledger holds about an identifier, in any form that verify.Name reads.
func (b *Builder) Object(ctx context.Context, identifier string) (*verify.Proof, error) {
	name := verify.Name(identifier)
	if len(name) > verify.MaxName {
		return nil, fmt.Errorf("the identifier of %d bytes %w", len(name), ErrUnprovable)
	}
	if len(verify.Candidates(name)) == 0 {
		return nil, fmt.Errorf("%q %w", identifier, ErrUnprovable)
	}
	p := &verify.Proof{Version: 1, Kind: verify.KindObject, Subject: verify.Subject{ID: &name}}
	return b.build(ctx, p, func(w *work) error { return w.object(name) })
}

// Party proves what the register holds about a party.
func (b *Builder) Party(ctx context.Context, address common.Address) (*verify.Proof, error) {
	party := verify.Address(address)
	p := &verify.Proof{Version: 1, Kind: verify.KindParty, Subject: verify.Subject{Party: &party}}
	return b.build(ctx, p, func(w *work) error { return w.party(party) })
}

// build runs one of the builders on the youngest certified state.
func (b *Builder) build(ctx context.Context, empty *verify.Proof, fill func(*work) error) (*verify.Proof, error) {
	var out *verify.Proof
	err := b.ledger.Prove(ctx, func(tip chain.Tip, prover *evm.Prover) error {
		if err := b.index.WaitFor(ctx, heightOf(tip.Header)); err != nil {
			return err
		}
		view, err := b.index.View()
		if err != nil {
			return err
		}
		p := *empty
		w := newWork(ctx, b, &p, prover, view)
		err = errors.Join(fill(w), view.Close())
		if err != nil {
			return err
		}
		for _, n := range prover.Nodes() {
			p.Nodes = append(p.Nodes, n)
		}
		if err := b.seal(&p, tip); err != nil {
			return err
		}
		out = &p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("proof of %s: %w", empty.Subject, err)
	}
	return out, nil
}
