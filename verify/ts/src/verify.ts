// The steps of docs/reference/proof.md over one file.
import { addressWord, bytes, concat, hex, keccak, sha256, u64, utf8, word, zeroWord, type Hex } from "./bytes.js";
import { headerHash, signedBy, validatorsAt, type Subtle } from "./comet.js";
import type { Facts } from "./facts.js";
import { parseProof } from "./format.js";
import { commitment, headCount, keyKey, laneKey, leafHash, LISTED, memberKey, mountainLeaf, mountainNode, nextHead, NOTES, NOTICE, objectKey, OPEN, registryKey, REGISTRY, SEALED, TRUNK } from "./ledger.js";
import { isMember, listRoot, opens, withName } from "./lists.js";
import { isName, nameOf, standsFor } from "./name.js";
import { about, covers, History, isRegistry, isMasterData, ofParty, readKey, readLicence, readParty, scopeOf, topics, unrevoked, within, type About, type LicenceState } from "./register.js";
import { sealedRoot } from "./sealed.js";
import type { Lane, Leaf, Licence, Proof, Thing, Trust, Validator } from "./schema.js";
import { needsOf, readEvent, type Event, type Need } from "./story.js";
import { mapSlot, parseRLP, rlpNumber, string, Tries, type Item } from "./trie.js";
import { collectFacts } from "./collect.js";

/** The steps, in order. */
export const steps = ["format", "network", "subject", "validators", "signatures", "fork", "block", "heads", "slots", "leaves", "bodies", "parties",
  "licences", "story", "lists", "recall", "age"] as const;

export type StepName = (typeof steps)[number];
export type Status = "ok" | "warning" | "failed" | "skipped";

/** How a step came out. Warnings are codes: withheld, sandbox, omitted, list, recalled, old, future, pinned. */
export interface StepResult {
  step: StepName;
  status: Status;
  warnings: string[];
  detail: string;
}

export interface Result {
  outcome: "good" | "good with a warning" | "refused";
  steps: StepResult[];
  /** The step that failed, if one did. */
  failed?: StepResult;
  /** What was proven; nothing after a failure. */
  facts?: Facts;
  /** The validators in charge of the signed header. */
  validators?: Validator[];
  /** What the story needs, each with the span of event times that matters. */
  needs?: Need[];
  /** The file as it was read, unless the step format failed. */
  proof?: Proof;
}

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

