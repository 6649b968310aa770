// RLP, and look-ups in Merkle Patricia tries whose nodes are a heap found by hash.
import { bytes, hex, keccak, toNumber, zeroWord, type Hex } from "./bytes.js";

export type Item = Uint8Array | Item[];

const notRLP = () => new Error("not canonical RLP");

/** Reads one item; refuses what isn't the one canonical encoding of it. */
export function parseRLP(b: Uint8Array): Item {
  const [item, end] = read(b, 0, b.length, 0);
  if (end !== b.length) throw notRLP();
  return item;
}

function read(b: Uint8Array, at: number, limit: number, depth: number): [Item, number] {
  if (at >= limit || depth > 4) throw notRLP();
  const c = b[at], isList = c >= 0xc0, base = isList ? 0xc0 : 0x80;
  if (c < 0x80) return [b.subarray(at, at + 1), at + 1];
  let size = c - base, start = at + 1;
  if (size > 55) {
    const n = size - 55;
    if (n > 4 || start + n > limit || b[start] === 0) throw notRLP();
    size = Number(toNumber(b.subarray(start, start + n)));
    start += n;
    if (size < 56) throw notRLP();
  }
  const end = start + size;
  if (end > limit) throw notRLP();
  if (!isList) {
    if (size === 1 && b[start] < 0x80) throw notRLP();
    return [b.subarray(start, end), end];
  }
  const items: Item[] = [];
  for (let p = start; p < end; ) {
    const [item, next] = read(b, p, end, depth + 1);
    items.push(item);
    p = next;
  }
  return [items, end];
}

/** The bytes of an item; none for a list. */
export const string = (i: Item | undefined): Uint8Array => (i instanceof Uint8Array ? i : new Uint8Array());

/** A big-endian number without leading zeros of at most size bytes. */
export function rlpNumber(i: Item, size: number): bigint {
  if (!(i instanceof Uint8Array) || i.length > size || i[0] === 0) throw notRLP();
  return toNumber(i);
}

const emptyTrie = hex(keccak(Uint8Array.of(0x80)));
const badNode = () => new Error("a trie node has a form that no trie has");

const nibbles = (b: Uint8Array): number[] => Array.from(b).flatMap((x) => [x >> 4, x & 15]);

export class Tries {
  private readonly raw = new Map<Hex, Uint8Array>();
  private readonly used = new Set<Hex>();
  private readonly given: number;

  constructor(nodes: Hex[]) {
    this.given = nodes.length;
    for (const n of nodes) {
      const b = bytes(n);
      this.raw.set(hex(keccak(b)), b);
    }
  }

  /** Throws unless every node was used, and none stands twice. */
  allUsed(): void {
    for (const h of this.raw.keys()) if (!this.used.has(h)) throw new Error(`trie node ${h} belongs to nothing in the file`);
    if (this.raw.size !== this.given) throw new Error("a trie node stands twice");
  }

  /** Storage root and code hash of a contract. */
  account(root: Hex, address: Hex): { storage: Hex; code: Hex } {
    const v = this.get(root, bytes(address));
    if (!v) throw new Error(`there is no account at ${address}`);
    const item = asNode(() => parseRLP(v));
    if (item.length !== 4 || string(item[2]).length !== 32 || string(item[3]).length !== 32) throw badNode();
    return { storage: hex(string(item[2])), code: hex(string(item[3])) };
  }

  /** A storage word; what isn't there is zero. */
  word(root: Hex, slot: Uint8Array): Hex {
    const v = this.get(root, slot);
    if (!v) return zeroWord;
    try {
      const n = rlpNumber(parseRLP(v), 32);
      if (n > 0n) return "0x" + n.toString(16).padStart(64, "0");
    } catch { /* below */ }
    throw badNode();
  }

  private load(hash: Hex): Item[] {
    const raw = this.raw.get(hash);
    if (!raw) throw new Error(`trie node ${hash} is not in the file`);
    this.used.add(hash);
    return asNode(() => parseRLP(raw));
  }

  private get(root: Hex, key: Uint8Array): Uint8Array | undefined {
    if (root === emptyTrie) return undefined;
    let path = nibbles(keccak(key));
    for (let node = this.load(root); ; ) {
      let child: Item;
      if (node.length === 17) {
        if (path.length === 0) return valueOf(node[16]);
        child = node[path[0]];
        path = path.slice(1);
      } else if (node.length === 2) {
        const { part, leaf } = compactPath(node[0]);
        if (part.length > path.length || part.some((n, i) => n !== path[i])) return undefined;
        path = path.slice(part.length);
        if (leaf) return path.length ? undefined : valueOf(node[1]);
        if (part.length === 0) throw badNode(); // would go round in circles
        child = node[1];
      } else throw badNode();
      if (Array.isArray(child)) node = child;
      else if (child.length === 0) return undefined;
      else if (child.length === 32) node = this.load(hex(child));
      else throw badNode();
    }
  }
}

function asNode(read: () => Item): Item[] {
  let item: Item;
  try {
    item = read();
  } catch {
    throw badNode();
  }
  if (!Array.isArray(item)) throw badNode();
  return item;
}

function valueOf(item: Item): Uint8Array | undefined {
  if (Array.isArray(item)) throw badNode();
  return item.length ? item : undefined;
}

function compactPath(item: Item): { part: number[]; leaf: boolean } {
  const b = string(item);
  if (b.length === 0 || b[0] >= 0x40) throw badNode();
  const flags = b[0] >> 4, all = nibbles(b);
  if (!(flags & 1) && all[1] !== 0) throw badNode();
  return { part: all.slice(flags & 1 ? 1 : 2), leaf: (flags & 2) !== 0 };
}

/** Where a mapping at a place keeps the value of a key. */
export const mapSlot = (key: Uint8Array, place: Uint8Array): Uint8Array => keccak(key, place);
