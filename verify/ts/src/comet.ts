// CometBFT: hashes of headers and validator sets, what validators sign, and who is in charge. The encodings are those of its
// protocol buffers: a field that is zero or empty is left out.
import { bytes, concat, hex, sha256, utf8, type Hex } from "./bytes.js";
import type { Commit, Header, Parts, Proof, Time, Trust, Validator } from "./schema.js";

const none = new Uint8Array();

function varint(n: bigint | number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt(n);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

const numberField = (tag: number, n: bigint | number): Uint8Array => (BigInt(n) === 0n ? none : concat(Uint8Array.of(tag), varint(n)));
const message = (tag: number, b: Uint8Array): Uint8Array => concat(Uint8Array.of(tag), varint(b.length), b);
const bytesField = (tag: number, b: Uint8Array): Uint8Array => (b.length ? message(tag, b) : none);
const hash = (h: Hex): Uint8Array => bytesField(0x0a, bytes(h));

const timeProto = (t: Time): Uint8Array => concat(numberField(0x08, t.seconds), numberField(0x10, t.nanos));
const partsProto = (p: Parts): Uint8Array => concat(numberField(0x08, p.total), bytesField(0x12, bytes(p.hash)));
const blockProto = (h: Uint8Array, p: Parts): Uint8Array => concat(bytesField(0x0a, h), message(0x12, partsProto(p)));

/** The root of RFC 6962. */
function merkle(items: Uint8Array[]): Uint8Array {
  if (items.length === 0) return sha256(none);
  if (items.length === 1) return sha256(concat(Uint8Array.of(0), items[0]));
  let k = 1;
  while (k * 2 < items.length) k *= 2;
  return sha256(concat(Uint8Array.of(1), merkle(items.slice(0, k)), merkle(items.slice(k))));
}

export function headerHash(h: Header): Uint8Array {
  return merkle([
    concat(numberField(0x08, h.version.block), numberField(0x10, h.version.app)), bytesField(0x0a, utf8(h.chain_id)), numberField(0x08, h.height),
    timeProto(h.time), blockProto(bytes(h.last_block_id.hash), h.last_block_id.parts), hash(h.last_commit_hash), hash(h.data_hash),
    hash(h.validators_hash), hash(h.next_validators_hash), hash(h.consensus_hash), hash(h.app_hash), hash(h.last_results_hash),
    hash(h.evidence_hash), hash(h.proposer_address),
  ]);
}

export const validatorsHash = (set: Validator[]): Hex =>
  hex(merkle(set.map((v) => concat(message(0x0a, hash(v.public_key)), numberField(0x10, v.power)))));

const fixed64 = (tag: number, n: bigint | number): Uint8Array => {
  const out = new Uint8Array(9);
  out[0] = tag;
  new DataView(out.buffer).setBigUint64(1, BigInt(n), true);
  return out;
};

function signBytes(c: Commit, headerHash: Uint8Array, at: Time): Uint8Array {
  const v = concat(Uint8Array.of(0x08, 2), fixed64(0x11, c.header.height), c.round === 0 ? none : fixed64(0x19, c.round),
    message(0x22, blockProto(headerHash, c.parts)), message(0x2a, timeProto(at)), bytesField(0x32, utf8(c.header.chain_id)));
  return concat(varint(v.length), v);
}

/** What of WebCrypto is used; tests replace it, and where it is missing noble does all. */
export type Subtle = Pick<SubtleCrypto, "importKey" | "verify"> | undefined;

/** A signature that WebCrypto refuses, or can't check, is checked again: some browsers lack ed25519, some have had faults. */
async function isSigned(subtle: Subtle, key: Hex, signature: Hex, signed: Uint8Array): Promise<boolean> {
  const b = (x: Uint8Array) => x as Uint8Array<ArrayBuffer>;
  try {
    const imported = subtle && (await subtle.importKey("raw", b(bytes(key)), { name: "Ed25519" }, false, ["verify"]));
    if (imported && (await subtle!.verify({ name: "Ed25519" }, imported, b(bytes(signature)), b(signed)))) return true;
  } catch { /* not there */ }
  const noble = await import("./ed25519.js");
  return noble.isSignature(bytes(signature), signed, bytes(key));
}

/** Throws unless more than two thirds of the set signed the header, each once. Answers how many did. */
export async function signedBy(c: Commit, set: Validator[], subtle: Subtle): Promise<number> {
  let total = 0n, power = 0n, last = -1;
  const keys = new Set<Hex>();
  set.forEach((v, i) => {
    if (keys.has(v.public_key)) throw new Error(`validator ${i} stands twice in its set`);
    keys.add(v.public_key);
    total += v.power;
  });
  const h = headerHash(c.header);
  for (const s of c.signatures) {
    if (s.validator >= set.length) throw new Error(`signature by validator ${s.validator} of ${set.length}: unknown signer`);
    if (s.validator <= last) throw new Error(`validator ${s.validator} signs twice or out of order`);
    last = s.validator;
    const v = set[s.validator];
    if (!(await isSigned(subtle, v.public_key, s.signature, signBytes(c, h, s.time)))) {
      throw new Error(`validator ${s.validator} did not sign header ${c.header.height}: bad signature`);
    }
    power += v.power;
  }
  if (power * 3n <= total * 2n) throw new Error(`${power} of ${total} power signed header ${c.header.height}: not more than two thirds`);
  return c.signatures.length;
}

/** Follows the signed rotations from the trusted validators, and answers those in charge of the commit. */
export async function validatorsAt(p: Proof, t: Trust, subtle: Subtle): Promise<Validator[]> {
  let set = t.validators;
  for (const r of p.rotations) {
    if (r.header.height < t.height) continue; // before the trusted set was in charge
    if (r.header.validators_hash !== validatorsHash(set)) throw new Error(`rotation at height ${r.header.height} is not of the validators known then`);
    await signedBy(r, set, subtle);
    if (r.next.length === 0 || r.header.next_validators_hash !== validatorsHash(r.next)) {
      throw new Error(`rotation at height ${r.header.height} leads to other validators than those listed`);
    }
    set = r.next;
  }
  const h = validatorsHash(set);
  if (h !== validatorsHash(p.validators)) throw new Error("the validators listed are not the trusted ones, nor reached from them by signed rotations");
  if (p.commit!.header.validators_hash !== h) throw new Error(`header ${p.commit!.header.height} names other validators than the trusted ones`);
  return set;
}
