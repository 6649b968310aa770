// Holds the names of identifiers to testdata/vectors/proof/names.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nameOf } from "../dist/verify.js";

const { vectors } = JSON.parse(readFileSync(new URL("../../../testdata/vectors/proof/names.json", import.meta.url), "utf8"));

test(`names.json: ${vectors.length} identifiers`, () => {
  for (const { id, name } of vectors) assert.equal(nameOf(id), name, `the name of ${JSON.stringify(id)}`);
});
