// Texts of the check, from words.json: Chinese and English there, one of them in each bundle. Steps are those of docs/reference/proof.md.
import type { StepName } from "../../../../verify/ts/src/index.js";
import words from "./words.json";

export type Lang = "zh" | "en";
export const lang: Lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

export type Word = keyof typeof words.say;

/** The text in the page's language; build.mjs leaves only that. */
export const pick = (t: string[]): string => t[lang === "zh" ? 0 : 1] ?? t[0];

export function say(key: Word, args: Record<string, unknown> = {}): string {
  return pick(words.say[key]).replace(/\{(\w+)\}/g, (_, k: string) => String(args[k] ?? ""));
}
export const stepName = (s: StepName): string => pick(words.step[s]);
const warnings: Record<string, string[]> = words.warning;
export const warning = (code: string): string => (warnings[code] ? pick(warnings[code]) : code);
export const list = (items: string[]): string => items.join(lang === "zh" ? "；" : "; ");
export const moment = (d: Date): string => d.toISOString().slice(0, 16).replace("T", " ") + " UTC";