const never = Infinity;
const lateness = 7 * 24 * 3600 * 1000;
const farFuture = 1n << 62n;

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
  private tries!: Tries;
  private heads!: { storage: Hex; code: Hex };
  private readonly lanes = new Map<string, Lane>();
  private readonly registry = new Map<Hex, History>();
  private readonly bodies = new Map<Leaf, Event>();
  private readonly events = new Map<string, Event[]>();

  constructor(readonly trust: Trust, readonly opts: Options) {}

  lane(object: number, lane: number): Lane | undefined {
    return this.lanes.get(`${object}/${lane}`);
  }

  network(): void {
    const want = "suyuan-" + this.trust.chain_id;
    for (const c of [this.p.commit!, ...this.p.rotations]) {
      if (c.header.chain_id !== want) throw new Error(`a header is of chain ${JSON.stringify(c.header.chain_id)}, not ${want}`);
    }
  }

  get subjectText(): string {
    const s = this.p.subject;
    return s.id ?? s.party ?? String(s.number);
  }

  subject(): void {
    const want = this.opts.want ?? "";
    if (want !== "") {
      const name = this.p.kind === "object" && !isName(want) ? nameOf(want) : want;
      if (this.subjectText !== name) throw new Error(`the proof is about ${this.subjectText}, asked for was ${want}`);
    }
    this.p.objects.forEach((o, i) => {
      if (o.name !== undefined && !standsFor(o.name, o)) throw new Error(`object ${i} is not the one that ${JSON.stringify(o.name)} names`);
    });
  }

  async checkValidators(): Promise<void> {
    this.validators = await validatorsAt(this.p, this.trust, this.opts.subtle);
  }

  async signatures(): Promise<void> {
    this.signers = await signedBy(this.p.commit!, this.validators, this.opts.subtle);
  }

  fork(): void {
    const h = this.p.commit!.header, l = this.trust.latest;
    if (l && l.height === h.height && l.hash !== hex(headerHash(h))) {
      throw new Error(`another header of height ${h.height} was signed too, ${l.hash}: keep both proofs, they are evidence`);
    }
  }

  block(): void {
    const { p, trust } = this;
    this.header = readHeader(bytes(p.block));
    const tip = p.ancestry ? this.ancestry() : this.header;
    if (!p.commit) {
      if (!trust.pin) throw new Error("nothing is signed, and there is no pin to start from");
      if (hex(tip.hash) !== trust.pin.hash || tip.number !== trust.pin.number) throw new Error(`the younger block ${tip.number} is not the pinned one`);
    } else {
      if (p.commit.header.app_hash !== hex(tip.hash)) throw new Error(`header ${p.commit.header.height} commits to another EVM block`);
      if (tip.height >= p.commit.header.height) throw new Error(`EVM block ${tip.number} claims the later height ${tip.height}`);
    }
    if (p.kind === "block" && p.subject.number !== this.header.number) throw new Error(`the block is number ${this.header.number}, not ${p.subject.number}`);
  }

  /** Checks that the range under a younger header holds the block, and answers that header. */
  private ancestry(): BlockHeader {
    const a = this.p.ancestry!, younger = readHeader(bytes(a.block)), n = younger.number, i = this.header.number;
    if (i >= n) throw new Error(`block ${i} is not older than block ${n}`);
    // The tree that holds leaf i is that of the highest bit in which the two differ.
    const ones = (x: bigint) => x.toString(2).replace(/0/g, "").length, height = (n ^ i).toString(2).length - 1;
    if (a.path.length !== height || a.peaks.length !== ones(n) - 1) throw new Error(`${a.path.length} siblings and ${a.peaks.length} other peaks, want ${height} and ${ones(n) - 1}`);
    let node = mountainLeaf(this.header.height, this.header.hash);
    a.path.forEach((s, level) => {
      const sibling = bytes(s);
      node = (i >> BigInt(level)) & 1n ? mountainNode(sibling, node) : mountainNode(node, sibling);
    });
    const peaks = a.peaks.map(bytes);
    peaks.splice(ones(n >> BigInt(height + 1)), 0, node);
    const bag = peaks.reduceRight((right, peak) => mountainNode(peak, right));
    if (hex(keccak(Uint8Array.of(2), u64(n), bag)) !== younger.range) throw new Error(`block ${i} is not under the range of block ${n}`);
    return younger;
  }

  headsCode(): void {
    const { p, trust } = this;
    this.tries = new Tries(p.nodes);
    this.heads = this.tries.account(this.header.root, trust.contracts.heads);
    if (this.heads.code !== trust.heads_code_hash) throw new Error(`the code of Heads is ${this.heads.code}, trusted is ${trust.heads_code_hash}`);
  }

  slots(): void {
    const { p, trust, tries } = this;
    this.keys = p.objects.map(objectKey);
    const holds = (what: string, slot: Uint8Array, want: Hex): void => {
      const got = tries.word(this.heads.storage, slot);
      if (got !== want) throw new Error(`${what}: the ledger holds ${got}`);
    };
    p.lanes.forEach((l, i) => {
      const key = laneKey(l.lane, this.keys[l.object]);
      holds(`head of lane ${i}`, mapSlot(key, word(trust.slots.head)), l.head);
      const checkpoint = (n: bigint) => mapSlot(word(n), mapSlot(key, word(trust.slots.checkpoint)));
      if (l.start) holds(`start of lane ${i}`, checkpoint(l.from), l.start);
      if (l.to !== undefined) holds(`end of lane ${i}`, checkpoint(l.to), l.end!);
    });
    tries.allUsed();
  }

  leaves(): void {
    const { p } = this, hashes = p.leaves.map((l) => leafHash(this.trust, l));
    for (const l of p.lanes) {
      this.lanes.set(`${l.object}/${l.lane}`, l);
      if (l.lane === NOTES) continue;
      const key = laneKey(l.lane, this.keys[l.object]), want = l.end ?? l.head;
      const head = l.leaves.reduce((w, n) => nextHead(key, w, hashes[n]), bytes(l.start ?? zeroWord));
      if (hex(head) !== want) throw new Error(`lane ${l.lane} of object ${l.object}: the ${l.leaves.length} leaves shown are not the ${headCount(want) - l.from} that the ledger's head commits to`);
    }
  }

  checkBodies(): void {
    const { p, trust } = this;
    p.leaves.forEach((l, i) => {
      let want: Hex;
      if (l.record ? !isRegistry(l.kind) || l.key !== trust.contracts.parties : isRegistry(l.kind)) {
        throw new Error(`leaf ${i}: a record of the register belongs to a change that the register made, and only there`);
      } else if (l.record) want = commitment(REGISTRY, keccak(concat(bytes(l.record.topic), bytes(l.record.data))));
      else if (l.list) {
        if (l.kind !== 7) throw new Error(`leaf ${i}: a list belongs to a leaf of kind 7`);
        want = commitment(LISTED, listRoot(l.list));
      } else if (l.sealed) {
        if (l.kind > 2) throw new Error(`leaf ${i}: a sealed body belongs to a leaf of kind 1 or 2`);
        want = commitment(SEALED, sealedRoot(l.sealed, i));
      } else if (l.body !== undefined) want = commitment(OPEN, sha256(utf8(l.body)));
      else {
        if (l.kind <= 6) this.warnings.add("withheld");
        return;
      }
      if (want !== l.commitment) throw new Error(`leaf ${i}: the content is not the one committed to`);
      const event = l.body !== undefined && l.kind !== 11 && l.kind !== 7 ? readEvent(l.body) : undefined;
      if (event) this.bodies.set(l, event);
    });
    this.eachLeaf((l, o, lane, n) => {
      if (isRegistry(l.kind) && (!ofParty(o, l.party) || lane.lane !== TRUNK)) throw new Error(`leaf ${n}: a record of party ${l.party} stands on another's lane`);
    });
  }

  private eachLeaf(look: (l: Leaf, o: Thing, lane: Lane, n: number) => void): void {
    for (const lane of this.p.lanes) for (const n of lane.leaves) look(this.p.leaves[n], this.p.objects[lane.object], lane, n);
  }

  /** The records of a registry object, if its trunk is in the file. */
  history(key: Hex): History | undefined {
    return this.registry.get(key);
  }

  private needHistory(key: Hex, what: string): History {
    const h = this.history(key);
    if (!h) throw new Error(`the register's record of ${what} is not in the file`);
    return h;
  }

  parties(): void {
    for (const l of this.p.lanes) {
      if (this.p.objects[l.object].kind === 40 && l.lane === TRUNK) this.registry.set(hex(this.keys[l.object]), new History(l.leaves.map((n) => this.p.leaves[n])));
    }
    this.p.leaves.forEach((l, i) => {
      if (!isRegistry(l.kind)) inside(`leaf ${i}`, () => this.entitled(l));
    });
  }

  /** Checks that the party of a leaf and its key were what they claim, then. */
  private entitled(l: Leaf): void {
    const t = l.time, party = this.needHistory(registryKey(l.party), `party ${l.party}`);
    const registered = party.at(t, topics.party).some((r) => {
      const s = readParty(r);
      return s.suspendedUntil <= t && s.heldUntil <= t;
    });
    if (!registered) throw new Error(`party ${l.party} was not registered, or suspended, at ${t}`);
    if (l.key === this.trust.contracts.trace_log) return;
    const mine = about(l.key), may = this.besides(party, keyKey(l.party, l.key), topics.key, mine).at(t, topics.key, mine).some((r) => {
      const k = readKey(r, l.key);
      return k.party === l.party && within(k, t) && unrevoked(k, t) && (k.scopes & scopeOf(l.kind)) !== 0n && party.agentActive(t, k.agent);
    });
    if (!may) throw new Error(`key ${l.key} was not entitled at ${t} to a record of kind ${l.kind} for party ${l.party}`);
  }

  /** Where the records about a key or a listed party stand: on the party's own trunk or, if there is none, on one of their own. */
  private besides(party: History, apart: Hex, topic: Hex, mine: About): History {
    return party.tells(topic, mine) ? party : (this.history(apart) ?? new History([]));
  }

  licences(): void {
    for (const o of this.p.objects) {
      if (o.licence) this.covered(o, o.licence);
      else if (o.kind === 6 || o.kind === 20) throw new Error(`no licence is shown for ${o.name}, whose name doesn't say where the licensed part ends`);
    }
    const handed = new Map<Lane, Hex[]>(); // to whom the leaves so far handed the object of a lane
    this.eachLeaf((l, o, lane, n) => {
      if (l.kind === 11 && (!isMasterData(o, hex(addressWord(l.party))) || lane.lane !== TRUNK)) throw new Error(`leaf ${n}: master data stands on another's lane`);
      if (o.name === undefined) return;
      const licence = o.licence;
      if (!licence) throw new Error(`no licence is shown for ${o.name}, which has records`);
      inside(`leaf ${n}`, () => this.licensed(o, licence, lane, l, handed.get(lane)));
      if (l.next) handed.set(lane, [...(handed.get(lane) ?? []), ...l.next]);
    });
  }

  private licensed(o: Thing, licence: Licence, lane: Lane, l: Leaf, handed: Hex[] = []): void {
    const t = l.time, history = this.holderOf(licence), holder = l.party === licence.holder;
    const listed = about(licence.id, l.party);
    let covered = false, may = false;
    for (const r of history.at(t, topics.licence, about(licence.id))) {
      const s = readLicence(r, licence);
      if (!covers(s, o) || !unrevoked(s, t)) continue;
      covered = true;
      if (s.kind === 4n) this.warnings.add("sandbox");
      if (lane.lane === NOTICE) may ||= holder;
      else if (within(s, t)) {
        const member = !s.open && !holder && this.besides(history, memberKey(licence, l.party), topics.member, listed).lists(t, listed);
        may ||= s.open || holder || member;
      }
    }
    if (!covered) throw new Error(`licence ${licence.id} of ${licence.holder} did not cover ${o.name} at ${t}`);
    if (lane.lane === NOTICE && !may) {
      may = (this.history(registryKey(l.party))?.at(t, topics.party) ?? []).some((r) => (readParty(r).authority & scopeOf(l.kind)) !== 0n);
    }
    if (lane.lane === TRUNK && !may) may = handed.includes(l.party);
    if (!may) throw new Error(`party ${l.party} had no right to ${o.name} at ${t}`);
  }

  story(): void {
    const { p } = this;
    p.objects.forEach((o, i) => {
      if (o.name === undefined) return;
      this.objects.set(o.name, i);
      this.events.set(o.name, this.trunkEvents(i));
    });
    if (p.kind === "party") {
      if (!this.lane(0, TRUNK)) throw new Error("the party's own trunk is not in the file");
      if (!this.history(hex(this.keys[0]))?.at(farFuture, topics.party).length) throw new Error("there is no such party");
      return;
    }
    this.needs = needsOf(p.subject.id!, this.listedIn(), (name) => this.events.get(name) ?? []);
    const omitted = new Set(p.omitted.map((o) => o.name)), byObject = new Map<number, Need>();
    for (const n of this.needs) {
      const i = this.objects.get(n.name), movable = n.relation === "container" || n.relation === "input";
      if (i === undefined) {
        if (!movable || !omitted.has(n.name)) throw new Error(`${n.name} (${n.relation}) is not in the file`);
        this.warnings.add("omitted");
        continue;
      }
      byObject.set(i, n);
      const lanes = n.relation === "subject" ? [TRUNK, NOTICE, NOTES] : n.relation === "class" ? [NOTICE] : [TRUNK, NOTICE];
      for (const lane of lanes) if (!this.lane(i, lane)) throw new Error(`lane ${lane} of ${n.name} (${n.relation}) is not in the file`);
    }
    this.prefixShown();
    this.windows(byObject);
  }

  private trunkEvents(object: number): Event[] {
    const leaves = (this.lane(object, TRUNK)?.leaves ?? []).map((n) => this.p.leaves[n]);
    return leaves.flatMap((l) => (l.kind <= 2 ? (this.bodies.get(l) ?? []) : []));
  }

  /** Checks that a licence, as last recorded, covers the object. */
  private covered(o: Thing, l: Licence): void {
    if (!covers(this.licenceNow(l), o)) throw new Error(`licence ${l.id} of ${l.holder} does not cover ${o.name}`);
  }

  private holderOf(l: Licence): History {
    return this.needHistory(registryKey(l.holder), `licence ${l.id} of ${l.holder}`);
  }

  /** A licence as last recorded. */
  licenceNow(l: Licence): LicenceState {
    const state = this.holderOf(l).at(farFuture, topics.licence, about(l.id)).at(-1);
    if (!state) throw new Error(`licence ${l.id} of ${l.holder} was never granted`);
    return readLicence(state, l);
  }

  /** The place of the prefix whose notices concern the subject; undefined if there is no such prefix. */
  prefix(): { primary: Hex; object: number } | undefined {
    const l = this.p.objects[0].licence, s = l && this.licenceNow(l);
    if (!s || (s.kind !== 1n && s.kind !== 2n)) return undefined;
    const key = hex(objectKey({ kind: 30, primary: s.primary, suffix: zeroWord }));
    return { primary: s.primary, object: this.keys.findIndex((k) => hex(k) === key) };
  }

  private prefixShown(): void {
    const prefix = this.prefix();
    if (prefix && !this.lane(prefix.object, NOTICE)) throw new Error("the notices of the subject's prefix are not in the file");
  }

  /** Checks that no window hides what matters. */
  private windows(needs: Map<number, Need>): void {
    this.p.lanes.forEach((l, i) => {
      const n = needs.get(l.object), part = l.lane === TRUNK && (n?.relation === "container" || n?.relation === "input");
      const time = (at: number) => Number(this.p.leaves[l.leaves[at]].time) * 1000;
      if (l.from !== 0n && ![40, 41].includes(this.p.objects[l.object].kind)) {
        const begins = part && l.leaves.length > 0 && n!.relation === "container" && !n!.also && n!.from >= time(0);
        if (!begins) throw new Error(`lane ${i} begins with leaf ${l.from + 1n}: too late`);
      }
      if (l.to !== undefined) {
        const ends = part && l.leaves.length > 0 && n!.until !== never && time(l.leaves.length - 1) >= n!.until + lateness;
        if (!ends) throw new Error(`lane ${i} ends with leaf ${l.to}: too early`);
      }
    });
  }

  /** Gives the subject the events that it is in the lists of, and answers the objects on whose trunks those lists stand. A list
   * and the event that names its root are of one transaction: same party, same time. */
  private listedIn(): string[] {
    const { p } = this, subject = p.subject.id!, roots = new Map<Hex, Leaf>(), names: string[] = [], seen = new Set<Leaf>();
    for (const o of p.openings ?? []) if (isMember(o, this.keys[0])) roots.set(hex(listRoot(p.leaves[o.leaf].list!)), p.leaves[o.leaf]);
    this.eachLeaf((l, o, lane) => {
      if (!roots.size || lane.lane !== TRUNK || o.name === undefined || o.name === subject) return;
      if (l.list && roots.get(hex(listRoot(l.list))) === l) names.push(o.name);
      const e = this.bodies.get(l), list = e && roots.get(e.list.root);
      if (!e || !list || seen.has(l) || l.kind > 2 || list.party !== l.party || list.time !== l.time) return;
      seen.add(l);
      this.events.get(subject)!.push(withName(e, subject));
    });
    return names;
  }

  lists(): void {
    const opened = new Set<number>();
    (this.p.openings ?? []).forEach((o, i) => {
      if (!opens(o, this.p.leaves[o.leaf].list!, this.keys[0])) throw new Error(`opening ${i}: the places shown don't say whether the subject is in the list`);
      opened.add(o.leaf);
    });
    for (const n of this.needs) {
      const i = this.objects.get(n.name);
      if (i === undefined || (n.relation !== "lot" && n.relation !== "container")) continue;
      const leaves = this.lane(i, TRUNK)?.leaves ?? [];
      if (leaves.some((leaf) => this.p.leaves[leaf].kind === 7 && !opened.has(leaf))) this.warnings.add("list");
    }
  }

  age(): void {
    const h = this.p.commit?.header;
    if (!h) {
      this.warnings.add("pinned");
      return;
    }
    const age = (this.opts.now ?? new Date()).getTime() - Number(h.time.seconds) * 1000 - h.time.nanos / 1e6, latest = this.trust.latest;
    if (age > 600000 || (latest && h.height < latest.height)) this.warnings.add("old");
    else if (age < -60000) this.warnings.add("future");
  }
}

