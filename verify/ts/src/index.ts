/** Checks proofs of what a Suyuan ledger holds, without trusting whoever hands them over: docs/reference/proof.md. */
export { MAX_FILE, FormatError, type Proof, type Sealed, type Trust, type Validator } from "./schema.js";
export { parseProof, parseTrust } from "./format.js";
export type { Options } from "./check.js";
export { steps, verify, type Result, type Status, type StepName, type StepResult } from "./verify.js";
export { advance, encodeTrust, fingerprint } from "./trust.js";
export type { EventFact, Facts, ObjectFact, PartyFact, RecallFact } from "./facts.js";
export { nameOf } from "./name.js";
export { readTime, type Need, type Relation } from "./story.js";
