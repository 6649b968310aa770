package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// sealing reads the headers Suyuan-Policy and Suyuan-Disclose: who may have the bodies, and which fields of a sealed one
// everybody may see, as RFC 6901 pointers with commas between; "none" for none.
func sealing(r *http.Request) (policy string, disclose []string, err error) {
	refuse := func(title, format string, args ...any) error {
		return &capture.Problem{Type: capture.ValidationException, Title: title, Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
	}
	if policy = r.Header.Get("Suyuan-Policy"); policy != "" && !epcis.IsPolicy(policy) {
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
		rec, _, ok, err := v.SealedRecord(h.Commitment, h.Party)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
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

// openedFor finds the sealed events that may answer a query: those of the things it names, or else all that the asker may see.
// left says that there are too many to look at without a name.
func (s *server) openedFor(r *http.Request, v *index.View, q *index.Query) (found []index.Found, left bool, err error) {
	op := s.opener(r)
	if op == nil || op.Vault.Held() == 0 {
		return nil, false, nil
	}
	seqs, err := s.sealedNamed(v, slices.Concat(q.AnyEPC, q.AnyEPCClass))
	if err == nil && len(q.AnyEPC)+len(q.AnyEPCClass) == 0 {
		if op.Vault.Held() > index.MaxFiltered {
			return nil, true, nil
		}
		seqs, err = sealedHeld(v, op.Vault)
	}
	if err != nil {
		return nil, false, err
	}
	for _, seq := range seqs {
		rec, err := v.Record(seq)
		if err != nil {
			return nil, false, err
		}
		opened, err := op.Open(v, &rec)
		if err != nil {
			return nil, false, err
		}
		if !opened || rec.Duplicate {
			continue
		}
		if e, err := epcis.ParseBody(rec.Body); err == nil {
			found = append(found, index.Found{Record: rec, Event: e})
		}
	}
	return found, false, nil
}

// sealedNamed are the sealed events recorded for the things of some names, each once.
func (s *server) sealedNamed(v *index.View, names []string) (list []index.Seq, err error) {
	for _, name := range names {
		id, err := gs1.Parse(name)
		if err != nil {
			return nil, err
		}
		objects, err := trace.ObjectsOf(v, id)
		if err != nil {
			return nil, err
		}
		for _, obj := range objects {
			seqs, err := v.SealedOf(obj, index.MaxFiltered)
			if err != nil {
				return nil, err
			}
			list = append(list, seqs...)
		}
	}
	slices.SortFunc(list, index.Seq.Compare)
	return slices.Compact(list), nil
}

// sealedHeld are the sealed events whose bodies a vault has.
func sealedHeld(v *index.View, kept *vault.Store) (list []index.Seq, err error) {
	var behind vault.Ref
	for {
		heads, err := kept.Heads(behind, 500)
		if err != nil || len(heads) == 0 {
			return list, err
		}
		for _, h := range heads {
			seq, ok, err := v.SealedBy(h.Commitment, h.Party)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, seq)
			}
		}
		behind = heads[len(heads)-1].Ref
	}
}
