package capture

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Sealing says who may have the bodies of a party's events where a capture doesn't say it.
type Sealing struct {
	Policy string // one of epcis.Policy...; empty: public
	// Disclose are RFC 6901 pointers of the fields that everybody may see of a sealed event.
	Disclose []string
}

// sealing is what holds for a document, and whether its sender said so.
func (s *Service) sealing(c Caller, mode Mode) (is Sealing, said bool) {
	is = Sealing{Policy: epcis.PolicyPublic, Disclose: epcis.DefaultDisclosed}
	if s.Sealing != nil {
		of := s.Sealing(c.Party)
		if of.Policy != "" {
			is.Policy = of.Policy
		}
		if of.Disclose != nil {
			is.Disclose = of.Disclose
		}
	}
	if mode.Disclose != nil {
		is.Disclose = mode.Disclose
	}
	if mode.Policy != "" {
		is.Policy = mode.Policy
	}
	return is, mode.Policy != ""
}

// sealed plans an event whose body stays off the ledger, if it is to: done is false for an open one.
func (p *planner) sealed(i int, e *epcis.Event, it *item) (done bool, faults []epcis.Fault, err error) {
	policy, of := p.sealing.Policy, common.Hash{}
	if format.Lane(it.Lane) == format.Notice {
		if p.sealingSaid && policy != epcis.PolicyPublic {
			return true, []epcis.Fault{faultAt(i, epcis.RuleSealing, quote(policy),
				"recalls and their lifts are for everybody: send them with Suyuan-Policy: public")}, nil
		}
		return false, nil, nil // the party's default is about what can be sealed
	}
	if e.IsError() {
		// A declaration repeats the event it is about, so it is as open as that.
		original, err := p.service.original(p.caller.Party, it.Hash)
		if err != nil {
			return true, nil, err
		}
		if original != nil {
			policy, of = original.Policy, original.Commitment
		}
	}
	if policy == epcis.PolicyPublic {
		return false, nil, nil
	}
	if err := p.maySeal(); err != nil {
		return true, []epcis.Fault{faultAt(i, epcis.RuleSealing, quote(policy), "can't be sealed here: %s", err)}, nil
	}
	if n := things(e); n > MaxObjects {
		return true, []epcis.Fault{faultAt(i, epcis.RuleSealing, strconv.Itoa(n),
			"names more than %d things, and can't be sealed: split it, or send it with Suyuan-Policy: public, which puts the things in a sealed list",
			MaxObjects)}, nil
	}
	if faults, err = p.objects(i, it, e, nil); err != nil || len(faults) > 0 {
		return true, faults, err
	}
	stub, err := p.service.seal(p.caller.Party, policy, p.sealing.Disclose, e, it)
	if err != nil {
		if errors.Is(err, format.ErrSealed) {
			return true, []epcis.Fault{faultAt(i, epcis.RuleSealing, "", "can't be sealed: %s", err)}, nil
		}
		return true, nil, err
	}
	stub.Of = of
	it.Body = stub.Body()
	return true, nil, nil
}

// maySeal says whether the caller may seal events here. The register is asked once for a document.
func (p *planner) maySeal() error {
	if p.service.MaySeal != nil && !p.sealAsked {
		p.sealAsked, p.sealRefused = true, p.service.MaySeal(p.ctx, p.caller.Party)
	}
	return p.sealRefused
}

// seal gives an event salts, the ones it was given before if a try to record it in the same way came to nothing, and answers
// what the ledger is told of it.
func (s *Service) seal(party common.Address, policy string, disclose []string, e *epcis.Event, it *item) (stub epcis.Stub, err error) {
	before, err := s.sealedBefore(party, it.Hash, it.Body)
	if err != nil {
		return stub, err
	}
	if before != nil && before.Policy == policy && slices.Equal(before.Disclose, disclose) {
		it.sealed = before
		return epcis.NewStub(policy, before.Fields)
	}
	fields, err := e.Seal(rand.Reader)
	if err != nil {
		return stub, err
	}
	if stub, err = epcis.NewStub(policy, fields); err != nil {
		return stub, err
	}
	it.sealed = &vault.Record{Fields: fields, Head: vault.Head{Ref: vault.Ref{Commitment: stub.Commitment(), Party: party}, Policy: policy,
		EventID: e.ID(), Hash: it.Hash, Disclose: disclose, Captured: uint64(time.Now().Unix())}}
	return stub, nil
}

