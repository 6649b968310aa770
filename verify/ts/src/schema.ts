// The fields of the two files, and a reader that takes exactly them: no unknown fields, no nulls, one notation.
import { utf8, type Hex } from "./bytes.js";

/** At most this many bytes in a file. */
export const MAX_FILE = 8 << 20;

/** A file that isn't one: pointer (RFC 6901) and the rule that is broken. */
export class FormatError extends Error {
  constructor(readonly pointer: string, rule: string) {
    super(pointer === "" ? "the file " + rule : pointer + " " + rule);
  }
}

type Reader<T> = ((value: unknown, at: string) => T) & { optional?: boolean };
type Shape = Record<string, Reader<unknown>>;
type Read<S extends Shape> = { [K in keyof S]: ReturnType<S[K]> };

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "unreadable";
  return text.length > 40 ? text.slice(0, 36) + "..." : text;
}

const fail = (at: string, value: unknown, rule: string): never => {
  throw new FormatError(at, `is ${short(value)}, must be ${rule}`);
};

const text: Reader<string> = (v, at) => (typeof v === "string" ? v : fail(at, v, "a text"));

const int: Reader<number> = (v, at) =>
  typeof v === "number" && Number.isInteger(v) && v >= 0 && v <= 2147483647 ? v + 0 : fail(at, v, "a whole number from 0 to 2147483647");

const u64: Reader<bigint> = (v, at) => {
  if (typeof v === "string" && /^(0|[1-9][0-9]{0,19})$/.test(v) && BigInt(v) < 1n << 64n) return BigInt(v);
  return fail(at, v, "a number below 2^64 as a decimal string");
};

const hexOf = (size?: number): Reader<Hex> => (v, at) => {
  if (typeof v === "string" && /^0x([0-9a-f]{2})*$/.test(v) && (size === undefined || v.length === 2 + 2 * size)) return v;
  return fail(at, v, "lower-case hex with 0x" + (size === undefined ? "" : ` of ${size} bytes`));
};

const bytesHex = hexOf(), word = hexOf(32), address = hexOf(20);

function list<T>(of: Reader<T>): Reader<T[]> {
  return (v, at) => (Array.isArray(v) ? v.map((x, i) => of(x, `${at}/${i}`)) : fail(at, v, "a list"));
}

function optional<T>(of: Reader<T>): Reader<T | undefined> {
  return Object.assign((v: unknown, at: string): T | undefined => of(v, at), { optional: true });
}

function object<S extends Shape>(shape: S): Reader<Read<S>> {
  return (v, at) => {
    if (typeof v !== "object" || v === null || Array.isArray(v)) return fail(at, v, "an object");
    const given = v as Record<string, unknown>, out: Record<string, unknown> = {};
    for (const name of Object.keys(shape)) {
      if (Object.hasOwn(given, name)) out[name] = shape[name](given[name], `${at}/${name}`);
      else if (!shape[name].optional) throw new FormatError(`${at}/${name}`, "is missing");
    }
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(shape, name)) throw new FormatError(`${at}/${name}`, "is no field of this format");
    }
    return out as Read<S>;
  };
}

const time = object({ seconds: u64, nanos: int });
const parts = object({ total: int, hash: bytesHex });
const validator = object({ public_key: word, power: u64 });
const header = object({
  version: object({ block: u64, app: u64 }), chain_id: text, height: u64, time, last_block_id: object({ hash: bytesHex, parts }),
  last_commit_hash: bytesHex, data_hash: bytesHex, validators_hash: bytesHex, next_validators_hash: bytesHex, consensus_hash: bytesHex,
  app_hash: bytesHex, last_results_hash: bytesHex, evidence_hash: bytesHex, proposer_address: address,
});
const signed = { header, round: int, parts, signatures: list(object({ validator: int, time, signature: bytesHex })) };
const licence = object({ holder: address, id: u64 });
const thing = object({ kind: int, primary: word, suffix: word, name: optional(text), licences: optional(list(licence)) });
const lane = object({ object: int, lane: int, head: word, from: u64, start: optional(word), to: optional(u64), end: optional(word), leaves: list(int) });
const record = object({ topic: word, data: bytesHex });
const sealed = object({ count: int, fields: list(object({ index: int, pointer: text, salt: word, value: text })), hashes: list(word) });
const leaf = object({ party: address, key: address, kind: int, time: u64, commitment: word, next: optional(list(address)), body: optional(text), record: optional(record),
  list: optional(object({ count: u64, top: word })), sealed: optional(sealed) });
const opening = object({ leaf: int, salt: word, places: list(object({ entry: word, index: u64, path: list(word) })) });

const proof = object({
  version: int, kind: text, subject: object({ id: optional(text), party: optional(address), number: optional(u64) }),
  commit: optional(object(signed)), validators: list(validator), rotations: list(object({ ...signed, next: list(validator) })),
  block: bytesHex, ancestry: optional(object({ block: bytesHex, path: list(word), peaks: list(word) })), nodes: list(bytesHex),
  objects: list(thing), lanes: list(lane), leaves: list(leaf),
  omitted: list(object({ name: text, reason: text })), openings: optional(list(opening)),
});

const trust = object({
  version: int, chain_id: u64, genesis_hash: word,
  contracts: object({ heads: address, parties: address, trace_log: address }),
  heads_code_hash: word, slots: object({ head: int, checkpoint: int }), height: u64, validators: list(validator),
  latest: optional(object({ height: u64, hash: word })), pin: optional(object({ number: u64, hash: word })),
});

export type Proof = ReturnType<typeof proof>;
export type Trust = ReturnType<typeof trust>;
export type Validator = ReturnType<typeof validator>;
export type Header = ReturnType<typeof header>;
export type Time = ReturnType<typeof time>;
export type Parts = ReturnType<typeof parts>;
export type Commit = NonNullable<Proof["commit"]>;
export type Thing = ReturnType<typeof thing>;
export type Licence = ReturnType<typeof licence>;
export type Lane = ReturnType<typeof lane>;
export type Sealed = ReturnType<typeof sealed>;
export type Leaf = ReturnType<typeof leaf>;
export type Opening = ReturnType<typeof opening>;
export type Rec = ReturnType<typeof record>;

function tree(file: string | Uint8Array): unknown {
  const size = typeof file === "string" && file.length * 3 > MAX_FILE ? utf8(file).length : file.length;
  if (size > MAX_FILE) throw new FormatError("", `has ${size} bytes, at most ${MAX_FILE} are allowed`);
  try {
    return JSON.parse(typeof file === "string" ? file : new TextDecoder("utf-8", { ignoreBOM: true }).decode(file));
  } catch (e) {
    throw new FormatError("", "isn't JSON: " + (e as Error).message);
  }
}

export const readProof = (file: string | Uint8Array): Proof => proof(tree(file), "");
export const readTrust = (file: string | Uint8Array): Trust => trust(tree(file), "");