/** Runs a part and says where it failed. */
function inside(where: string, part: () => void): void {
  try {
    part();
  } catch (e) {
    throw new Error(`${where}: ${(e as Error).message}`);
  }
}

function readHeader(raw: Uint8Array): BlockHeader {
  const item: Item = parseRLP(raw);
  if (!Array.isArray(item) || item.length < 20 || string(item[3]).length !== 32) throw new Error("the block is no EVM header of this ledger");
  const extra = string(item[12]), range = string(item[19]);
  if (extra.length !== 8) throw new Error(`the header's extra data has ${extra.length} bytes, want 8`);
  const height = BigInt(hex(extra));
  if (height > farFuture) throw new Error(`the header's height ${height} is out of range`);
  return { hash: keccak(raw), root: hex(string(item[3])), number: rlpNumber(item[8], 8), time: rlpNumber(item[11], 8), height,
    range: range.length === 32 ? hex(range) : zeroWord };
}

/** Takes the steps over a file. Never throws for what is in the file. */
export async function verify(file: string | Uint8Array, trust: Trust, options: Options = {}): Promise<Result> {
  const opts = "subtle" in options ? options : { ...options, subtle: globalThis.crypto?.subtle };
  const c = new Check(trust, opts), result: Result = { outcome: "good", steps: [] };
  const unsigned = () => !c.p.commit, blockOnly = () => c.p.kind === "block", always = () => false;
  let facts: Facts | undefined;
  const plan: [() => unknown, () => boolean][] = [
    [() => { c.p = result.proof = parseProof(file); }, always], [() => c.network(), unsigned], [() => c.subject(), always], [() => c.checkValidators(), unsigned],
    [() => c.signatures(), unsigned], [() => c.fork(), unsigned], [() => c.block(), always], [() => c.headsCode(), blockOnly], [() => c.slots(), blockOnly],
    [() => c.leaves(), blockOnly], [() => c.checkBodies(), blockOnly], [() => c.parties(), blockOnly], [() => c.licences(), blockOnly],
    [() => c.story(), blockOnly], [() => c.lists(), blockOnly], [() => { facts = collectFacts(c); }, blockOnly], [() => c.age(), always],
  ];
  for (const [i, [run, skip]] of plan.entries()) {
    const step: StepResult = { step: steps[i], status: "ok", warnings: [], detail: "" };
    c.warnings = new Set();
    try {
      if (i > 0 && skip()) step.status = "skipped";
      else await run();
    } catch (e) {
      step.status = "failed";
      step.detail = (e as Error).message;
    }
    if (step.status !== "failed" && c.warnings.size) {
      step.status = "warning";
      step.warnings = [...c.warnings].sort();
      result.outcome = "good with a warning";
    }
    result.steps.push(step);
    await opts.onStep?.(step);
    if (step.status === "failed") return { ...result, outcome: "refused", failed: step };
  }
  return { ...result, facts: facts ?? collectFacts(c), validators: c.validators, needs: c.needs };
}
