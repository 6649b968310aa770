package epcis

import (
	"crypto/sha256"
	"slices"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// bodyOf is the event as its canonical body has it.
func bodyOf(v *Value, ctx *Context) *Value {
	members := make([]Member, 0, len(v.members)+1)
	for _, m := range v.members {
		if m.Name != "recordTime" && m.Name != "@context" {
			members = append(members, m)
		}
	}
	if extra := ctx.extra(members); extra != nil {
		members = append(members, Member{"@context", extra})
	}
	slices.SortFunc(members, byName)
	return newObject(members...)
}

// Body is the canonical body: the event's JSON in UTF-8, no white space, keys sorted by code point, number literals as
// sent, without recordTime, with "@context" only for what goes beyond the standard EPCIS context.
func (e *Event) Body() []byte { return appendJSON(make([]byte, 0, 1024), e.root) }

// Commitment is the ledger's commitment to the open body: form 0 over its sha256.
func (e *Event) Commitment() [32]byte { return Commitment(e.Body()) }

// Commitment is the form 0 commitment to an open body: over its sha256.
func Commitment(body []byte) [32]byte {
	return format.Commitment(format.Open, sha256.Sum256(body))
}

// Raw is the event as JSON, read-only: what the body holds.
func (e *Event) Raw() *Value { return e.root }

// Context is what the event's names and values are to be read with.
func (e *Event) Context() *Context { return e.context }
