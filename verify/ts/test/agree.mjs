// Verifies the files that DIR/list.jsonl names, a JSON object a line: {file, want, now}, against DIR/trust.json. Prints the results,
// one a line, numbers of the ledger as texts: for a comparison with the Go package.
//
//   node agree.mjs DIR
import { readFileSync } from "node:fs";
import { parseTrust, verify } from "../dist/verify.js";

const dir = process.argv[2] + "/", trust = parseTrust(readFileSync(dir + "trust.json", "utf8"));
for (const line of readFileSync(dir + "list.jsonl", "utf8").trim().split("\n")) {
  const { file, want, now } = JSON.parse(line);
  const { outcome, steps, facts } = await verify(readFileSync(dir + file), trust, { want, now: new Date(now), subtle: globalThis.crypto.subtle });
  process.stdout.write(JSON.stringify({ outcome, steps, facts }, (_, v) => (typeof v === "bigint" ? String(v) : v)) + "\n");
}
