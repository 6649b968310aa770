package trace

import (
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// EventRef points to an event.
type EventRef struct {
	ID   string    `json:"id"`   // eventID
	Time time.Time `json:"time"` // eventTime, UTC
}

// Role says what the object of a step was to the event.
type Role string

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
