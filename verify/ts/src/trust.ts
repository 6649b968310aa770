// What a verifier knows beforehand, and how it moves on: never back.
import { sha256, utf8 } from "./bytes.js";
import { validatorsHash } from "./comet.js";
import type { Trust } from "./schema.js";
import type { Result } from "./verify.js";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** What two people compare by voice to know that they trust the same network and validators. */
export function fingerprint(t: Trust): string {
  const c = t.contracts;
  const lines = ["suyuan/trust/v1", t.chain_id, t.genesis_hash, c.heads, c.parties, c.trace_log, t.heads_code_hash, t.slots.head, t.slots.checkpoint, validatorsHash(t.validators)];
  const bits = Array.from(sha256(utf8(lines.join("\n") + "\n")).subarray(0, 10), (b) => b.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) as string[]).map((five) => alphabet[parseInt(five, 2)]).join("").replace(/(.{4})(?=.)/g, "$1-");
}

/** The trust after a good proof: with its header if that is younger, and the validators in charge of it. */
export function advance(t: Trust, r: Result): Trust {
  const s = r.facts?.signed;
  if (!s || s.height < t.height || (t.latest && t.latest.height >= s.height)) return t;
  const next = { ...t, latest: { height: s.height, hash: s.hash } };
  return s.rotations > 0 ? { ...next, height: s.height, validators: r.validators! } : next;
}

/** trust.json. */
export const encodeTrust = (t: Trust): string => JSON.stringify(t, (_, v) => (typeof v === "bigint" ? String(v) : v), 2) + "\n";
