// What a proof proved, read from verified bytes only. The shapes and JSON names are those of the Go package's Facts.
import type { Hex } from "./bytes.js";
import type { Sealed } from "./schema.js";
import type { Relation } from "./story.js";

export interface Facts {
  kind: string;
  subject: string;
  chain_id: bigint;
  number: bigint;
  hash: Hex;
  height: bigint;
  time: Date;
  signed?: { height: bigint; hash: Hex; time: Date; validators: number; signers: number; rotations: number };
  objects: ObjectFact[];
  events: EventFact[];
  parties: PartyFact[];
  recalls: RecallFact[];
  /** Notes on the subject, which are not shown and change nothing. */
  notes: bigint;
  /** Leaves of the story whose content is not in the file. */
  withheld: number;
  omitted: { name: string; reason: string }[];
  /** The opened lists of its lots and containers. What an event says that names the root, it says of a member. */
  lists: { leaf: number; root: Hex; count: bigint; member: boolean }[];
}

export interface ObjectFact {
  name: string;
  relation: Relation;
  via: string;
  /** The licences that it falls or fell under, as they were granted; until: revoked. */
  licences: { licence: string; holder: Hex; sandbox: boolean; since: Date; until?: Date }[];
  records: bigint;
  shown: number;
}

export interface EventFact {
  leaf: number;
  objects: string[];
  notice: boolean;
  kind: number;
  party: Hex;
  party_name: string;
  key: Hex;
  time: Date;
  body: string;
  /** What the file shows of a sealed event. */
  sealed?: Sealed;
}

export interface PartyFact {
  address: Hex;
  name: string;
  country: string;
  gln: string;
  suspended: boolean;
  master_data: string[];
}

export interface RecallFact {
  object: string;
  relation: Relation;
  active: boolean;
  event: number;
}
