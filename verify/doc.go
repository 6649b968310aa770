// Package verify checks proofs of what a Suyuan ledger holds, without trusting whoever hands them over.
//
// A proof is a file (docs/reference/proof.md has every field and byte) that leads in named steps from the validators
// a reader trusts, over their signatures on a block header and the state that block commits to, to the records of one
// object, complete and in order, and to who was entitled to make them. Verify takes the steps and stops at the first
// that fails:
//
//	trust, err := verify.ParseTrust(trustFile)
//	result := verify.Verify(proofFile, trust, verify.Options{Want: "https://id.gs1.org/01/09521141012345/21/2017"})
//	if !result.OK() { fmt.Println(result.Failed.Step, result.Failed.Detail) }
//	for _, e := range result.Facts.Events { ... } // from verified bytes only
//
// The package needs no ledger, no database and no network: ed25519, sha256, keccak and the formats beside it
// (verify/format). Invariants:
//
//   - Nothing in Facts comes from an unchecked byte, and Facts is nil after a failure.
//   - Every decoder of outside bytes is bounded and fuzzed; no input makes it panic.
//   - The TypeScript verifier gives the same outcome and names the same step for every file
//     (testdata/vectors/proof holds both to it).
package verify
