package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	// granted are the licences.
	granted *licences
	// patience bounds the wait for the signed header of what was recorded a moment ago.
	patience time.Duration
}

// headerPatience is longer than the ledger takes for a header, unless it stands still. Then what there is will do.
const headerPatience = 3 * time.Second

// NewBuilder returns a builder. kept are the lists that this node knows the contents of, and sealed the bodies of sealed
// events that it has: of those it shows what their parties disclose.
func NewBuilder(ledger *chain.Ledger, x *index.Projection, kept *lists.Store, sealed *vault.Store) *Builder {
	return &Builder{ledger: ledger, index: x, lists: kept, vault: sealed, granted: newLicences(x), patience: headerPatience}
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

// build runs one of the builders on the youngest certified state. A record is final one header before that header's
// signatures can prove it. Where one of the proof's things has a record that young, its header is waited for: without that,
// who asks a moment after recording would be told that there is no record, or find a page in disagreement with its proof.
// The first such thing ends the first attempt. What became final after the question isn't waited for.
func (b *Builder) build(ctx context.Context, empty *verify.Proof, fill func(*work) error) (*verify.Proof, error) {
	asked := uint64(b.ledger.Final().Height) //nolint:gosec // heights aren't negative
	p, err := b.attempt(ctx, empty, asked, fill)
	if errors.Is(err, errYoung) {
		b.certified(ctx, asked)
		p, err = b.attempt(ctx, empty, 0, fill)
	}
	if err != nil {
		return nil, fmt.Errorf("proof of %s: %w", empty.Subject, err)
	}
	return p, nil
}

// attempt builds a proof. It is given up with errYoung where the records of the blocks up to a height matter and the signed
// headers don't reach that far.
func (b *Builder) attempt(ctx context.Context, empty *verify.Proof, height uint64, fill func(*work) error) (out *verify.Proof, err error) {
	err = b.ledger.Prove(ctx, func(tip chain.Tip, prover *evm.Prover) error {
		if err := b.index.WaitFor(ctx, b.ledger.Final().Height); err != nil {
			return err
		}
		view, err := b.index.View()
		if err != nil {
			return err
		}
		p := *empty
		w := newWork(ctx, b, &p, prover, view)
		w.patient = uint64(heightOf(tip.Header)) < height //nolint:gosec // the same
		if err = errors.Join(fill(w), view.Close()); err != nil {
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
	return out, err
}

// certified waits until a signed header names the block of a height, for a while.
func (b *Builder) certified(ctx context.Context, height uint64) bool {
	ctx, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	for {
		moved := b.ledger.Moved() // before looking, or a commit in between would be slept over
		tip, err := b.ledger.Tip()
		if err != nil {
			return false
		}
		if uint64(heightOf(tip.Header)) >= height {
			return true
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false
		}
	}
}