// sealedBefore is the record that the vault has of this very body by a party.
func (s *Service) sealedBefore(party common.Address, hash common.Hash, body []byte) (*vault.Record, error) {
	heads, err := s.inVault(party, hash)
	for i := range heads {
		rec, err := s.Vault.Get(heads[i].Ref)
		if err != nil {
			continue // erased meanwhile
		}
		if was, err := rec.Body(); err == nil && bytes.Equal(was, body) {
			return rec, nil
		}
	}
	return nil, err
}

func (s *Service) inVault(party common.Address, hash common.Hash) ([]vault.Head, error) {
	if s.Vault == nil || s.Vault.Held() == 0 {
		return nil, nil
	}
	return s.Vault.ByHash(party, hash)
}

// original is the party's sealed record on the ledger that a declaration with this event hash is about; nil if there is none.
func (s *Service) original(party common.Address, hash common.Hash) (original *vault.Head, err error) {
	heads, err := s.inVault(party, hash)
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	v, err := s.Index.View()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return onLedger(v, heads, false)
}

// onLedger is the first of several records of one event that the ledger holds, as a declaration of error or not.
func onLedger(v *index.View, heads []vault.Head, declaration bool) (*vault.Head, error) {
	for i := range heads {
		rec, _, ok, err := v.SealedRecord(heads[i].Commitment, heads[i].Party)
		if err != nil {
			return nil, err
		}
		if ok && rec.IsError() == declaration {
			return &heads[i], nil
		}
	}
	return nil, nil
}

// recordedSealed says that the party recorded an event, or a declaration that it is wrong, sealed.
func (s *Service) recordedSealed(v *index.View, party common.Address, it *item) (bool, error) {
	heads, err := s.inVault(party, it.Hash)
	if err != nil || len(heads) == 0 {
		return false, err
	}
	head, err := onLedger(v, heads, format.LeafKind(it.Kind) == format.LeafErrorDecl)
	return head != nil, err
}

// putSealed puts the bodies of a job's sealed events into the vault. They are there for good before the job is.
func (s *Service) putSealed(items []item) error {
	var records []vault.Record
	for i := range items {
		if items[i].sealed != nil {
			records = append(records, *items[i].sealed)
			items[i].sealed = nil
		}
	}
	if len(records) == 0 {
		return nil
	}
	if s.Vault == nil {
		return fmt.Errorf("capture: %d sealed events and no vault", len(records))
	}
	return s.Vault.Put(records...)
}

// isSealed says that the item's body is a stub.
func (it *item) isSealed() bool {
	_, err := epcis.ParseStub(it.Body)
	return err == nil
}

// withoutContent are items as they may stand on disk: nothing of what sealed events say is left there, for erasing the
// body must be the end of it.
func withoutContent(items []item) []item {
	out := items
	for i := range items {
		if !items[i].isSealed() {
			continue
		}
		if &out[0] == &items[0] {
			out = append([]item(nil), items...)
		}
		out[i].Hash, out[i].EventID, out[i].Names = common.Hash{}, "", nil
	}
	return out
}

// readSealed puts back what withoutContent left out, as far as the vault has it; an event that was erased meanwhile goes by
// its commitment.
func (s *Service) readSealed(party common.Address, items []item) error {
	for i := range items {
		it := &items[i]
		if !it.isSealed() {
			continue
		}
		it.Hash = it.commitment()
		if s.Vault == nil {
			continue
		}
		head, err := s.Vault.Head(vault.Ref{Commitment: it.commitment(), Party: party})
		switch {
		case err == nil:
			it.Hash, it.EventID = head.Hash, head.EventID
		case !errors.Is(err, vault.ErrErased) && !errors.Is(err, vault.ErrUnknown):
			return err
		}
	}
	return nil
}
