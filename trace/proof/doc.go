// Package proof builds the proofs that package verify checks: what the ledger holds about an object or a party at the
// youngest certified block, with everything needed to believe it.
//
// What a story depends on is worked out by verify itself (verify.Needs), so that builder and verifier can't disagree.
// The cost of a proof depends on what is in it, never on the size of the ledger: heads are single storage slots, leaves
// are read by lane, windows are found by bisection.
package proof
