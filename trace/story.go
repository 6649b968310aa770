package trace

import (
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// Story is everything a scan page shows of one object, as known at one ledger position. It holds codes and facts,
// not sentences: pages put them into the reader's language. Slices are never nil in JSON.
type Story struct {
	// ID is the canonical GS1 Digital Link URI at the finest level that was scanned, https://id.gs1.org/....
	ID string `json:"id"`
	// Path is ID without scheme and host: the address of the scan page on any node.
	Path     string        `json:"path"`
	Kind     ObjectKind    `json:"kind"`
	Identity Identity      `json:"identity"`
	Record   RecordVerdict `json:"record"`
	Unit     UnitVerdict   `json:"unit"`
	// Listing is what sealed lists tell of a unit; nil where none has to do with it.
	Listing *Listing `json:"listing,omitempty"`
	// Recalls are the recalls that reach this object, active ones first.
	Recalls []Recall `json:"recalls"`
	// Journey is by event time, oldest first. Corrected events stay in their place.
	Journey []Step `json:"journey"`
	// Containers are the intervals this object spent inside another, outermost included, by time.
	Containers []Containment `json:"containers"`
	// Contents are what this object holds now (a case or pallet); Possible where membership is by quantity.
	Contents []Membership `json:"contents"`
	// Inputs are what the object was made of, breadth first from the object.
	Inputs []Upstream `json:"inputs"`
	// Notes are observations by parties that may not write the object's trunk: counted and shown collapsed, never
	// part of a verdict.
	Notes     Notes       `json:"notes"`
	ColdChain []ColdChain `json:"coldChain"`
	// Claims are the certificates and test reports that the story's events name, best grade first.
	Claims []Claim `json:"claims"`
	// Expected is the brand's template of what should be on record; nil if the holder of the licence declared none.
	Expected *Expected `json:"expected"`
	// Dispositions are the persistent dispositions in force, folded over the journey, sorted.
	Dispositions []string `json:"dispositions"`
	// Records counts all leaves this ledger holds on the trunk and notice lane of the object itself and of those its
	// story was told from. Shown is how many of them are in Journey or Recalls.
	Records int `json:"records"`
	Shown   int `json:"shown"`
	// Sealed counts the records among those shown whose bodies the reader doesn't see.
	Sealed int `json:"sealed"`
	// Truncated says that a bound (depth or number of upstream objects or steps) cut the story short.
	Truncated bool     `json:"truncated"`
	Ledger    Position `json:"ledger"`

	version, telling uint64
}

// Version is a number that no other story has while the process runs, of a story that may be asked for again and then be
// the same; 0 for others.
func (s *Story) Version() uint64 { return s.version }

// Telling is like Version, but the same for stories that differ in nothing but the ledger position they are as of.
func (s *Story) Telling() uint64 { return s.telling }

// Closed counts the object's own records whose bodies the reader doesn't see. Whether one of them brought it into being isn't
// known then.
func (s *Story) Closed() (n int) {
	for i := range s.Journey {
		if st := &s.Journey[i]; st.Relation == RelationOwn && st.Sealed != nil && !st.Sealed.Opened && !st.Declaration {
			n++
		}
	}
	return n
}

// ObjectKind says what level of thing an identifier names.
type ObjectKind string

// The kinds of object a story can be told of.
const (
	KindInstance ObjectKind = "instance" // GTIN and serial
	KindLot      ObjectKind = "lot"      // GTIN and lot
	KindClass    ObjectKind = "class"    // GTIN alone
	KindLogistic ObjectKind = "logistic" // SSCC
	KindAsset    ObjectKind = "asset"    // GRAI, GIAI
	KindOther    ObjectKind = "other"
)

// Identity is what the object is said to be, and what a reader should compare with the pack in hand. Lot, Expiry and
// Production are those recorded at commissioning, never those printed in the scanned link.
type Identity struct {
	// Name is nil where nobody declared one: show the code and "name not declared".
	Name   *Name  `json:"name"`
	GTIN   string `json:"gtin,omitempty"`   // 14 digits
	Lot    string `json:"lot,omitempty"`    // AI 10
	Serial string `json:"serial,omitempty"` // AI 21
	SSCC   string `json:"sscc,omitempty"`   // AI 00, 18 digits
	// Code is the plain identifier where none of the above applies.
	Code string `json:"code,omitempty"`
	// Expiry and Production are calendar dates YYYY-MM-DD as declared; empty if not declared.
	Expiry     string `json:"expiry,omitempty"`
	BestBefore string `json:"bestBefore,omitempty"`
	Production string `json:"production,omitempty"`
	// Attributes are the other declared facts of the product (master data and instance/lot master data), in order.
	Attributes []Attribute `json:"attributes"`
	// DeclaredBy is the organisation that commissioned the object; nil if nobody has, or a sealed event may have (Story.Closed).
	DeclaredBy *Party `json:"declaredBy"`
	// CommissionedBy is the event that did, with its time.
	Commissioned *EventRef `json:"commissioned"`
	// Printed holds what the scanned link itself said (lot, expiry), to be compared with the recorded ones.
	Printed Printed `json:"printed"`
	// Compare names the fields to compare on the pack, in order: of "lot", "expiry", "bestBefore", "serial".
	Compare []string `json:"compare"`
	// Ask names what a reader should scan or type to learn more: "lot", "serial" for a link that holds a GTIN only.
	Ask []string `json:"ask"`
}

// Printed is what a scanned link says of the pack besides its key.
type Printed struct {
	Lot        string `json:"lot,omitempty"`
	Expiry     string `json:"expiry,omitempty"`     // YYYY-MM-DD from AI 17
	BestBefore string `json:"bestBefore,omitempty"` // YYYY-MM-DD from AI 15
}

// Name is a name and who said so.
type Name struct {
	Text       string `json:"text"`
	DeclaredBy Party  `json:"declaredBy"`
}

// Attribute is one declared fact: the last part of its CBV or web vocabulary name, and its value as text.
type Attribute struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	DeclaredBy *Party `json:"declaredBy,omitempty"`
}

