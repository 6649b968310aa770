// Package epcis is the event model of EPCIS 2.0 and CBV 2.0 in their JSON binding: reading and checking documents and
// events, the canonical body that the ledger commits to, the event hash ID, and the payload of a transaction.
//
// What it promises:
//
//   - All faults at once. [Parse] names every fault of a document, each with its RFC 6901 pointer, the rule it breaks,
//     the value and what was expected ([Invalid]). What it accepts, the official JSON schema of EPCIS 2.0 accepts too;
//     beyond the schema it checks what the standard says in words: CBV values, real dates, identifiers with their check
//     digits and levels, declared namespaces, which field goes with which action.
//   - The sender's values survive. Numbers stay the literals that were sent, identifiers the strings that were sent;
//     typed fields ([Event]) give the normal form beside them.
//   - One body. [Event.Body] is a function of the event's content alone: keys sorted by code point, no white space, the
//     user's context entries carried along, no recordTime. Parsing a body gives the same body again.
//   - One hash. [Event.HashID] is the event hash ID of CBV 2.0 as the reference implementation computes it.
//   - Hostile input ends quickly: depth, size and number of events are bounded, duplicate keys and invalid UTF-8
//     refused, and compressed payloads decode into a bounded buffer.
//
// EPCIS rules are never part of consensus: this package may learn, and yesterday's ledger stays valid.
package epcis
