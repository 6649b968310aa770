package contracts

import (
	"fmt"
	"strings"
)

// scopeNames in the order of their bits.
var scopeNames = []string{"administer", "register", "capture", "inspect", "certify", "recall", "read", "order",
	"propose", "approve", "settle", "lend", "issue", "redeem", "relay", "deploy"}

// ScopeNames lists the names of all scopes.
func ScopeNames() []string { return append([]string(nil), scopeNames...) }

// ParseScopes reads names of scopes, or "all".
func ParseScopes(names []string) (Scope, error) {
	var s Scope
next:
	for _, n := range names {
		if n == "all" {
			s |= ScopeAll
			continue
		}
		for i, known := range scopeNames {
			if n == known {
				s |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("scope %q: not one of %s", n, strings.Join(scopeNames, ", "))
	}
	return s, nil
}

// Names lists the scopes in s.
func (s Scope) Names() []string {
	out := []string{}
	for i, n := range scopeNames {
		if s&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}
