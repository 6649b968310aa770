// Sentences of the page, as its catalogue has them: read back into their arguments.
import { hex, sha256, utf8 } from "../../../../verify/ts/src/bytes.js";
import { lang } from "./words.js";
import vocabulary from "./vocabulary.json";

const texts = vocabulary as unknown as Record<"step" | "state" | "say" | "label", Record<string, string>>; // one language each: build.mjs

/** The page's text of a key, in its language. */
export const textOf = (kind: "step" | "state" | "say", key: string): string | undefined => texts[kind][key];

export type Args = Record<string, string>;

/** The sentence of a key with its arguments; where a count is 1, the singular. */
export function sentence(key: string, args: Record<string, unknown> = {}): string {
  const one = Object.values(args).some((v) => v === 1) && textOf("say", key + ".one");
  return (one || textOf("say", key) || "").replace(/\{(\w+)\}/g, (_, k: string) => String(args[k]));
}

/** The arguments in a text, if it is the sentence of that key. */
export function read(key: string, text: string): Args | undefined {
  for (const k of [key, key + ".one"]) {
    const m = text.startsWith(textOf("say", k)?.split("{", 1)[0] ?? "") && patternOf(k)?.exec(text); // most aren't: no pattern is made
    if (m) return { ...m.groups };
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

/** The sentence of a key with its arguments as named groups. */
function patternOf(key: string): RegExp | undefined {
  const known = patterns.get(key), sentence = textOf("say", key);
  if (known || !sentence) return known;
  const p = new RegExp(`^${sentence.split(/\{(\w+)\}/).map((s, i) => (i % 2 ? `(?<${s}>[^]+?)` : s.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))).join("")}$`, "u");
  patterns.set(key, p);
  return p;
}

/** Which of the keys that begin so a text is the sentence of, and its arguments. */
export function which(prefix: string, text: string): { key: string; args: Args } | undefined {
  for (const k of Object.keys(texts.say)) {
    const args = k.startsWith(prefix) && !k.endsWith(".one") && read(k, text);
    if (args) return { key: k.slice(prefix.length), args };
  }
  return undefined;
}

/** Words of the page that take no arguments; long ones are known by their hashes (build.mjs). */
export const known = new Set(Object.values(texts).flatMap((t) => Object.values(t)));
export const hashOf = (text: string): string => hex(sha256(utf8(text)).subarray(0, 10)).slice(2);
export const isKnown = (text: string): boolean => known.has(text) || (text.length > 7 && (vocabulary as unknown as { long: string }).long.includes(hashOf(text)));

export const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Day and time of day as pages write them, from the UTC fields. */
export const day = (d: Date): string =>
  lang === "zh" ? `${d.getUTCFullYear()}年${d.getUTCMonth() + 1}月${d.getUTCDate()}日` : `${d.getUTCDate()} ${months[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
export const clock = (d: Date): string => d.toISOString().slice(11, 16);
export const dayAndTime = (d: Date): string => `${day(d)} ${clock(d)}`;

/** A span of whole minutes as pages write it. */
export function span(m: number): string {
  if (m < 60) return sentence("span.min", { m });
  if (m >= 48 * 60) return sentence("span.days", { d: Math.floor(m / 1440) });
  return sentence(m % 60 ? "span.hmin" : "span.h", { h: Math.floor(m / 60), m: m % 60 });
}
