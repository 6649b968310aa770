// Which objects the story of a subject depends on, worked out from its events.
import { lotOf, nameOf } from "./name.js";

/** What a story needs to know of an EPCIS event. Identifiers are names; time is in milliseconds since 1970. */
export interface Event {
  type: string;
  action: string;
  time: number;
  parent: string;
  epcs: string[];
  children: string[];
  inputs: string[];
  outputs: string[];
  childClasses: string[];
  inputClasses: string[];
  outputClasses: string[];
  lots: string[]; // of the ilmd
  own: string[]; // identifiers of epcList and outputEPCList, as sent
  list: { field: string; root: string }; // that stands for one of the fields
}

type Json = Record<string, unknown>;
const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

const deepest = 10000; // arrays and objects within each other in an event

function depth(json: string): number {
  let now = 0, most = 0;
  for (const [c] of json.replace(/"([^"\\]+|\\.)*"/g, "").matchAll(/[[\]{}]/g)) most = Math.max(most, (now += /[[{]/.test(c) ? 1 : -1));
  return most;
}

/** Reads a body; undefined if it is no event. */
export function readEvent(body: string): Event | undefined {
  let m: unknown;
  try {
    m = JSON.parse(body, /\\ud/i.test(body) ? (_, v) => (typeof v === "string" ? v.replace(/\p{Cs}/gu, "\ufffd") : v) : undefined); // half pairs, as UTF-8 has none
  } catch {
    return undefined;
  }
  if (!isObject(m) || (body.length > 2 * deepest && depth(body) > deepest)) return undefined;
  const o = m, text = (key: string): string => (typeof o[key] === "string" ? (o[key] as string) : "");
  const time = readTime(text("eventTime"));
  if (time === undefined) return undefined;
  const texts = (v: unknown): string[] => (Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : []);
  const names = (key: string): string[] => texts(o[key]).map(nameOf);
  const classes = (key: string): string[] => {
    const list = Array.isArray(o[key]) ? (o[key] as unknown[]) : [];
    return list.flatMap((q) => (isObject(q) && typeof q.epcClass === "string" ? [nameOf(q.epcClass)] : []));
  };
  const ref = o["https://github.com/suyuan-ledger/suyuan#list"], list = isObject(ref) ? ref : {};
  const lots: string[] = [];
  for (const [key, v] of Object.entries(isObject(o.ilmd) ? o.ilmd : {})) {
    const lot = isObject(v) ? v["@value"] : v;
    if (/(^|[:#/])lotNumber$/.test(key) && typeof lot === "string" && lot !== "") lots.push(lot);
  }
  return {
    type: text("type"), action: text("action"), time, parent: nameOf(text("parentID")), epcs: names("epcList"), children: names("childEPCs"),
    inputs: names("inputEPCList"), outputs: names("outputEPCList"), childClasses: classes("childQuantityList"), inputClasses: classes("inputQuantityList"),
    outputClasses: classes("outputQuantityList"), lots: lots.sort(), own: [...texts(o.epcList), ...texts(o.outputEPCList)],
    list: { field: String(list.field), root: String(list.root) },
  };
}

/** Milliseconds since 1970 of an RFC 3339 time; undefined for anything else. */
export function readTime(s: string): number | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(s);
  if (!m) return undefined;
  const [y, mo, d, h, mi, sec, zh, zm] = [1, 2, 3, 4, 5, 6, 9, 10].map((i) => Number(m[i] ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d || h > 23 || mi > 59 || sec > 59 || zh > 23 || zm > 59) return undefined;
  date.setUTCHours(h, mi, sec, Number((m[7] ?? "").slice(0, 3).padEnd(3, "0")));
  return date.getTime() - (m[8] === "-" ? -1 : 1) * (zh * 60 + zm) * 60000;
}

export type Relation = "subject" | "lot" | "class" | "container" | "input";

/** An object that a story can't do without. from and until bound the event times that matter. */
export interface Need {
  name: string;
  relation: Relation;
  via: string;
  from: number;
  until: number;
  also: boolean; // a container that is an input as well
}

type Events = (name: string) => Event[];

/** The needs of a subject's story, the subject first. events answers what is on an object's trunk, for the subject also what
 * it is in the list of; listed are the objects on whose trunks those lists stand. */
export function needsOf(subject: string, listed: string[], events: Events): Need[] {
  const found = new Map<string, Need>();
  const add = (name: string, relation: Relation, via: string, from = -Infinity, until = Infinity): void => {
    const old = found.get(name);
    if (!old) {
      found.set(name, { name, relation, via, from, until, also: false });
      return;
    }
    old.from = Math.min(old.from, from);
    old.until = Math.max(old.until, until);
    old.also ||= old.relation === "container" && relation === "input";
  };
  add(subject, "subject", "");
  const lots = lotsOf(subject, listed, events);
  for (const lot of lots) add(lot, "lot", subject);
  if (subject.startsWith("01/") && subject.length > 17) add(subject.slice(0, 17), "class", subject);
  const walkOut = (start: string): boolean => {
    const queue = new Set([start]);
    for (const x of queue) {
      const inside = events(x).filter((e) => /^A(ggreg|ssoci)ationEvent$/.test(e.type) && (e.children.includes(x) || e.childClasses.includes(x)));
      for (const e of inside) {
        if (e.action === "DELETE" || e.parent === "" || e.parent === x) continue;
        const ends = inside.filter((l) => l.action === "DELETE" && l.time >= e.time && (l.parent === e.parent || l.parent === ""));
        add(e.parent, "container", x, e.time, Math.min(Infinity, ...ends.map((l) => l.time)));
        queue.add(e.parent);
      }
    }
    return queue.size > 1;
  };
  if (!walkOut(subject)) lots.forEach(walkOut);
  const made = new Set([subject, ...lots]);
  for (const x of made) {
    for (const e of events(x)) {
      if (!e.outputs.includes(x) && !e.outputClasses.includes(x)) continue;
      for (const input of [...e.inputs, ...e.inputClasses]) {
        if (input === "" || input === x) continue;
        add(input, "input", x, -Infinity, e.time);
        made.add(input);
      }
    }
  }
  return [...found.values()];
}

function lotsOf(subject: string, listed: string[], events: Events): string[] {
  const m = /^01\/([^]*?)\/21\/([^]+)$/.exec(subject);
  if (!m) return [];
  const lots = new Set<string>(), prefix = `01/${m[1]}/10/`;
  const add = (lot: string): unknown => lot !== "" && lots.add(prefix + lot);
  for (const name of listed) if (name.startsWith(prefix)) add(name.slice(prefix.length));
  for (const e of events(subject)) {
    if (!(e.action === "ADD" && e.epcs.includes(subject)) && !e.outputs.includes(subject)) continue;
    for (const id of e.own) if (nameOf(id) === subject) add(lotOf(id));
    e.lots.forEach(add);
    for (const q of e.outputClasses) if (q.startsWith(prefix)) add(q.slice(prefix.length));
  }
  return [...lots];
}
