// A verification on its way: what the steps know of the file and share.
import { ascii, zeroWord, type Hex } from "./bytes.js";
import type { Subtle } from "./comet.js";
import { NOTICE, registryKey, TRUNK } from "./ledger.js";
import { about, covers, History, readLicence, readParty, scopeOf, topics, type LicenceState } from "./register.js";
import type { Lane, Leaf, Licence, Proof, Thing, Trust, Validator } from "./schema.js";
import type { Event, Need } from "./story.js";
import { Tries } from "./trie.js";
import type { StepResult } from "./verify.js";

export interface Options {
  /** What was asked for: an identifier, an address or a block number. */
  want?: string;
  /** The clock's time if not given. */
  now?: Date;
  /** WebCrypto; `undefined` does without. */
  subtle?: Subtle;
  /** Told each step as it ends. A promise is waited for. */
  onStep?: (step: StepResult) => unknown;
}

export interface BlockHeader {
  hash: Uint8Array;
  root: Hex;
  number: bigint;
  time: bigint;
  height: bigint;
  range: Hex;
}

/** A time after all records. */
export const farFuture = 1n << 62n;

/** A verification on its way. Each step relies on those before it. */
export class Check {
  p!: Proof;
  validators: Validator[] = [];
  signers = 0;
  header!: BlockHeader;
  keys: Uint8Array[] = [];
  needs: Need[] = [];
  warnings = new Set<string>();
  readonly objects = new Map<string, number>();
  tries!: Tries;
  heads!: { storage: Hex; code: Hex };
  readonly lanes = new Map<string, Lane>();
  readonly registry = new Map<Hex, History>();
  readonly bodies = new Map<Leaf, Event>();
  readonly events = new Map<string, Event[]>();

  constructor(readonly trust: Trust, readonly opts: Options) {}

  get subjectText(): string {
    const s = this.p.subject;
    return s.id ?? s.party ?? String(s.number);
  }

  lane(object: number, lane: number): Lane | undefined {
    return this.lanes.get(`${object}/${lane}`);
  }

  eachLeaf(look: (l: Leaf, o: Thing, lane: Lane, n: number) => void): void {
    for (const lane of this.p.lanes) for (const n of lane.leaves) look(this.p.leaves[n], this.p.objects[lane.object], lane, n);
  }

  /** The records of a registry object, if its trunk is in the file. */
  history(key: Hex): History | undefined {
    return this.registry.get(key);
  }

  needHistory(key: Hex, what: string): History {
    const h = this.history(key);
    if (!h) throw new Error(`the register's record of ${what} is not in the file`);
    return h;
  }

  trunkEvents(object: number): Event[] {
    const leaves = (this.lane(object, TRUNK)?.leaves ?? []).map((n) => this.p.leaves[n]);
    return leaves.flatMap((l) => (l.kind <= 2 ? (this.bodies.get(l) ?? []) : []));
  }

  holderOf(l: Licence): History {
    return this.needHistory(registryKey(l.holder), `licence ${l.id} of ${l.holder}`);
  }

  /** Whether the party of a leaf was an authority for its kind, then. */
  authority(l: Leaf): boolean {
    return this.history(registryKey(l.party))!.at(l.time, topics.party).some((r) => (readParty(r).authority & scopeOf(l.kind)) !== 0n);
  }

  /** The licences of an object as last recorded. */
  licencesOf(o: Thing): LicenceState[] {
    return (o.licences ?? []).map((l) => {
      const state = this.holderOf(l).at(farFuture, topics.licence, about(l.id)).at(-1);
      if (!state) throw new Error(`licence ${l.id} of ${l.holder} was never granted`);
      return readLicence(state, l);
    });
  }

  /** The prefixes that the subject falls under and whose notices are shown, each with them. */
  prefixes(): { primary: Hex; notices: Lane }[] {
    return this.p.objects.flatMap(({ kind, primary, suffix }, i) => {
      const notices = this.lane(i, NOTICE), length = BigInt(ascii(primary).length);
      return kind === 30 && suffix === zeroWord && notices && covers({ kind: 1n, length, primary }, this.p.objects[0]) ? { primary, notices } : [];
    });
  }
}

/** Runs a part and says where it failed. */
export function inside(where: string, part: () => void): void {
  try {
    part();
  } catch (e) {
    throw new Error(`${where}: ${(e as Error).message}`);
  }
}
