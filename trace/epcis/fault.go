package epcis

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with a document.
type Fault struct {
	// Pointer is the RFC 6901 JSON pointer of the value at fault (or of the object that lacks a field), "" for the whole.
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"` // one of the Rule constants
	// Value is the value at fault as JSON, shortened; "" if a field is missing.
	Value   string `json:"value,omitempty"`
	Message string `json:"message"` // what was expected
}

func (f Fault) String() string {
	where := f.Pointer
	if where == "" {
		where = "document"
	}
	return fmt.Sprintf("%s: %s (%s)", where, f.Message, f.Rule)
}

// Rules a document can break.
const (
	RuleSyntax       = "json-syntax"      // not JSON (RFC 8259), or not UTF-8
	RuleCharacter    = "character"        // a control character, or one that turns the direction of text
	RuleDuplicateKey = "duplicate-key"    // an object names a field twice
	RuleDepth        = "depth"            // nested too deeply
	RuleSize         = "size"             // larger than the limit
	RuleEvents       = "events"           // more events than the limit
	RuleType         = "type"             // of the wrong JSON type
	RuleRequired     = "required"         // a field is missing
	RuleUnknownField = "unknown-field"    // a field without namespace that EPCIS doesn't know here
	RuleNotAllowed   = "not-allowed"      // a known field that doesn't go with this event, action or value
	RuleNamespace    = "namespace"        // a prefix that no context declares
	RuleEnum         = "enum"             // not one of a closed list
	RuleVocabulary   = "vocabulary"       // neither a CBV value nor a URI
	RuleURI          = "uri"              // not an absolute URI
	RuleTime         = "time"             // not a real date and time with offset
	RuleOffset       = "offset"           // not a UTC offset between -14:00 and +14:00
	RuleIdentifier   = "identifier"       // breaks a rule of GS1 identifiers
	RuleLevel        = "identifier-level" // too coarse or too fine for this field
	RuleUnique       = "unique"           // listed twice
	RuleEmpty        = "empty"            // an empty list or text
	RuleFormat       = "format"           // another format: uom, hexadecimal, version
	RuleRange        = "range"            // a number out of its range
	RuleContext      = "context"          // @context not usable
	RuleEventID      = "event-id"         // the eventID of another event
	RuleFuture       = "future"           // a time that hasn't come yet
	RuleSealing      = "sealing"          // what can't be sealed, or not so
)

// Invalid is the error of a document that can be read but not accepted, with every fault in document order.
type Invalid struct {
	Faults []Fault
	// Truncated says that there were more faults than are listed.
	Truncated bool
}

func (e *Invalid) Error() string {
	switch len(e.Faults) {
	case 0:
		return "invalid EPCIS document"
	case 1:
		return "invalid EPCIS document: " + e.Faults[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "invalid EPCIS document: %d faults", len(e.Faults))
	for i, f := range e.Faults {
		if i == 3 {
			b.WriteString("; ...")
			break
		}
		b.WriteString("; " + f.String())
	}
	return b.String()
}
