// Bundles the scripts of the pages into dist. The check is made once for each language, with its texts only: a phone has
// no use for the other's.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const options = { bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", charset: "utf8", logLevel: "warning", outdir: "dist", external: ["./ed25519.js", "./second.js"] };
/** V8 compiles all of a script while it comes, not one function after the other as they are called. */
const check = { ...options, banner: { js: "//# allFunctionsCalledOnLoad" } };

/** Of labels, whose keys say nothing, long ones are known by 80 bits of their hash: that weighs less than they do. */
function labels(v) {
  if (!v.label) return v;
  const all = Object.values(v.label), long = (text) => Buffer.byteLength(text) > 22;
  const hashes = all.filter(long).map((text) => createHash("sha256").update(text).digest("hex").slice(0, 20));
  return { ...v, label: all.filter((text) => !long(text)), long: hashes.join(" ") };
}

/** Leaves one text of each [zh, en] pair in words.json and vocabulary.json; an empty one, such as a singular that Chinese has no use for, goes.
 * What only the page /verify says ("own") is put among the texts there, and left out elsewhere. */
const oneLanguage = (at, own) => ({
  name: "one language",
  setup: (b) => b.onLoad({ filter: /(words|vocabulary)\.json$/ }, ({ path }) => ({
    loader: "json",
    contents: JSON.stringify(JSON.parse(readFileSync(path, "utf8"), (key, v) => {
      if (Array.isArray(v)) return v[at] || undefined;
      if (key === "") v = labels(v);
      if (key !== "" || !v.own) return v;
      const { own: texts, ...rest } = v;
      return own ? { ...rest, say: { ...rest.say, ...texts } } : rest;
    })),
  })),
});

await build({ ...options, entryPoints: { explorer: "src/explorer.ts", "verify.sw": "src/check/sw.ts", ed25519: "../../verify/ts/src/ed25519.ts", second: "src/check/second.ts" } });
for (const [at, lang] of ["zh", "en"].entries()) {
  await build({ ...check, entryPoints: { [`check.${lang}`]: "src/check/main.ts" }, plugins: [oneLanguage(at, false)] });
  await build({ ...check, entryPoints: { [`verify.${lang}`]: "src/check/verify.ts" }, plugins: [oneLanguage(at, true)] });
}
