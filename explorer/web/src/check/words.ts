// Texts of the check, from words.json: Chinese and English there, one of them in each bundle. Steps are those of docs/reference/proof.md.
import type { StepName } from "../../../../verify/ts/src/index.js";
import pairs from "./words.json";

export type Lang = "zh" | "en";
export const lang: Lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

type Key = keyof typeof pairs.say | keyof typeof pairs.own;
export type Word = Exclude<Key, `${string}.one`>;

/** Of each pair build.mjs leaves the page's language, and no text that is empty. "own", which only the page /verify needs, is put among the others there. */
const words = pairs as unknown as { step: Record<StepName, string>; warning: Record<string, string>; say: Record<string, string> };

/** A text with its arguments; where one is 1, the singular. */
export function say(key: Word, args: Record<string, unknown> = {}): string {
  const one = Object.values(args).some((v) => v === 1) && words.say[key + ".one"];
  return (one || words.say[key]).replace(/\{(\w+)\}/g, (_, k: string) => String(args[k] ?? ""));
}
export const stepName = (s: StepName): string => words.step[s];
export const warning = (code: string): string => words.warning[code] ?? code;
export const list = (items: string[]): string => items.join(lang === "zh" ? "；" : "; ");
export const moment = (d: Date): string => d.toISOString().slice(0, 16).replace("T", " ") + " UTC";
