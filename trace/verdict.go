package trace

import "strings"

// RecordState answers "is what is shown what the ledger holds?".
type RecordState string

// Record states. Intact is neutral: it never means genuine.
const (
	RecordIntact   RecordState = "intact"
	RecordWarnings RecordState = "warnings"
	// RecordAltered means that the bytes this node stores are not those the ledger committed to.
	RecordAltered RecordState = "altered"
	RecordUnknown RecordState = "unknown"
	// RecordCannotCheck means that this node can't tell now, because it is behind the ledger.
	RecordCannotCheck RecordState = "cannot check"
)

// UnitState answers "what is known of this very unit?". Of several that apply, the first in this order is given.
type UnitState string

// Unit states in the order in which they win.
const (
	UnitRecalled       UnitState = "recalled"
	UnitDestroyed      UnitState = "destroyed"
	UnitSold           UnitState = "sold or returned elsewhere"
	UnitHiddenCodeUsed UnitState = "hidden code already used"
	UnitExpired        UnitState = "expired"
	UnitNotYetActive   UnitState = "not yet active"
	UnitFirstUse       UnitState = "first use now"
	UnitNotChecked     UnitState = "not checked"
)

// UnitOrder lists every unit state, strongest first.
var UnitOrder = []UnitState{UnitRecalled, UnitDestroyed, UnitSold, UnitHiddenCodeUsed, UnitExpired, UnitNotYetActive,
	UnitFirstUse, UnitNotChecked}

// RecordVerdict is the first of the two answers.
type RecordVerdict struct {
	State   RecordState `json:"state"`
	Reasons []Reason    `json:"reasons"`
}

// UnitVerdict is the second of the two answers.
type UnitVerdict struct {
	State   UnitState `json:"state"`
	Reasons []Reason  `json:"reasons"`
	// NotProven says what a scan like this can't show.
	NotProven []Reason `json:"notProven"`
}