// Party is an organisation as the ledger's register knew it at the final block of the story.
type Party struct {
	Address common.Address `json:"address"`
	// Name is the registered name; empty if the register holds none (show the address).
	Name string `json:"name,omitempty"`
	// GLN is the registered 13-digit global location number of the organisation.
	GLN string `json:"gln,omitempty"`
	// Suspended says that the party may not write now; what it wrote before stands.
	Suspended bool `json:"suspended,omitempty"`
}

// Signer says who put a record on the ledger.
type Signer struct {
	Party Party `json:"party"`
	// Agent is the pseudonymous number of the person or device within the party; 0 if the register doesn't say.
	Agent uint64         `json:"agent"`
	Key   common.Address `json:"key"`
}

// Place is where something happened.
type Place struct {
	// ID is the canonical location URI (SGLN as Digital Link, or a geo: or private URI as sent).
	ID string `json:"id"`
	// Code is the short form to show where nobody declared a name: the GLN, with extension.
	Code string `json:"code"`
	// Name is nil for "name not declared".
	Name    *Name  `json:"name"`
	City    string `json:"city,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 as declared
	// Lat and Lon are decimal degrees as declared in master data or in a geo: URI; nil if not declared.
	Lat *float64 `json:"lat,omitempty"`
	Lon *float64 `json:"lon,omitempty"`
}

// Position is where on the ledger an answer was read.
type Position struct {
	// Height is the consensus height, as a decimal string in JSON.
	Height int64 `json:"height,string"`
	// Number is the EVM block number.
	Number uint64      `json:"number,string"`
	Hash   common.Hash `json:"hash"`
	Time   time.Time   `json:"time"` // block time
}

// Relation says how a step belongs to the story of the object asked for.
type Relation string

// Relations, from near to far.
const (
	RelationOwn       Relation = "own"       // the event names the object itself
	RelationLot       Relation = "lot"       // the event names the lot recorded for the object at commissioning
	RelationClass     Relation = "class"     // the event names the product class (recalls, certificates)
	RelationContainer Relation = "container" // the event names a container while the object was inside
	RelationUnits     Relation = "units"     // the event put out units of the lot, and names the lot in its master data
	RelationPrefix    Relation = "prefix"    // the notice names a company prefix or other leading digits (recalls)
	RelationInput     Relation = "input"     // the event names something the object was made of
)

// Roles of an object in an event.
const (
	RoleObject   Role = "object"
	RoleQuantity Role = "quantity" // named by class or lot and quantity: membership is possible, not certain
	RoleParent   Role = "parent"
	RoleChild    Role = "child"
	RoleInput    Role = "input"
	RoleOutput   Role = "output"
)

// Containment is one interval inside a container. By event time; To is nil while still inside.
type Containment struct {
	Container string     `json:"container"` // canonical ID
	Kind      ObjectKind `json:"kind"`
	Code      string     `json:"code"`
	From      time.Time  `json:"from"`
	To        *time.Time `json:"to"`
	// Inner is the object that was directly inside: the object of the story or another container.
	Inner string `json:"inner"`
	Depth int    `json:"depth"` // 1 = directly around the object
	// Possible says that membership is by class and quantity: the unit may or may not have been inside.
	Possible bool `json:"possible"`
	// Association says an AssociationEvent (a sensor, a returnable pallet) rather than packing.
	Association bool `json:"association"`
}

// Membership is something inside a container now.
type Membership struct {
	ID       string    `json:"id"`
	Since    time.Time `json:"since"`
	Possible bool      `json:"possible"`
	Quantity string    `json:"quantity,omitempty"`
	UOM      string    `json:"uom,omitempty"`
}

// Upstream is one thing the object, directly or not, was made of.
type Upstream struct {
	ID   string     `json:"id"`
	Kind ObjectKind `json:"kind"`
	Code string     `json:"code"`
	Name *Name      `json:"name"`
	Lot  string     `json:"lot,omitempty"`
	// Quantity and UOM as declared in the transformation; empty for instances.
	Quantity string `json:"quantity,omitempty"`
	UOM      string `json:"uom,omitempty"`
	// Output is what it went into; Depth counts transformations from the object, 1 = direct.
	Output string `json:"output"`
	Depth  int    `json:"depth"`
	// EventID is the transformation (the event that recorded this input).
	EventID string `json:"eventID"`
	// Origin is the place of its earliest own event, if any.
	Origin *Place `json:"origin"`
	// By is the party that recorded its earliest own event, nil if the ledger holds none.
	By *Party `json:"by"`
	// Recalled says that an active recall covers this input.
	Recalled bool `json:"recalled"`
}

// Notes are records on the notes lane.
type Notes struct {
	Count int `json:"count"`
	// Latest are the newest, at most MaxNotes.
	Latest []Step `json:"latest"`
}

// Recall is a recall that reaches an object.
type Recall struct {
	// Scope is the canonical ID of what was recalled, or the digits of a company prefix; Level how it reaches the object.
	Scope string   `json:"scope"`
	Level Relation `json:"level"`
	// Active is false after a lift; Lifted holds when, by event time of the lift's record.
	Active bool       `json:"active"`
	Lifted *time.Time `json:"lifted"`
	Step   Step       `json:"step"`
	Lift   *Step      `json:"lift"`
	// Reason and Instructions are the sender's own words where the event carries them.
	Reason       string `json:"reason,omitempty"`
	Instructions string `json:"instructions,omitempty"`
}

// Duration is a time span in JSON as whole seconds.
type Duration time.Duration

// MarshalJSON writes whole seconds.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(int64(time.Duration(d) / time.Second))
}

// UnmarshalJSON reads whole seconds.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s int64
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*d = Duration(time.Duration(s) * time.Second)
	return nil
}
