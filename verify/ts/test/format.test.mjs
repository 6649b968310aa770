// Holds the step format to testdata/vectors/proof/format.json: files with one field changed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTrust, verify } from "../dist/verify.js";

const read = (name) => readFileSync(new URL("../../../testdata/vectors/proof/" + name, import.meta.url), "utf8");
const { vectors } = JSON.parse(read("format.json"));

/** Applies operations of RFC 6902: add, remove, replace, copy. */
function patched(file, ops) {
  const tree = JSON.parse(file);
  const find = (parts) => parts.reduce((at, part) => at[part], tree);
  for (const { op, path, from, value } of ops) {
    if (path === "") return JSON.stringify(value);
    const parts = path.split("/").slice(1), last = parts.pop(), at = find(parts);
    const v = from === undefined ? value : structuredClone(find(from.split("/").slice(1)));
    if (op === "remove") Array.isArray(at) ? at.splice(Number(last), 1) : delete at[last];
    else if (!Array.isArray(at) || op === "replace") at[last] = v;
    else at.splice(last === "-" ? at.length : Number(last), 0, v);
  }
  return JSON.stringify(tree);
}

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
