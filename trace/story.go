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

// EventRef points to an event.
type EventRef struct {
	ID   string    `json:"id"`   // eventID
	Time time.Time `json:"time"` // eventTime, UTC
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

// Role says what the object of a step was to the event.
type Role string

// Roles of an object in an event.
const (
	RoleObject   Role = "object"
	RoleQuantity Role = "quantity" // named by class or lot and quantity: membership is possible, not certain
	RoleParent   Role = "parent"
	RoleChild    Role = "child"
	RoleInput    Role = "input"
	RoleOutput   Role = "output"
)

// Step is one recorded event in a story.
type Step struct {
	// EventID is the sender's eventID, or the GS1 event hash ID if none was sent.
	EventID string `json:"eventID"`
	// Hash is the GS1 event hash ID, ni:///sha-256;...?ver=CBV2.0; empty if the body is withheld or damaged.
	Hash string `json:"hash,omitempty"`
	Type string `json:"type"` // ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent
	// Action is ADD, OBSERVE or DELETE; empty for transformations.
	Action string `json:"action,omitempty"`
	// BizStep and Disposition are bare CBV words (shipping, in_transit), or full URIs of private vocabularies.
	BizStep     string `json:"bizStep,omitempty"`
	Disposition string `json:"disposition,omitempty"`

	// EventTime is when it happened, UTC; Local the same in the place's own offset, RFC 3339, as a reader there would
	// write it.
	EventTime time.Time `json:"eventTime"`
	Local     string    `json:"local"`
	Offset    string    `json:"offset"` // +08:00
	// RecordTime is the block time: when it was put on record; LateBy is how long after the event. Late says that by
	// then the same object's record already held what happened at least LateAfter later.
	RecordTime time.Time `json:"recordTime"`
	Late       bool      `json:"late"`
	LateBy     Duration  `json:"lateBy"`
	// Ahead says that it is dated more than MaxAhead after it was put on record, when it can't have happened yet.
	Ahead bool `json:"ahead,omitempty"`
	// SameID is the cursor of an earlier record by the same party, of another event under the same eventID.
	SameID string `json:"sameID,omitempty"`

	// Place is the business location, or the read point where none is given; nil if neither.
	Place     *Place `json:"place"`
	ReadPoint *Place `json:"readPoint"`
	// Signer is who recorded it; the organisation to name is Signer.Party.
	Signer       Signer        `json:"signer"`
	Counterparts []Counterpart `json:"counterparts"`

	Relation Relation `json:"relation"`
	Role     Role     `json:"role"`
	// Possible says that Via was moved by class and quantity: the unit may or may not have been among them.
	Possible bool `json:"possible"`
	// Declaration says that the event declares another party's event to be an error, or one nobody recorded: it counts
	// for nothing and strikes nothing out.
	Declaration bool `json:"declaration"`
	// Listed says that the event names the object in a sealed list, not in the open.
	Listed bool `json:"listed,omitempty"`
	// Via is the canonical ID of the object through which the step belongs to the story; empty for RelationOwn.
	Via string `json:"via,omitempty"`
	// Depth is how many transformations or containers lie between the object and the step; 0 for its own.
	Depth int `json:"depth"`

	// Corrected is set where the capturing party later declared the event an error: show it struck through.
	Corrected *Correction `json:"corrected"`
	// Corrects is the ID of the erroneous event if this step is named as its corrective event.
	Corrects string `json:"corrects,omitempty"`
	// Witnesses are other parties that recorded the same event.
	Witnesses []Witness `json:"witnesses"`
	// Damaged says that the body doesn't match its commitment: "withheld or damaged, by P". Only Signer, RecordTime
	// and the ledger fields hold then.
	Damaged bool `json:"damaged"`
	// Sealed is set where the body isn't on the ledger but with its parties.
	Sealed *Sealed `json:"sealed,omitempty"`

	Quantity       []Quantity  `json:"quantity"`
	Sensors        []Sensor    `json:"sensors"`
	Documents      []Document  `json:"documents"`
	Certifications []string    `json:"certifications"`
	Facts          []Attribute `json:"facts"` // extension fields and ILMD of the event, flattened, in order

	Ledger RecordRef `json:"ledger"`
}

// RecordRef is where on the ledger a record is.
type RecordRef struct {
	Height int64       `json:"height,string"`
	Number uint64      `json:"number,string"`
	Tx     common.Hash `json:"tx"`
	// Index is the position of the commitment in its transaction.
	Index int `json:"index"`
	// Cursor is height-index over all records of the block, the cursor used everywhere outside.
	Cursor string `json:"cursor"`
	// Lane is trunk, notice or notes.
	Lane       string      `json:"lane"`
	Commitment common.Hash `json:"commitment"`
	Leaf       common.Hash `json:"leaf"`
}

// Counterpart is a source or destination of a business transfer.
type Counterpart struct {
	Direction string `json:"direction"` // source or destination
	Type      string `json:"type"`      // possessing_party, owning_party, location or a URI
	ID        string `json:"id"`
	// Party is set where the ID is the registered GLN of a party.
	Party *Party `json:"party"`
	Place *Place `json:"place"`
}

// Correction is an error declaration by the party that captured the original.
type Correction struct {
	// Declared is the sender's declarationTime, RecordTime the block time of the declaration.
	Declared   time.Time `json:"declared"`
	RecordTime time.Time `json:"recordTime"`
	// Reason is the bare CBV word (did_not_occur, incorrect_data) or a URI.
	Reason string `json:"reason,omitempty"`
	// CorrectiveEvents are the IDs of the events that replace it.
	CorrectiveEvents []string  `json:"correctiveEvents"`
	Signer           Signer    `json:"signer"`
	Ledger           RecordRef `json:"ledger"`
}

// Witness is another record of the same event by another party.
type Witness struct {
	Signer     Signer    `json:"signer"`
	RecordTime time.Time `json:"recordTime"`
	Ledger     RecordRef `json:"ledger"`
}

// Quantity is an amount of a class or lot.
type Quantity struct {
	Class string `json:"class"` // canonical ID
	Name  *Name  `json:"name"`
	Value string `json:"value,omitempty"` // number literal as sent; empty if not given
	UOM   string `json:"uom,omitempty"`   // UN/ECE Rec 20, empty for pieces
	Role  Role   `json:"role"`
}

// Document is a business document an event refers to.
type Document struct {
	Type string `json:"type"` // bare CBV word (po, desadv, inv, testres) or URI
	ID   string `json:"id"`
}

// Sensor is one sensor report of an event, summed up.
type Sensor struct {
	Type  string     `json:"type"` // Temperature, RelativeHumidity, ...
	Value string     `json:"value,omitempty"`
	Min   string     `json:"min,omitempty"`
	Max   string     `json:"max,omitempty"`
	Mean  string     `json:"mean,omitempty"`
	UOM   string     `json:"uom,omitempty"` // UN/ECE Rec 20: CEL, FAH, P1
	Unit  string     `json:"unit,omitempty"`
	Start *time.Time `json:"start,omitempty"`
	End   *time.Time `json:"end,omitempty"`
	// Alarm says that the sender's device reported an alarm condition.
	Alarm bool `json:"alarm"`
	// Device is the sensor's ID if given.
	Device string `json:"device,omitempty"`
}

// ColdChain sums up one kind of measurement over the journey.
type ColdChain struct {
	Type string `json:"type"` // Temperature, RelativeHumidity, ...
	Unit string `json:"unit"` // °C, %, ...
	// Min and Max are the lowest and highest values reported, in Unit, as decimal text.
	Min string `json:"min"`
	Max string `json:"max"`
	// LimitMin and LimitMax are the limits declared for the product by LimitsBy; empty if none is declared.
	LimitMin string `json:"limitMin,omitempty"`
	LimitMax string `json:"limitMax,omitempty"`
	LimitsBy *Party `json:"limitsBy,omitempty"`
	// Reports is the number of reports read.
	Reports int `json:"reports"`
	// Excursions are the times out of limits, or flagged by the device where no limits are declared.
	Excursions []Excursion `json:"excursions"`
	// MKT is the mean kinetic temperature in Unit, to one decimal, computed with ActivationEnergy in kJ/mol; both empty
	// for other measures.
	MKT              string `json:"mkt,omitempty"`
	ActivationEnergy string `json:"activationEnergy,omitempty"`
	// Covered is the time the readings speak for.
	Covered Duration `json:"covered"`
	// Readings are what was read, by time, at most MaxReadings.
	Readings []Reading `json:"readings"`
	// Minutes is the sum over Excursions, whole minutes, rounded half up.
	Minutes int `json:"minutes"`
}

// Reading is one report of a sensor, taken at a moment (Start and End are equal) or over a span.
type Reading struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Low and High are in the line's unit; the same for a single value.
	Low  string `json:"low"`
	High string `json:"high"`
	// Out says that it is outside the limits, or flagged by its device where there are none.
	Out     bool   `json:"out"`
	EventID string `json:"eventID"`
}

// Excursion is a time outside the declared limits: "47 minutes at 9.4 °C".
type Excursion struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Local   string    `json:"local"` // start in the event's own offset
	Minutes int       `json:"minutes"`
	// Peak is the value farthest out, in the cold chain line's unit.
	Peak    string `json:"peak"`
	EventID string `json:"eventID"`
	Place   *Place `json:"place"`
	By      Party  `json:"by"`
	// AcceptedBy names the later event in which another party received the object notwithstanding; empty if none.
	AcceptedBy *EventRef `json:"acceptedBy"`
}

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
