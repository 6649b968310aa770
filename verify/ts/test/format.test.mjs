// Holds the step format to testdata/vectors/proof/format.json: files with one field changed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTrust, verify } from "../dist/verify.js";
import { patched } from "./patch.mjs";

const read = (name) => readFileSync(new URL("../../../testdata/vectors/proof/" + name, import.meta.url), "utf8");
const { vectors } = JSON.parse(read("format.json"));

test(`format.json: ${vectors.length} fields changed`, async () => {
  const trust = parseTrust(read("trust.json"));
  for (const v of vectors) {
    const r = await verify(patched(read(v.file), v.patch), trust, { now: new Date(v.now) });
    assert.equal(r.failed?.step, v.step, `${v.name}: ${r.failed?.detail}`);
  }
});

test("numbers and names in other notations", async () => {
  const file = read("lot.json"), trust = parseTrust(read("trust.json"));
  const cases = [['"version":1.0,', undefined], ['"version":1e0,', undefined], ['"version":1.5,', "format"], ['"version":01,', "format"], ['"version":2,"version":1,', undefined],
    ['"version":1,"version":2,', "format"], ['"v\\u0065rsion":1,', undefined], ['"Version":1,', "format"], ['"version":1,"ancestry":null,', "format"],
    ['"version":1,"__proto__":{},', "format"]];
  for (const [text, step] of cases) assert.equal((await verify(file.replace('"version":1,', text), trust)).failed?.step, step, text);
  assert.equal((await verify(file.replace('"round":0,', '"round":-0,'), trust)).failed, undefined);
});

test("a file of 8 MiB and no more", async () => {
  const trust = parseTrust(read("trust.json")), largest = read("block.json").padEnd(8 << 20);
  assert.equal((await verify(largest, trust)).failed, undefined);
  assert.equal((await verify(largest + " ", trust)).failed?.step, "format");
  assert.equal((await verify(new TextEncoder().encode(largest + " "), trust)).failed?.step, "format");
});
