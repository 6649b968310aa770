// What this browser trusts: pinned at first use, moved on by good proofs, never back.
import { advance, encodeTrust, fingerprint, parseTrust, type Proof, type Result, type Trust } from "../../../../verify/ts/src/index.js";

const key = "suyuan.trust", since = "suyuan.trust.since", headKey = "suyuan.head", evidenceKey = "suyuan.evidence";

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage is forbidden: everything is a first use
  }
}

function write(name: string, value: string): boolean {
  try {
    localStorage.setItem(name, value);
    return true;
  } catch {
    return false;
  }
}

/** The pinned trust, if there is one that can be read. */
export function pinned(): { trust: Trust; since: Date } | undefined {
  const text = read(key);
  if (!text) return undefined;
  try {
    return { trust: parseTrust(text), since: new Date(read(since) ?? 0) };
  } catch {
    return undefined;
  }
}

/** Which ledger a trust is of: all of it that rotations don't change. */
export const ledgerOf = (t: Trust): string =>
  [t.chain_id, t.genesis_hash, ...Object.values(t.contracts), t.heads_code_hash, ...Object.values(t.slots)].join();

/** Keeps what a good proof taught. Another tab may have learned more meanwhile: never back. Answers whether it is kept. */
export function learn(t: Trust, r: Result): boolean {
  const old = pinned(), next = advance(t, r);
  if (old && ledgerOf(old.trust) === ledgerOf(t) && (old.trust.latest?.height ?? 0n) >= (next.latest?.height ?? 0n)) return true;
  if (!old) write(since, new Date().toISOString());
  if (r.proof?.commit) write(headKey, encode(signed(r.proof)));
  return write(key, encodeTrust(next));
}

const encode = (v: unknown): string => JSON.stringify(v, (_, x) => (typeof x === "bigint" ? String(x) : x));
const signed = (p: Proof): unknown => ({ commit: p.commit, validators: p.validators });

/** Keeps both headers of a fork, and answers them as a file. */
export function keepEvidence(proof: Proof): string {
  const text = `{"first":${read(headKey) ?? "null"},"second":${encode(signed(proof))}}`;
  write(evidenceKey, text);
  return text;
}

export function forget(): void {
  for (const name of [key, since, headKey]) {
    try {
      localStorage.removeItem(name);
    } catch {
      // nothing was kept
    }
  }
}

export { fingerprint };
