package vault

import (
	"errors"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Disclosed is what everybody may see of a sealed event: the fields that its party discloses, if the body is here, and
// else what the ledger says, which is how many fields there are. A nil store has no bodies.
func (s *Store) Disclosed(ref Ref, stub epcis.Stub) (format.Redacted, error) {
	if s == nil {
		return stub.Redacted(), nil
	}
	rec, err := s.Get(ref)
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrErased):
		return stub.Redacted(), nil
	case err != nil:
		return format.Redacted{}, err
	}
	return format.Redact(rec.Fields, epcis.Disclosing(rec.Disclose))
}
