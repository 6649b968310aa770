package epcis

import (
	"sync"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Types of event that EPCIS 2.0 defines. A type of somebody's own is an absolute URI or CURIE.
const (
	ObjectEvent         = "ObjectEvent"
	AggregationEvent    = "AggregationEvent"
	TransactionEvent    = "TransactionEvent"
	TransformationEvent = "TransformationEvent"
	AssociationEvent    = "AssociationEvent"
)

// Actions of an event upon the life of the relation it records.
const (
	ActionAdd     = "ADD"
	ActionObserve = "OBSERVE"
	ActionDelete  = "DELETE"
)

// Event is one EPCIS event, valid and read-only: share it freely, change nothing.
//
// Vocabulary values (BizStep, Disposition, types and reasons) are in normal form: the bare CBV word ("shipping") where
// the value is CBV's, however it was written; else the user's own URI with its prefix expanded where the context
// declares it. Identifiers are gs1.IDs; what the sender wrote is in Body.
type Event struct {
	Type string // one of the constants above, or a URI
	// EventTime is when it happened, in UTC; EventTimeZoneOffset is the local offset then, "+08:00".
	EventTime           time.Time
	EventTimeZoneOffset string
	// RecordTime is what the sender claims; the ledger's own is block time. Zero if not sent.
	RecordTime time.Time
	// EventID is what the sender gave, or "". See ID.
	EventID string
	Action  string // ADD, OBSERVE, DELETE; "" for a transformation
	BizStep string
	// Disposition is the momentary state; the persistent ones are set and unset by PersistentDisposition.
	Disposition           string
	PersistentDisposition PersistentDisposition
	ReadPoint             gs1.ID // zero if not sent
	BizLocation           gs1.ID // zero if not sent

	EPCs         []gs1.ID   // epcList of object and transaction events
	Quantities   []Quantity // quantityList of object and transaction events
	ParentID     gs1.ID     // of aggregation, association and transaction events
	ChildEPCs    []gs1.ID
	ChildQuants  []Quantity // childQuantityList
	InputEPCs    []gs1.ID
	InputQuants  []Quantity // inputQuantityList
	OutputEPCs   []gs1.ID
	OutputQuants []Quantity // outputQuantityList
	// TransformationID links transformation events that are one process; "" if not sent.
	TransformationID string

	BizTransactions []BizTransaction
	Sources         []SourceDest
	Destinations    []SourceDest
	SensorElements  []SensorElement
	// ILMD and Extensions are the instance/lot master data and the user's own fields, in the order sent, with the
	// namespace of their names expanded.
	ILMD              []Field
	Extensions        []Field
	ErrorDeclaration  *ErrorDeclaration // nil for an ordinary event
	CertificationInfo []string          // URIs

	root    *Value   // the event as sent, without recordTime; "@context" as the body carries it
	context *Context // prefixes in force for this event

	hashOnce sync.Once
	hashID   string
}

// PersistentDisposition is what an event sets and unsets until another event says otherwise.
type PersistentDisposition struct {
	Set, Unset []string // normal form
}

// Quantity is an amount of a class or lot.
type Quantity struct {
	Class gs1.ID
	// Quantity is the number literal as sent, "" if the amount is not given.
	Quantity string
	// UOM is a UN/CEFACT Recommendation 20 code ("KGM"); "" counts pieces.
	UOM string
}

// BizTransaction is a business document an event belongs to.
type BizTransaction struct {
	Type string // bare CBV word ("po", "inv", ...), the user's URI, or ""
	ID   string // URI as sent
}

// SourceDest is where goods came from or went to.
type SourceDest struct {
	Type string // "owning_party", "possessing_party", "location", or the user's URI
	ID   gs1.ID
}

// SensorElement is a set of sensor readings with what they have in common.
type SensorElement struct {
	Metadata SensorMetadata
	Reports  []SensorReport
	Fields   []Field // the user's own
}

// SensorMetadata is common to the reports of an element. Absent parts are zero.
type SensorMetadata struct {
	Time, StartTime, EndTime          time.Time
	DeviceID, DeviceMetadata, RawData string
	DataProcessingMethod, BizRules    string
	Fields                            []Field // the user's own
}

// SensorReport is one reading. Number literals are as sent, "" if absent; so are URIs.
type SensorReport struct {
	// Type is the bare GS1 measurement type ("Temperature"), or the user's URI.
	Type                                       string
	Exception                                  string // "ALARM_CONDITION", "ERROR_CONDITION", the user's URI, or ""
	Time                                       time.Time
	DeviceID, DeviceMetadata, RawData          string
	DataProcessingMethod, BizRules             string
	Microorganism, ChemicalSubstance           string
	CoordinateReferenceSystem, Component       string
	Value, MinValue, MaxValue, MeanValue, SDev string
	PercRank, PercValue                        string
	UOM                                        string // UN/CEFACT Recommendation 20 code: CEL, A93, ...
	StringValue, HexBinaryValue, URIValue      string
	BooleanValue                               *bool
	Fields                                     []Field // the user's own
}

// ErrorDeclaration says that an earlier event with the same content was wrong.
type ErrorDeclaration struct {
	DeclarationTime    time.Time
	Reason             string // "did_not_occur", "incorrect_data", the user's URI, or ""
	CorrectiveEventIDs []string
	Fields             []Field // the user's own
}

// Field is a field in somebody's namespace.
type Field struct {
	// Name is as sent ("cbvmda:lotNumber"), IRI with its prefix expanded ("urn:epcglobal:cbv:mda:lotNumber").
	Name, IRI string
	Value     *Value
}

// Local is the last part of the field's name: "lotNumber".
func (f Field) Local() string {
	for i := len(f.IRI) - 1; i >= 0; i-- {
		if c := f.IRI[i]; c == ':' || c == '/' || c == '#' {
			return f.IRI[i+1:]
		}
	}
	return f.IRI
}

// Text is the value of a field that is a plain string, number or boolean, else "".
func (f Field) Text() string { return f.Value.Text() }

// ID is the event's identifier: the one the sender gave, else the event hash ID.
func (e *Event) ID() string {
	if e.EventID != "" {
		return e.EventID
	}
	return e.HashID()
}

// IsError says that the event declares an earlier one to be wrong.
func (e *Event) IsError() bool { return e.ErrorDeclaration != nil }

// Offset is EventTimeZoneOffset as a location, to show local time.
func (e *Event) Offset() *time.Location {
	return time.FixedZone(e.EventTimeZoneOffset, offsetSeconds(e.EventTimeZoneOffset))
}

// Lookup finds an ILMD field by its full IRI, or by its local name; nil if there is none.
func (e *Event) Lookup(name string) *Value {
	for _, f := range e.ILMD {
		if f.IRI == name || f.Local() == name {
			return f.Value
		}
	}
	return nil
}

// Role says what an identifier is to an event.
type Role uint8

// Roles, in the order Objects lists them.
const (
	RoleObject      Role = iota + 1 // epcList
	RoleClass                       // quantityList: a lot or class and an amount
	RoleParent                      // parentID
	RoleChild                       // childEPCs
	RoleChildClass                  // childQuantityList
	RoleInput                       // inputEPCList
	RoleInputClass                  // inputQuantityList
	RoleOutput                      // outputEPCList
	RoleOutputClass                 // outputQuantityList
)

var roleNames = [...]string{"", "object", "class", "parent", "child", "childClass", "input", "inputClass", "output",
	"outputClass"}

func (r Role) String() string { return roleNames[r] }

// Touched is an identifier an event names as its what, and how.
type Touched struct {
	ID   gs1.ID // canonical
	Role Role
	// Quantity is set for the class roles, else nil.
	Quantity *Quantity
}

// Objects lists everything the event is about, in document order within each role, each (identifier, role) once. Places
// and parties among them (an association's parent may be a place) are listed too; they have no object on the ledger.
func (e *Event) Objects() []Touched {
	n := len(e.EPCs) + len(e.Quantities) + len(e.ChildEPCs) + len(e.ChildQuants) + len(e.InputEPCs) +
		len(e.InputQuants) + len(e.OutputEPCs) + len(e.OutputQuants) + 1
	out := make([]Touched, 0, n)
	type key struct {
		id   gs1.ID
		role Role
	}
	seen := make(map[key]bool, n)
	add := func(id gs1.ID, role Role, q *Quantity) {
		id = id.Canonical()
		if k := (key{id, role}); !id.IsZero() && !seen[k] {
			seen[k] = true
			out = append(out, Touched{id, role, q})
		}
	}
	list := func(ids []gs1.ID, role Role) {
		for _, id := range ids {
			add(id, role, nil)
		}
	}
	quants := func(qs []Quantity, role Role) {
		for i := range qs {
			add(qs[i].Class, role, &qs[i])
		}
	}
	list(e.EPCs, RoleObject)
	quants(e.Quantities, RoleClass)
	add(e.ParentID, RoleParent, nil)
	list(e.ChildEPCs, RoleChild)
	quants(e.ChildQuants, RoleChildClass)
	list(e.InputEPCs, RoleInput)
	quants(e.InputQuants, RoleInputClass)
	list(e.OutputEPCs, RoleOutput)
	quants(e.OutputQuants, RoleOutputClass)
	return out
}
