package vault

import (
	"errors"
	"slices"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Disclosed is what everybody may see of a sealed event, with what proves it: the fields that its party discloses, if the
// body is here, and else what the ledger says, which is how many fields there are. A nil store has no bodies.
func (s *Store) Disclosed(ref Ref, stub epcis.Stub) (format.Redacted, error) {
	rec, err := s.disclosing(ref)
	if err != nil || rec == nil {
		return stub.Redacted(), err
	}
	return format.Redact(rec.Fields, epcis.Disclosing(rec.Disclose))
}

// Shown are the fields of Disclosed alone, for those who trust this node: no hash is made.
func (s *Store) Shown(ref Ref) ([]format.SealedField, error) {
	rec, err := s.disclosing(ref)
	if err != nil || rec == nil {
		return nil, err
	}
	shown := epcis.Disclosing(rec.Disclose)
	return slices.DeleteFunc(rec.Fields, func(f format.SealedField) bool { return !shown(f.Pointer) }), nil
}

// disclosing is a record; nil if it isn't here.
func (s *Store) disclosing(ref Ref) (*Record, error) {
	if s == nil {
		return nil, nil
	}
	rec, err := s.Get(ref)
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrErased) {
		return nil, nil
	}
	return rec, err
}
