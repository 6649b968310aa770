// The register: ABI-encoded records of parties, agents, keys, licences and members, and what they said at a time.
import { addressWord, bytes, concat, hex, keccak, keccakText, toNumber, word, zeroWord, type Hex } from "./bytes.js";
import type { Leaf, Licence, Rec, Thing } from "./schema.js";

const topic = (signature: string): Hex => hex(keccakText(signature));

export const topics = {
  party: topic("PartyRecorded(address,(address,uint64,uint32,uint64,uint64,uint64,uint32,bool,bool,(string,bytes2,uint64,bytes20,bytes32),(uint8,uint64,uint64,uint32)),address)"),
  agent: topic("AgentRecorded(address,uint64,bool,address)"),
  key: topic("KeyRecorded(address,address,(address,uint64,uint32,uint64,uint64,uint64,bool),address)"),
  licence: topic("LicenceRecorded(address,uint64,(address,uint8,uint16,bool,uint64,uint64,uint64,bytes32,bytes32,string),address)"),
  member: topic("MemberRecorded(address,uint64,address,uint8,bool,address)"),
};

const badRecord = () => new Error("a record of the register has a form that the register doesn't write");

/** ABI-encoded data; reading what isn't there throws. */
class Abi {
  private readonly b: Uint8Array;
  constructor(data: Hex) {
    this.b = bytes(data);
  }
  word(at: number): Uint8Array {
    if (at + 32 > this.b.length) throw badRecord();
    return this.b.subarray(at, at + 32);
  }
  number(at: number): bigint {
    const n = toNumber(this.word(at));
    if (n >= 1n << 64n) throw badRecord();
    return n;
  }
  flag(at: number): boolean {
    const n = this.number(at);
    if (n > 1n) throw badRecord();
    return n === 1n;
  }
  address(at: number): Hex {
    const w = this.word(at);
    if (w.subarray(0, 12).some((x) => x !== 0)) throw badRecord();
    return hex(w.subarray(12));
  }
  offset(at: number, base: number): number {
    const n = this.number(at);
    if (n > BigInt(this.b.length)) throw badRecord();
    return base + Number(n);
  }
  text(at: number): string {
    const n = this.number(at), start = at + 32;
    if (n > BigInt(this.b.length - start)) throw badRecord();
    return new TextDecoder().decode(this.b.subarray(start, start + Number(n)));
  }
}

export interface PartyState {
  suspendedUntil: bigint;
  heldUntil: bigint;
  authority: bigint;
  name: string;
  country: string;
  gln: bigint;
}

const parties = new WeakMap<Rec, PartyState>();

export function readParty(r: Rec): PartyState {
  const known = parties.get(r);
  if (known) return known;
  const d = new Abi(r.data), o = d.offset(0, 0), details = d.offset(o + 9 * 32, o);
  d.address(o); // the sponsor
  const s = {
    suspendedUntil: d.number(o + 3 * 32), heldUntil: d.number(o + 4 * 32), authority: d.number(o + 6 * 32), name: d.text(d.offset(details, details)),
    country: new TextDecoder().decode(d.word(details + 32).subarray(0, 2)).replace(/\0+$/, ""), gln: d.number(details + 2 * 32),
  };
  parties.set(r, s);
  return s;
}

interface KeyState {
  party: Hex;
  agent: bigint;
  scopes: bigint;
  validFrom: bigint;
  validUntil: bigint;
  revokedAt: bigint;
}

export function readKey(r: Rec, key: Hex): KeyState {
  const d = new Abi(r.data);
  if (d.address(0) !== key) throw badRecord();
  const n = (i: number) => d.number(i * 32);
  return { party: d.address(32), agent: n(2), scopes: n(3), validFrom: n(4), validUntil: n(5), revokedAt: n(6) };
}

