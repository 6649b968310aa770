// The ledger's permanent bytes (docs/reference/formats.md): objects, lanes, leaves, heads, commitments, the mountain range.
import { addressWord, bytes, concat, domainHash, hex, keccak, number, toNumber, u64, word, type Hex } from "./bytes.js";
import type { Leaf, Licence, Thing, Trust } from "./schema.js";

export const TRUNK = 0, NOTICE = 1, NOTES = 2;

export const objectKey = (o: { kind: number; primary: Hex; suffix: Hex }): Uint8Array =>
  domainHash("object", word(o.kind), bytes(o.primary), bytes(o.suffix));

/** The key of a registry object: the party's own, or of what rest names. */
export function registryKey(party: Hex, rest?: Uint8Array): Hex {
  const id = party + rest, known = registryKeys.get(id);
  if (known) return known;
  const key = hex(domainHash("object", word(40), addressWord(party), rest ? keccak(rest) : word(0)));
  registryKeys.set(id, key);
  return key;
}

const registryKeys = new Map<string, Hex>();

export const keyKey = (party: Hex, key: Hex): Hex => registryKey(party, bytes(key));
export const memberKey = (l: Licence, member: Hex): Hex => registryKey(l.holder, concat(word(l.id), addressWord(member)));

export const laneKey = (lane: number, key: Uint8Array): Uint8Array => domainHash("lane", word(lane), key);

export function leafHash(t: Trust, l: Leaf): Uint8Array {
  const given = bytes(l.commitment), committed = l.next ? bytes(commitment(HANDED_OVER, keccak(given, keccak(...l.next.map(addressWord))))) : given;
  return domainHash("leaf", word(t.chain_id), addressWord(t.contracts.heads), addressWord(l.party), addressWord(l.key), word(l.kind),
    word(l.time), committed);
}

/** Whether a trunk's head word has the mark, its first bit: there are notices. */
export const noticed = (head: Hex): boolean => head[2] > "7";

/** A head word without mark, as a number. */
export const unmarked = (head: Hex): bigint => BigInt(head) % (1n << 255n);

/** How many leaves a head word counts. */
export const headCount = (head: Hex): bigint => unmarked(head) >> 208n;

/** The head word after one more leaf. */
export function nextHead(lane: Uint8Array, head: Uint8Array, leaf: Uint8Array): Uint8Array {
  const count = toNumber(head.subarray(0, 6)) + 1n;
  const chain = new Uint8Array(32);
  chain.set(head.subarray(6), 6);
  const next = domainHash("head", lane, word(count), chain, leaf).slice();
  next.set(number(count, 6), 0);
  return next;
}

export const OPEN = 0, SEALED = 1, LISTED = 2, REGISTRY = 3, HANDED_OVER = 4;

export const commitment = (form: number, root: Uint8Array): Hex => hex(domainHash("commit", word(form), root));

/** The object of a plain kind: primary in ASCII, and the hash of what remains. */
export function thing(kind: number, primary: Uint8Array, rest: Uint8Array): Pick<Thing, "kind" | "primary" | "suffix"> {
  const padded = new Uint8Array(32);
  padded.set(primary);
  return { kind, primary: hex(padded), suffix: hex(rest.length ? keccak(rest) : word(0)) };
}

/** A leaf of the mountain range, and a node. */
export const mountainLeaf = (height: bigint, hash: Uint8Array): Uint8Array => keccak(Uint8Array.of(0), u64(height), hash);
export const mountainNode = (l: Uint8Array, r: Uint8Array): Uint8Array => keccak(Uint8Array.of(1), l, r);
