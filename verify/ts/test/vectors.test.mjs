// Holds this verifier to the vectors of testdata/vectors/proof, which the Go package wrote: the same outcome, the same failed
// step, the same warnings, the same facts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { advance, encodeTrust, fingerprint, parseTrust, verify } from "../dist/verify.js";
import { patched } from "./patch.mjs";

const folder = new URL("../../../testdata/vectors/proof/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));
const made = JSON.parse(read("vectors.json")).vectors[0].now;
const json = (name) => JSON.parse(name.endsWith(".gz") ? gunzipSync(read(name)) : read(name));

/** Facts as the Go package writes them: numbers as texts, empty fields left out, no contents. */
function plain(facts) {
  const time = (t) => new Date(t).toISOString();
  const strip = (o, names) => {
    for (const n of names) if (o[n] === "" || o[n] === false || (Array.isArray(o[n]) && !o[n].length)) delete o[n];
    return o;
  };
  const f = JSON.parse(JSON.stringify(facts, (_, v) => (typeof v === "bigint" ? String(v) : v)));
  f.time = time(f.time);
  if (f.signed) f.signed.time = time(f.signed.time);
  const licence = (l) => strip({ ...l, since: time(l.since), ...(l.until && { until: time(l.until) }) }, ["sandbox"]);
  f.objects = f.objects.map((o) => strip({ ...o, licences: o.licences.map(licence) }, ["via"]));
  f.events = f.events.map((e) => strip({ ...e, time: time(e.time), body: "" }, ["body"]));
  f.parties = f.parties.map((p) => strip({ ...p, master_data: [] }, ["country", "gln", "suspended", "master_data"]));
  return f;
}

async function run(v, file, trust) {
  const r = await verify(file, parseTrust(trust), { want: v.want, now: new Date(v.now) });
  const where = `${v.name}: ${r.failed ? `${r.failed.step}: ${r.failed.detail}` : ""}`;
  assert.equal(r.outcome, v.outcome, where);
  assert.equal(r.failed?.step ?? "", v.step ?? "", where);
  if (v.warnings) assert.deepEqual(r.steps.flatMap((s) => s.warnings), v.warnings, where);
  if (v.facts) assert.deepEqual(plain(r.facts), plain(v.facts), where);
  return r;
}

for (const name of ["vectors.json", "tampered.json"]) {
  const { vectors } = json(name);
  test(`${name}: ${vectors.length} verifications`, async () => {
    for (const v of vectors) await run(v, patched(read(v.file), v.patch), patched(read(v.trust), v.trust_patch));
  });
}

const cases = json("cases.json.gz").vectors;
test(`cases.json.gz: ${cases.length} files that break one rule each`, async () => {
  for (const v of cases) await run(v, typeof v.proof === "string" ? v.proof : JSON.stringify(v.proof), JSON.stringify(v.trust));
});

const random = json("random.json");
test(`random.json: ${random.changes.length} changed bytes`, async () => {
  const file = read(random.file), trust = parseTrust(read(random.trust)), now = new Date(random.now);
  for (const c of random.changes) {
    const other = Uint8Array.from(file);
    other[c.offset] = c.byte;
    const r = await verify(other, trust, { want: random.want, now });
    assert.equal(r.failed?.step ?? r.outcome, c.result, `byte ${c.offset} changed to ${c.byte}: ${r.failed?.detail}`);
  }
});

test("without ed25519 in WebCrypto, and where WebCrypto refuses, noble decides", async () => {
  const trust = parseTrust(read("trust.json")), now = new Date(made);
  const refuses = { importKey: async () => ({}), verify: async () => false };
  const lacks = { importKey: async () => { throw new DOMException("no ed25519", "NotSupportedError"); } };
  const bent = patched(read("lot.json"), [{ op: "replace", path: "/commit/signatures/0/time/nanos", value: 1 }]);
  for (const subtle of [undefined, refuses, lacks]) {
    assert.equal((await verify(read("lot.json"), trust, { now, subtle })).outcome, "good");
    assert.equal((await verify(bent, trust, { now, subtle })).failed?.step, "signatures");
  }
});

test("two people who trust the same read the same fingerprint", () => {
  for (const v of json("fingerprints.json").vectors) assert.equal(fingerprint(parseTrust(patched(read(v.trust), v.trust_patch))), v.fingerprint, v.name);
});

test("trust moves on with a good proof and never back", async () => {
  const first = parseTrust(read("trust.json")), now = new Date(made);
  const r = await verify(read("lot.json"), first, { now }), second = advance(first, r);
  assert.equal(second.latest.height, r.facts.signed.height);
  assert.deepEqual(parseTrust(encodeTrust(second)), second);
  assert.equal(advance(second, r), second);
  assert.equal(advance({ ...first, latest: { ...second.latest, height: second.latest.height + 1n } }, r).latest.height, second.latest.height + 1n);
  const forked = { ...first, latest: { ...second.latest, hash: "0x" + "11".repeat(32) } };
  assert.equal((await verify(read("lot.json"), forked, { now })).failed?.step, "fork");
});

test("each step is told as it ends", async () => {
  const told = [];
  await verify(read("lot.json"), parseTrust(read("trust.json")), { now: new Date(made), onStep: (s) => told.push(s.step) });
  assert.equal(told.length, 17);
});
