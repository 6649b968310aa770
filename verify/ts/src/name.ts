// Identifiers, in the one form that objects are named by, and the objects a name can stand for.
import { hex, keccak, utf8 } from "./bytes.js";
import { thing } from "./ledger.js";
import type { Thing } from "./schema.js";

type Key = Pick<Thing, "kind" | "primary" | "suffix">;

const digits = (s: string): boolean => /^[0-9]+$/.test(s);
const size = (s: string): number => utf8(s).length;

/** Cuts at the first separator. */
function cut(s: string, sep: string): [string, string] {
  const i = s.indexOf(sep);
  return i < 0 ? [s, ""] : [s.slice(0, i), s.slice(i + sep.length)];
}

/** Percent-decodes; what is no escape of UTF-8 stays as it is. */
function unescape(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}

/** Whether an object is one that a name can stand for. */
export function standsFor(name: string, o: Key): boolean {
  return candidates(name).some((c) => c.kind === o.kind && c.primary === o.primary && c.suffix === o.suffix);
}

function candidates(name: string): Key[] {
  const [key, value] = cut(name, "/"), b = utf8(value), ascii = (kind: number, n: number): Key => thing(kind, b.subarray(0, n), b.subarray(n));
  if (key === "01" && digits(value.slice(0, 14)) && value.length >= 14) {
    const rest = value.slice(14), qualifier = rest.slice(0, 4), kind = { "/21/": 1, "/10/": 2 }[qualifier];
    if (rest === "") return [ascii(3, 14)];
    return kind && rest.length > 4 ? [thing(kind, b.subarray(0, 14), utf8(rest.slice(4)))] : [];
  }
  if (key === "00" && b.length === 18) return [ascii(4, 18)];
  if (key === "8003" && b.length >= 14) return [ascii(5, 14)];
  if (key === "8004") return Array.from({ length: Math.min(13, b.length) + 1 }, (_, n) => ascii(6, n));
  if (key === "253" && b.length >= 13) return [ascii(8, 13)];
  if (!name.includes(":")) return [];
  const all = utf8(name);
  return Array.from({ length: Math.min(200, all.length) + 1 }, (_, n) => ({ ...thing(20, new Uint8Array(), all.subarray(n)), primary: hex(keccak(all.subarray(0, n))) }));
}

/** A text that is a name already: no scheme before the first slash. */
export const isName = (s: string): boolean => /^[^:/]+\//.test(s);

/** The name of an identifier as it stands in an event or a link; "" for what has none. */
export function nameOf(id: string): string {
  if (/^urn:epc:/i.test(id)) return urnName(id.slice(8));
  if (/^https?:\/\//i.test(id)) {
    const segments = path(id), i = segments.findIndex((s, j) => /^(01|00|8003|8004|253)$/.test(s) && /^[0-9]{4}/.test(segments[j + 1] ?? ""));
    if (i >= 0) return pairsName(segments.slice(i));
  }
  return id.includes(":") ? id : "";
}

/** The segments of a link's path. */
const path = (uri: string): string[] => cut(uri, "//")[1].replace(/[?#][^]*$/, "").split("/").slice(1);

function pairsName(segments: string[]): string {
  const qualifiers = new Map<string, string>();
  for (let i = 2; i + 1 < segments.length; i += 2) qualifiers.set(segments[i], unescape(segments[i + 1]));
  const value = unescape(segments[1]);
  if (segments[0] !== "01") return segments[0] + "/" + value;
  const gtin = "0".repeat(Math.max(0, 14 - size(value))) + value, q = (ai: string) => qualifiers.get(ai) ?? "";
  if (q("235")) return "";
  if (q("21")) return `01/${gtin}/21/${q("21")}`;
  return q("10") ? `01/${gtin}/10/${q("10")}` : `01/${gtin}`;
}

/** The lot that a link to an instance or lot carries as a qualifier; "" if none. */
export function lotOf(id: string): string {
  if (!/^http/i.test(id)) return "";
  const segments = path(id), i = segments.findIndex((s, j) => s === "01" && j + 1 < segments.length);
  for (let j = i + 2; i >= 0 && j + 1 < segments.length; j += 2) if (segments[j] === "10") return unescape(segments[j + 1]);
  return "";
}

function urnName(urn: string): string {
  const [space, afterSpace] = cut(urn, ":"), [scheme, rest] = cut(afterSpace, ":"), [a, afterA] = cut(rest, "."), [b, c] = cut(afterA, ".");
  const kind = (space + ":" + scheme).toLowerCase(), last = unescape(c), length = (a + b).length;
  if (kind === "id:giai" && digits(a)) return "8004/" + a + unescape(afterA);
  if (a === "" || b === "" || !digits(a + b)) return "";
  const indicated = b[0] + a + b.slice(1), checked = indicated + checkDigit(indicated);
  if (length === 13 && last !== "") {
    if (kind === "id:sgtin") return `01/${checked}/21/${last}`;
    if (kind === "class:lgtin") return `01/${checked}/10/${last}`;
    if (kind === "idpat:sgtin" && last === "*") return `01/${checked}`;
  }
  if (kind === "id:sscc" && length === 17) return "00/" + checked;
  if (kind === "id:grai" && length === 12) return "8003/0" + a + b + checkDigit(a + b) + last;
  return "";
}

function checkDigit(s: string): number {
  let sum = 0;
  for (let i = s.length - 1, weight = 3; i >= 0; i--, weight = 4 - weight) sum += Number(s[i]) * weight;
  return (10 - (sum % 10)) % 10;
}
