package epcis

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify/format"

	"github.com/ethereum/go-ethereum/common"
)

// Policies say who may have the body of an event.
const (
	PolicyPublic  = "public"  // open on the ledger
	PolicyChain   = "chain"   // sealed, shared with the parties on the way of the event's objects
	PolicyPrivate = "private" // sealed, kept by the party that recorded it
)

// IsPolicy says whether s is one of the policies.
func IsPolicy(s string) bool { return s == PolicyPublic || Seals(s) }

// Seals says whether s is a policy under which bodies are sealed.
func Seals(s string) bool { return s == PolicyChain || s == PolicyPrivate }

// DefaultDisclosed are the fields of a sealed event that everybody may see where nothing else was said.
var DefaultDisclosed = []string{"/type", "/bizStep", "/disposition", "/eventTime", "/eventTimeZoneOffset"}

// Stub is what the ledger holds in place of the body of a sealed event. Count and top lead to the commitment, so that
// every node can show that the body is sealed: nobody can pass an open body off as one.
type Stub struct {
	Policy string // one that Seals
	Count  uint64 // fields of the body
	Top    format.Hash
	Of     format.Hash // of an error declaration: the commitment of the sealed event it is about; zero if there is none
}

// NewStub is the stub of a body's fields.
func NewStub(policy string, fields []format.SealedField) (Stub, error) {
	top, err := format.SealedTop(fields)
	return Stub{Policy: policy, Count: uint64(len(fields)), Top: top}, err
}

// Redacted is what a stub alone shows of the body: nothing but the number of its fields.
func (s Stub) Redacted() format.Redacted {
	return format.Redacted{Count: s.Count, Hashes: []format.Hash{s.Top}}
}

// Commitment is what the event's leaf commits to.
func (s Stub) Commitment() format.Hash {
	root, err := s.Redacted().Root()
	if err != nil {
		return format.Hash{} // of no body
	}
	return format.Commitment(format.Sealed, root)
}

// Body is the stub as the payload has it.
func (s Stub) Body() []byte {
	of := ""
	if s.Of != (format.Hash{}) {
		of = `"of":"` + common.Hash(s.Of).Hex() + `",`
	}
	return fmt.Appendf(nil, `{"count":%d,%s"suyuan:sealed":%q,"top":"%s"}`, s.Count, of, s.Policy, common.Hash(s.Top).Hex())
}

const stubBegin = `{"count":`

// ParseStub reads the stub of a sealed event: the very bytes that Body writes.
func ParseStub(body []byte) (s Stub, err error) {
	const most = 300
	if len(body) > most || !bytes.HasPrefix(body, []byte(stubBegin)) {
		return s, fmt.Errorf("sealed: %d bytes are not the stub of an event", len(body))
	}
	root, f := parseJSON(body, 2)
	if f != nil {
		return s, fmt.Errorf("sealed: the stub is not JSON: %s", f.Message)
	}
	count, err := strconv.ParseUint(root.Get("count").Text(), 10, 64)
	top, ok := hashOf(root.Get("top").Text())
	s = Stub{Policy: root.Get("suyuan:sealed").Text(), Count: count, Top: top}
	if of := root.Get("of").Text(); of != "" {
		s.Of, _ = hashOf(of)
	}
	if err != nil || !ok || !Seals(s.Policy) || s.Commitment() == (format.Hash{}) ||
		!bytes.Equal(s.Body(), body) {
		return Stub{}, fmt.Errorf("sealed: %q is not the stub of an event", body)
	}
	return s, nil
}

// Disclosing says which fields of a body a list of pointers names: those and what lies in them. The event's own ID is
// never among them: it would lead to the event wherever else it is known.
func Disclosing(pointers []string) func(pointer string) bool {
	return func(pointer string) bool {
		return pointer != "/eventID" && slices.ContainsFunc(pointers, func(p string) bool {
			rest, ok := strings.CutPrefix(pointer, p)
			return ok && (rest == "" || rest[0] == '/')
		})
	}
}

// CheckDisclosed refuses what can't be in a list of fields to disclose.
func CheckDisclosed(pointers []string) error {
	const most = 64
	if len(pointers) > most {
		return fmt.Errorf("%d pointers, at most %d are allowed", len(pointers), most)
	}
	for _, p := range pointers {
		if err := (format.SealedField{Pointer: p, Value: []byte("0")}).Check(); err != nil {
			return err
		}
		if p == "/eventID" {
			return fmt.Errorf("/eventID is never disclosed: it would lead to the event wherever else it is known")
		}
	}
	return nil
}

// Seal cuts the event's body into salted fields, with salts from random.
func (e *Event) Seal(random io.Reader) ([]format.SealedField, error) {
	return format.Seal(e.Body(), random)
}
