package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// sealing reads the headers Suyuan-Policy and Suyuan-Disclose: who may have the bodies, and which fields of a sealed one
// everybody may see, as RFC 6901 pointers with commas between; "none" for none.
func sealing(r *http.Request) (policy string, disclose []string, err error) {
	refuse := func(title, format string, args ...any) error {
		return &capture.Problem{Type: capture.ValidationException, Title: title, Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
	}
	switch policy = r.Header.Get("Suyuan-Policy"); policy {
	case "", epcis.PolicyPublic, epcis.PolicyChain, epcis.PolicyPrivate:
	default:
		return "", nil, refuse("No such policy", "Suyuan-Policy %q: public, chain or private is expected", policy)
	}
	switch list := strings.TrimSpace(r.Header.Get("Suyuan-Disclose")); list {
	case "":
		return policy, nil, nil
	case "none":
		return policy, []string{}, nil
	default:
		for _, p := range strings.Split(list, ",") {
			disclose = append(disclose, strings.TrimSpace(p))
		}
	}
	if err := epcis.CheckDisclosed(disclose); err != nil {
		return "", nil, refuse("Not a list of fields", "Suyuan-Disclose %q: %s", r.Header.Get("Suyuan-Disclose"), err)
	}
	return policy, disclose, nil
}

// opener is who may have sealed events opened by a request; nil for nobody.
func (s *server) opener(r *http.Request) *trace.Opener {
	if s.Opener == nil {
		return nil
	}
	return s.Opener(r)
}

// newestSealed is the sealed event of an ID, or the declaration that it was an error, for those entitled to its body. Others
// don't learn whether there is one: unknown is the answer to them.
func (s *server) newestSealed(r *http.Request, v *index.View, id string, unknown error) (*index.Record, error) {
	op := s.opener(r)
	if op == nil {
		return nil, unknown
	}
	heads, err := op.Vault.ByEventID(id)
	if err != nil {
		return nil, err
	}
	var found *index.Record
	for _, h := range heads {
		seq, ok, err := v.SealedBy(h.Commitment, h.Party)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		rec, err := v.Record(seq)
		if err != nil {
			return nil, err
		}
		opened, err := op.Open(v, &rec)
		if err != nil {
			return nil, err
		}
		if opened && (found == nil || rec.IsError() && !found.IsError()) {
			found = &rec
		}
	}
	if found == nil {
		return nil, unknown
	}
	return found, nil
}
