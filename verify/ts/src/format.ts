// The step format: what can be checked of a file without knowing anything else.
import { addressWord, hex, utf8, zeroWord, type Hex } from "./bytes.js";
import { objectKey } from "./ledger.js";
import { FormatError, readProof, readTrust, type Commit, type Proof, type Time, type Trust, type Validator } from "./schema.js";

function need(holds: boolean, at: string, rule: string): void {
  if (!holds) throw new FormatError(at, rule);
}

/** Reads trust.json. Throws a FormatError. */
export function parseTrust(file: string | Uint8Array): Trust {
  const t = readTrust(file);
  need(t.version === 1, "/version", "must be 1");
  need(t.validators.length > 0, "/validators", "is empty");
  checkPowers("/validators", t.validators);
  return t;
}

/** Reads a proof. Throws a FormatError. */
export function parseProof(file: string | Uint8Array): Proof {
  const p = readProof(file);
  need(p.version === 1, "/version", "must be 1");
  checkSubject(p);
  if (p.commit) checkCommit("/commit", p.commit);
  else need(!!p.ancestry && p.validators.length + p.rotations.length === 0, "/commit", "is missing without an ancestry");
  checkPowers("/validators", p.validators);
  let last = 0n;
  p.rotations.forEach((r, i) => {
    const at = `/rotations/${i}`;
    checkCommit(at, r);
    checkPowers(at + "/next", r.next);
    const h = r.header.height;
    need(h > last && (!p.commit || h < p.commit.header.height), at + "/header/height", "must rise up to the commit's");
    last = h;
  });
  if (p.kind !== "block") checkObjects(p);
  checkLanes(p);
  return p;
}

function checkSubject(p: Proof): void {
  const s = p.subject, field = { object: "id", party: "party", block: "number" }[p.kind];
  need(field !== undefined && Object.keys(s).length === 1 && field in s, "/subject", "must fit the kind");
  const rest = p.nodes.length + p.objects.length + p.lanes.length + p.leaves.length + p.omitted.length + (p.openings ?? []).length;
  need(p.kind !== "block" || rest === 0, "/kind", "must have no lists");
}

function checkCommit(at: string, c: Commit): void {
  const h = c.header;
  const hashes = [["/header/last_block_id/hash", h.last_block_id.hash], ["/header/last_block_id/parts/hash", h.last_block_id.parts.hash], ["/parts/hash", c.parts.hash]];
  for (const [name, v] of Object.entries(h)) if (name.endsWith("_hash")) hashes.push(["/header/" + name, v as Hex]);
  for (const [name, v] of hashes) need(v.length === 2 || v.length === 66, at + name, "must have 0 or 32 bytes");
  checkTime(at + "/header/time", h.time);
  need(h.height <= 1n << 62n, at + "/header/height", "is out of range");
  c.signatures.forEach((s, i) => {
    need(s.signature.length === 130, `${at}/signatures/${i}/signature`, "must have 64 bytes");
    checkTime(`${at}/signatures/${i}/time`, s.time);
  });
}

function checkTime(at: string, t: Time): void {
  need(t.nanos <= 999999999 && t.seconds <= 1n << 40n, at, "is out of range");
}

function checkPowers(at: string, set: Validator[]): void {
  let sum = 0n;
  set.forEach((v, i) => {
    sum += v.power;
    need(v.power > 0n && sum <= 1n << 60n, `${at}/${i}/power`, "must be above 0, and the sum at most 2^60");
  });
}

const named = [1, 2, 3, 4, 5, 6, 8, 20];

function checkObjects(p: Proof): void {
  need(p.objects.length > 0, "/objects", "is empty: the first is the subject");
  const seen = new Set<Hex>();
  p.objects.forEach((o, i) => {
    const at = `/objects/${i}`;
    if (named.includes(o.kind)) need(o.name !== undefined, at + "/name", "is missing");
    else if (o.kind === 30 || o.kind === 40 || o.kind === 41) need(o.name === undefined && !o.licences, at, "must have no name and no licences");
    else throw new FormatError(at + "/kind", `is ${o.kind}, must be one of 1, 2, 3, 4, 5, 6, 8, 20, 30, 40, 41`);
    need(o.name === undefined || utf8(o.name).length <= 2048, at + "/name", "must have at most 2048 bytes");
    const key = hex(objectKey(o)), name = "/" + (o.name ?? key), ids = o.licences?.map((l) => l.id) ?? [0n];
    need(ids.length > 0 && ids.length <= 16 && ids.every((id, j) => !j || id > ids[j - 1]), at + "/licences", "must be 1 to 16 that rise");
    need(!seen.has(key) && !seen.has(name), at, "stands twice");
    seen.add(key).add(name);
  });
  const first = p.objects[0];
  if (p.kind === "object") need(first.name === p.subject.id, "/objects/0/name", "must be the subject");
  else need(first.kind === 40 && first.primary === hex(addressWord(p.subject.party!)) && first.suffix === zeroWord, "/objects/0", "must be the subject");
  p.omitted.forEach((o, i) => need(o.reason === "limit" || o.reason === "unknown", `/omitted/${i}/reason`, "must be limit or unknown"));
}

function checkLanes(p: Proof): void {
  const seen = new Set<string>(), used = new Set<number>();
  p.lanes.forEach((l, i) => {
    const at = `/lanes/${i}`, id = `${l.object}/${l.lane}`;
    need(l.object < p.objects.length, at + "/object", "is no place in objects");
    need(l.lane <= 2, at + "/lane", "must be 0, 1 or 2");
    need(!seen.has(id), at, "stands twice");
    need(l.from % 64n === 0n && (l.from !== 0n) === (l.start !== undefined), at + "/from", "must be a multiple of 64, and have a start");
    need((l.to !== undefined) === (l.end !== undefined) && (l.to === undefined || (l.to % 64n === 0n && l.to > l.from)), at + "/to", "must be a multiple of 64 above from, and have an end");
    const { kind } = p.objects[l.object], notes = l.lane === 2;
    need(!(notes && l.leaves.length) && !(l.from && (notes || kind === 40)) && !(l.to && (notes || kind >= 40)), at, "must be shown whole");
    seen.add(id);
    l.leaves.forEach((n, j) => {
      need(n < p.leaves.length, `${at}/leaves/${j}`, "is no place in leaves");
      used.add(n);
    });
  });
  p.leaves.forEach((l, i) => {
    const at = `/leaves/${i}`;
    need(used.has(i), at, "is in no lane");
    need(l.kind >= 1 && l.kind <= 11, at + "/kind", "must be from 1 to 11");
    need([l.body, l.record, l.list, l.sealed].filter((x) => x !== undefined).length < 2, at, "has more than one content");
    need(l.next?.length !== 0, at + "/next", "is empty: then it must be left out");
    need(l.time <= 1n << 40n, at + "/time", "is out of range");
  });
  const opened = new Set<number>();
  (p.openings ?? []).forEach((o, i) => {
    need(p.leaves[o.leaf]?.list !== undefined && !opened.has(o.leaf), `/openings/${i}/leaf`, "must be the place of a leaf with a list, once");
    need(o.places.length === 1 || o.places.length === 2, `/openings/${i}/places`, "must hold one or two");
    opened.add(o.leaf);
  });
}
