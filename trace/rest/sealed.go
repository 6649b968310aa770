package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
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
