// Bytes, hex and hashes. Words, addresses and other bytes of a file stay what they are in it, lower-case hex with 0x, and
// become bytes only where they are hashed: so they compare as texts.
import { keccak_256 } from "@noble/hashes/sha3.js";
import { sha256 as sha256Noble } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";

export type Hex = string;

export const concat = concatBytes;
export const sha256 = sha256Noble;

const encoder = new TextEncoder(); // one for all: making it costs more than a short text does
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

const digit = (hex: string, at: number): number => {
  const c = hex.charCodeAt(at);
  return c < 58 ? c - 48 : c - 87;
};

const native = Uint8Array as { fromHex?(hex: string): Uint8Array }; // newer browsers have it, and it is much faster

/** The bytes of hex that the step format has read, or of ours. */
export function bytes(hex: Hex): Uint8Array {
  if (native.fromHex) return native.fromHex(hex.slice(2));
  const out = new Uint8Array(hex.length / 2 - 1);
  for (let i = 0; i < out.length; i++) out[i] = digit(hex, 2 * i + 2) * 16 + digit(hex, 2 * i + 3);
  return out;
}

const pairs = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));

export function hex(b: Uint8Array): Hex {
  let out = "0x";
  for (const n of b) out += pairs[n];
  return out;
}

export const keccak = (...parts: Uint8Array[]): Uint8Array => keccak_256(parts.length === 1 ? parts[0] : concat(...parts));
export const keccakText = (text: string): Uint8Array => keccak(utf8(text));

/** n as a big-endian number of size bytes. */
export function number(n: bigint | number, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let rest = BigInt(n);
  for (let i = size - 1; i >= 0 && rest > 0n; i--, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

export const word = (n: bigint | number): Uint8Array => number(n, 32);
export const u64 = (n: bigint | number): Uint8Array => number(n, 8);

/** An address as a word. */
export function addressWord(address: Hex): Uint8Array {
  const out = new Uint8Array(32);
  out.set(bytes(address), 12);
  return out;
}

/** The big-endian number in b. */
export function toNumber(b: Uint8Array): bigint {
  let n = 0n;
  for (const x of b) n = (n << 8n) | BigInt(x);
  return n;
}

export const zeroWord: Hex = "0x" + "00".repeat(32);

const domains = new Map<string, Uint8Array>();

/** keccak256(abi.encode(domain, ...)) of the formats, the domain named by its text. */
export function domainHash(domain: string, ...words: Uint8Array[]): Uint8Array {
  let d = domains.get(domain);
  if (!d) domains.set(domain, (d = keccakText(`suyuan/${domain}/v1`)));
  return keccak(d, ...words);
}

/** The text at the beginning of a word. */
export const ascii = (w: Hex): string => String.fromCharCode(...bytes(w)).replace(/\0+$/, "");