/** Whether something with these bounds holds at t; 0 means no bound. */
export const within = (s: { validFrom: bigint; validUntil: bigint }, t: bigint): boolean => s.validFrom <= t && after(s.validUntil, t);
export const unrevoked = (s: { revokedAt: bigint }, t: bigint): boolean => after(s.revokedAt, t);
const after = (end: bigint, t: bigint): boolean => !end || end > t;

export interface LicenceState extends Licence {
  kind: bigint;
  length: bigint;
  open: boolean;
  validFrom: bigint;
  validUntil: bigint;
  revokedAt: bigint;
  primary: Hex;
  text: string;
}

export function readLicence(r: Rec, l: Licence): LicenceState {
  const d = new Abi(r.data), o = d.offset(32, 0);
  if (d.number(0) !== l.id || d.address(o) !== l.holder) throw badRecord();
  const n = (i: number) => d.number(o + i * 32);
  return {
    ...l, kind: n(1), length: n(2), open: d.flag(o + 3 * 32), validFrom: n(4), validUntil: n(5), revokedAt: n(6), primary: hex(d.word(o + 7 * 32)),
    text: d.text(d.offset(o + 9 * 32, o)),
  };
}

const nothing = hex(keccak(new Uint8Array()));

/** Whether an object lies in the licensed range. */
export function covers(s: Pick<LicenceState, "kind" | "length" | "primary">, o: Thing): boolean {
  if (s.kind === 1n || s.kind === 2n) {
    if (o.kind === 6) return o.primary === s.primary;
    const from = o.kind <= 5 ? 4 : 2, n = 2 * Number(s.length);
    return o.kind <= 8 && s.length > 0n && s.length <= 13n && o.primary.slice(from, from + n) === s.primary.slice(2, 2 + n);
  }
  if (s.kind === 3n) return o.kind === 20 && o.primary === s.primary;
  return s.kind === 4n && ((o.kind !== 6 && o.kind !== 20) || o.primary === zeroWord || (o.kind === 20 && o.primary === nothing));
}

/** The records of one registry object, in order. */
export class History {
  constructor(readonly leaves: Leaf[]) {}

  /** The first record about this. */
  first(topic: Hex, mine: About): Leaf | undefined {
    return this.leaves.find((l) => l.record?.topic === topic && mine(l.record));
  }

  /** The states to consider at a time: the last one before, and all of that very second. */
  at(t: bigint, topic: Hex, mine: About = () => true): Rec[] {
    let states: Rec[] = [];
    for (const l of this.leaves) {
      if (!l.record || l.record.topic !== topic || l.time > t || !mine(l.record)) continue;
      if (l.time < t) states = [];
      states.push(l.record);
    }
    return states;
  }

  agentActive(t: bigint, agent: bigint): boolean {
    return this.at(t, topics.agent, about(agent)).some((r) => new Abi(r.data).flag(32));
  }

  lists(t: bigint, member: About): boolean {
    return this.at(t, topics.member, member).some((r) => [1n, 2n].includes(new Abi(r.data).number(64)));
  }
}

/** Says whether a record is about somebody or something; one too short to tell is about nobody. */
export type About = (r: Rec) => boolean;

/** Records that begin with these numbers. */
export const about = (...words: (bigint | Hex)[]): About => {
  const start = hex(concat(...words.map((w) => (typeof w === "bigint" ? word(w) : addressWord(w)))));
  return (r) => r.data.startsWith(start);
};

/** The bit of the scope that a kind of leaf needs. */
export const scopeOf = (kind: number): bigint => (kind === 3 || kind === 4 ? 1n << 5n : kind === 5 || kind === 6 ? 1n << 4n : 1n << 2n);

export const isRegistry = (kind: number): boolean => kind >= 8 && kind <= 10;

/** Whether an object is that of what a party declares; its address as a word. */
export const isMasterData = (o: Thing, party: Hex): boolean => o.kind === 41 && o.primary === party && o.suffix === zeroWord;

export const ofParty = (o: Thing, party: Hex): boolean => o.kind === 40 && o.primary === hex(addressWord(party));
