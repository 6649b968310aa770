package epcis

import (
	"io"
	"time"
)

// Limits bound what is read.
type Limits struct {
	Bytes  int // of the JSON text
	Depth  int // of nesting
	Events int // in one document
	Faults int // listed; counting goes no further
}

// DefaultLimits are what a node takes unless configured otherwise.
var DefaultLimits = Limits{Bytes: 16 << 20, Depth: 64, Events: 10_000, Faults: 1_000}

// Document is a valid EPCIS document, or a bare event taken for a document of one.
type Document struct {
	// Type is EPCISDocument, EPCISQueryDocument, or "" for a bare event.
	Type string
	// ID, SchemaVersion, CreationDate, Sender, Receiver and InstanceIdentifier are as sent; zero if absent.
	ID, SchemaVersion            string
	CreationDate                 time.Time
	Sender, Receiver, InstanceID string
	Events                       []*Event
	// MasterData is the EPCISMasterData of the header, nil if there is none.
	MasterData *MasterData
	Context    *Context
}

// Parse reads an EPCISDocument, an EPCISQueryDocument, or one bare event, within DefaultLimits. The error is an *Invalid.
func Parse(data []byte) (*Document, error) { return ParseLimits(data, DefaultLimits) }

// Decode reads a document from r and never more than limits.Bytes of it. Errors of r are returned as they are, all
// others are *Invalid.
func Decode(r io.Reader, limits Limits) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limits.Bytes)+1))
	if err != nil {
		return nil, err
	}
	return ParseLimits(data, limits)
}

// ParseLimits is Parse within other limits.
func ParseLimits(data []byte, limits Limits) (*Document, error) { panic("being written") }

// ParseEvent reads one bare event as a client sends it to /epcis/events: it must carry "@context".
func ParseEvent(data []byte) (*Event, error) { panic("being written") }

// ParseBody reads a canonical body, which carries "@context" only for the user's own entries. Body of the result is
// canonical; compare it with data if the bytes themselves matter (a commitment is over the bytes).
func ParseBody(data []byte) (*Event, error) { panic("being written") }

// Body is the canonical body: the event's JSON in UTF-8, no white space, keys sorted by code point, number literals as
// sent, without recordTime, with "@context" only for what goes beyond the standard EPCIS context.
func (e *Event) Body() []byte { panic("being written") }

// Commitment is the ledger's commitment to the open body: form 0 over its sha256.
func (e *Event) Commitment() [32]byte { return Commitment(e.Body()) }

// HashID is the event hash ID of CBV 2.0, "ni:///sha-256;...?ver=CBV2.0". eventID, recordTime and errorDeclaration are
// not hashed, so an error declaration has the hash ID of the event it declares wrong.
func (e *Event) HashID() string { panic("being written") }

// Output is an event as it is given out, with what the repository adds.
type Output struct {
	Event *Event
	// EventID replaces the event's own; "" leaves it.
	EventID string
	// RecordTime is block time; zero leaves it out.
	RecordTime time.Time
}

// MarshalEvent writes a bare event as GET /epcis/events/{eventID} returns it: with the standard context and the user's.
func MarshalEvent(o Output) []byte { panic("being written") }

// MarshalDocument writes an EPCISDocument of the events.
func MarshalDocument(events []Output, created time.Time) []byte { panic("being written") }

// MarshalQueryDocument writes an EPCISQueryDocument with the events as the results of queryName.
func MarshalQueryDocument(events []Output, queryName string, created time.Time) []byte {
	panic("being written")
}