// Reason is a fact behind a verdict: a code for pages to put in the reader's words, its arguments, and the events it
// rests on. Text is the English sentence, for programs and logs.
type Reason struct {
	Code   ReasonCode        `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
	Events []string          `json:"events,omitempty"`
	Text   string            `json:"text"`
}

// ReasonCode names a kind of reason; its arguments are in braces in reasonTexts.
type ReasonCode string

// Reasons of the record verdict.
const (
	ReasonAllMatch     ReasonCode = "all-match"
	ReasonNoRecord     ReasonCode = "no-record"
	ReasonDamaged      ReasonCode = "withheld-or-damaged"
	ReasonLate         ReasonCode = "late"
	ReasonCorrected    ReasonCode = "corrected"
	ReasonAhead        ReasonCode = "ahead"
	ReasonSameID       ReasonCode = "same-event-id"
	ReasonLotDiffers   ReasonCode = "lot-differs"
	ReasonDateDiffers  ReasonCode = "date-differs"
	ReasonNotDeclared  ReasonCode = "not-declared"
	ReasonAltered      ReasonCode = "store-altered"
	ReasonHeadDiffers  ReasonCode = "head-differs"
	ReasonBehind       ReasonCode = "behind"
	ReasonTruncated    ReasonCode = "truncated"
	ReasonInputRecall  ReasonCode = "input-recalled"
	ReasonSuspended    ReasonCode = "party-suspended"
	ReasonOutOfLimits  ReasonCode = "out-of-limits"
	ReasonLotConflict  ReasonCode = "lot-conflict"
	ReasonDateConflict ReasonCode = "date-conflict"
	ReasonListed       ReasonCode = "listed"
	ReasonUnlisted     ReasonCode = "unlisted"
	ReasonListClosed   ReasonCode = "list-closed"
	ReasonLotOnly      ReasonCode = "lot-only"
	ReasonSealed       ReasonCode = "sealed"
)

// Reasons of the unit verdict.
const (
	ReasonRecalled       ReasonCode = "recalled"
	ReasonDestroyed      ReasonCode = "destroyed"
	ReasonDecommissioned ReasonCode = "decommissioned"
	ReasonSold           ReasonCode = "sold"
	ReasonReturned       ReasonCode = "returned"
	ReasonExpired        ReasonCode = "expired"
	ReasonNotCommission  ReasonCode = "not-commissioned"
	ReasonEncodedOnly    ReasonCode = "encoded-only"
	ReasonNoCheck        ReasonCode = "no-check"
	ReasonSealedLife     ReasonCode = "commission-sealed"
)

// What a scan doesn't prove.
const (
	NotProvenGenuine  ReasonCode = "not-genuine"  // an outer code can be copied
	NotProvenUnit     ReasonCode = "not-unit"     // a lot or class scan says nothing of this very pack
	NotProvenComplete ReasonCode = "not-complete" // the ledger can't know what nobody recorded
	NotProvenPossible ReasonCode = "possible"     // membership by quantity
)

// reasonTexts are the English sentences; {name} is an argument.
var reasonTexts = map[ReasonCode]string{
	ReasonAllMatch:     "All {records} records this ledger holds are shown and match what was committed to.",
	ReasonNoRecord:     "This ledger holds no record of this identifier.",
	ReasonDamaged:      "{count} record(s) are withheld or damaged, by {party}.",
	ReasonLate:         "{count} record(s) were made late.",
	ReasonCorrected:    "{count} record(s) were declared wrong by those who made them.",
	ReasonAhead:        "{count} record(s) are dated later than they were recorded.",
	ReasonSameID:       "{count} record(s) bear the eventID of another event, which the same party recorded before.",
	ReasonLotDiffers:   "The link says lot {printed}, the record says lot {recorded}.",
	ReasonDateDiffers:  "The link says date {printed}, the record says {recorded}.",
	ReasonNotDeclared:  "Not yet declared by its owner: others have seen it, nobody entitled has commissioned it.",
	ReasonAltered:      "The stored copy of record {event} is not what the ledger committed to.",
	ReasonHeadDiffers:  "This node's list of records does not match the ledger's head of {object}.",
	ReasonBehind:       "This node is {blocks} block(s) behind the ledger.",
	ReasonTruncated:    "The story is longer than what is shown.",
	ReasonInputRecall:  "{input}, which it was made of, is recalled.",
	ReasonSuspended:    "{party}, who made some of these records, is suspended now.",
	ReasonOutOfLimits:  "{minutes} minutes outside the declared limits, up to {peak} {unit}.",
	ReasonLotConflict:  "More than one lot was recorded for it.",
	ReasonDateConflict: "More than one expiry date was recorded for it.",
	ReasonListed:       "This unit is one of {count} in a sealed list. This node holds the list and has checked the unit's place in it.",
	ReasonUnlisted: "No record names this serial, and it is in none of the sealed lists of lot {lot}, which this node holds. " +
		"What is shown is recorded for the lot.",
	ReasonListClosed: "No record that this node can see names this serial. Lot {lot} is recorded, with a sealed list of its units " +
		"that this node doesn't hold: it can't tell whether the unit is in it. What is shown is recorded for the lot.",
	ReasonLotOnly:        "No record that this node can see names this serial. What is shown is recorded for lot {lot}.",
	ReasonSealed:         "{count} of the records are sealed: that they exist is shown, and what their parties disclose of them.",
	ReasonRecalled:       "Recalled by {party} on {date}.",
	ReasonDestroyed:      "Recorded as destroyed or disposed of on {date} by {party}.",
	ReasonDecommissioned: "Its identifier was taken out of use on {date} by {party}.",
	ReasonSold:           "Recorded as sold on {date} by {party}.",
	ReasonReturned:       "Recorded as returned on {date} to {party}.",
	ReasonExpired:        "Its expiry date {date} has passed.",
	ReasonNotCommission:  "Its owner has not commissioned it.",
	ReasonEncodedOnly:    "Its code was made but the unit has not been commissioned.",
	ReasonSealedLife:     "Whether it was commissioned isn't known here: a record of it is sealed.",
	ReasonNoCheck:        "Nothing on this scan tells this pack from a copy of its label.",
	NotProvenGenuine:     "Anyone can copy an outer label: this scan doesn't show the pack to be genuine.",
	NotProvenUnit:        "This code names many packs: it says nothing of this very one.",
	NotProvenComplete:    "The ledger can't know what nobody recorded.",
	NotProvenPossible:    "Where packs were moved by count, this one may or may not have been among them.",
}

// newReason fills in the English sentence. args are name, value pairs.
func newReason(code ReasonCode, events []string, args ...string) Reason {
	r := Reason{Code: code, Events: events, Text: reasonTexts[code]}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = make(map[string]string, len(args)/2)
		}
		r.Args[args[i]] = args[i+1]
		r.Text = strings.ReplaceAll(r.Text, "{"+args[i]+"}", args[i+1])
	}
	return r
}
