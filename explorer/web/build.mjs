// Bundles the scripts of the pages into dist. The check is made once for each language, with its texts only: a phone has
// no use for the other's.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const options = { bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", charset: "utf8", logLevel: "warning", outdir: "dist", external: ["./ed25519.js"] };

/** Leaves one text of each [zh, en] pair in words.json and vocabulary.json; an empty one, such as a singular that Chinese has no use for, goes. */
const oneLanguage = (at) => ({
  name: "one language",
  setup: (b) => b.onLoad({ filter: /(words|vocabulary)\.json$/ }, ({ path }) => ({
    loader: "json",
    contents: JSON.stringify(JSON.parse(readFileSync(path, "utf8"), (_, v) => (Array.isArray(v) ? v[at] || undefined : v))),
  })),
});

await build({ ...options, entryPoints: { explorer: "src/explorer.ts", "verify.sw": "src/check/sw.ts", ed25519: "../../verify/ts/src/ed25519.ts" } });
for (const [at, lang] of ["zh", "en"].entries()) {
  await build({ ...options, entryPoints: { [`check.${lang}`]: "src/check/main.ts", [`verify.${lang}`]: "src/check/verify.ts" }, plugins: [oneLanguage(at)] });
}
