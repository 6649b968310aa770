// What the page shows against what was verified: every row of the timeline and every recall.
import { nameOf, readTime, type EventFact, type Facts, type Need, type PartyFact, type RecallFact, type Relation, type Result, type Sealed } from "../../../../verify/ts/src/index.js";
import type { Event } from "../../../../verify/ts/src/story.js";
import { Around } from "./around.js";
import { clock, day, isKnown, known, months, textOf, which } from "./said.js";
import { lang, say, type Word } from "./words.js";

export type Json = Record<string, any>;

/** A verified record, as a page may show it. */
export interface Verified {
  fact: EventFact;
  leaf: string; // its commitment
  body?: Json; // what is shown of it, if it is sealed; undefined if withheld
  time: number; // event time, or when recorded
  local: Date; // the event's time of day at its place, in the UTC fields
  step: string;
  place: string;
}

/** A verified record as part of the page's story. */
export interface Told extends Verified {
  relation: Relation | "units";
  withdrawn: boolean; // by its author, or it is such a declaration
  struck: boolean; // it tells nothing of the goods
  out: boolean; // it put the thing out
  listed: boolean; // it names the thing by a list
}

/** An attribute that a verified record of master data gives to something. */
interface Declared {
  id: string; // a name, or a place or party in one form
  party: string;
  key: string;
  value: string;
  readable: boolean; // it is in the page's language
}

export interface Difference {
  row?: HTMLElement;
  what: string[]; // fields, in words
  verified?: Verified;
}

export interface Comparison {
  agreed: Map<HTMLElement, Verified>;
  different: Difference[];
  missing: Verified[]; // that the page ought to show
  uncovered: HTMLElement[]; // rows about things that the proof doesn't follow
  recalls: string[]; // what is wrong with them
}

function parse(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}

/** A location or party in one form: 414/GLN, 414/GLN/254/EXTENSION or 417/GLN for GS1's, else as it is. */
export function placeOf(id: string): string {
  const urn = /^urn:epc:id:sgln:(\d+)\.(\d*)\.(.+)$/i.exec(id);
  if (urn) {
    const digits = urn[1] + urn[2], sum = [...digits].reduce((s, d, i) => s + Number(d) * (i % 2 ? 3 : 1), 0);
    return `414/${digits}${(10 - (sum % 10)) % 10}` + (urn[3] === "0" ? "" : "/254/" + decodeURIComponent(urn[3]));
  }
  const link = /\/(41[47]\/\d{13}(?:\/254\/[^/?#]+)?)/.exec(id);
  return link ? decodeURIComponent(link[1]).replace(/\/254\/0$/, "") : id;
}

/** All texts in a value of JSON, and each half of "中文 / English". */
export function textsIn(v: unknown): string[] {
  if (typeof v === "string") return [v, ...v.split(" / ")];
  return typeof v === "object" && v !== null ? Object.values(v).flatMap(textsIn) : [String(v)];
}

/** Figures, signs of units and months in dates, and what stands between words. */
const plain = new RegExp(`^([≤≥×~\\s·,，、:：]+|and|溯|${months.join("|")}|[+-]?\\d[\\d.:–-]*%?|°[CFBx]*|[kcmµ]?m[²³]?(/h)?|k?g|m?[tKLlNsG]|[km]?g/L|%|min|days?|h|bar|k?Pa|lx|km/h|GHz|ppm|分钟|小时|天|\\d+年\\d+月\\d+日)?$`, "u");

/** What tells a reader nothing: a hash for an event without a number, and where the record is. */
const code = /^(ni:\/\/\/\S+|\d+-\d+ · 0x[\da-f]{64})$/;

const word = (s: unknown): string => (typeof s === "string" ? s.replace(/^.*[:/#](BizStep-|Disp-)?/, "") : "");

/** A time at the place of an event, in the UTC fields. */
export function localOf(time: number, body?: Json): Date {
  const m = /^([+-])(\d\d):(\d\d)$/.exec(String(body?.eventTimeZoneOffset ?? ""));
  return new Date(time + (m ? (m[1] === "-" ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3])) * 60000 : 0));
}

/** The fields shown of a sealed body, each in its place. */
function shownOf(s: Sealed): Json {
  const out: Json = Object.create(null);
  for (const f of s.fields) {
    const path = f.pointer.slice(1).split("/").map((p) => p.replace(/~1/g, "/").replace(/~0/g, "~")), last = path.pop()!;
    path.reduce((o, p) => (o[p] = Object(o[p] ?? Object.create(null))), out)[last] = JSON.parse(f.value);
  }
  return out;
}

export function verifiedOf({ facts, proof }: Result): Verified[] {
  return facts!.events.map((fact) => {
    const body = fact.sealed ? shownOf(fact.sealed) : fact.body ? parse(fact.body) : undefined;
    const time = readTime(String(body?.eventTime ?? "")) ?? fact.time.getTime();
    const place = (body?.bizLocation as Json)?.id ?? (body?.readPoint as Json)?.id ?? "";
    return { fact, leaf: proof!.leaves[fact.leaf].commitment, body, time, local: localOf(time, body), step: word(body?.bizStep), place: placeOf(String(place)) };
  });
}

/** What verified master data say, of everything. */
function declarations(parties: PartyFact[]): Declared[] {
  const out: Declared[] = [];
  for (const p of parties) for (const body of p.master_data) {
    for (const list of (parse(body)?.vocabularyList as Json[]) ?? []) for (const e of (list.vocabularyElementList as Json[]) ?? []) {
      const id = nameOf(String(e.id)), known = /^(01|00|8003|8004)\//.test(id) ? id : placeOf(String(e.id));
      for (const a of (e.attributes as Json[]) ?? []) {
        const tagged = a.attribute as Json, value = String(tagged?.["@value"] ?? a.attribute);
        out.push({ id: known, party: p.address, key: word(a.id), value, readable: String(tagged?.["@language"] ?? "").startsWith(lang) });
      }
    }
  }
  return out;
}

export function stepText(v: Verified): string {
  return textOf("step", v.step || String(v.body?.type ?? "")) ?? v.step;
}

export const text = (e: Node | null | undefined): string => (e?.textContent ?? "").trim();

export class Comparer {
  readonly facts: Facts;
  readonly master: Declared[];
  readonly verified: Verified[];
  /** Parties of whose master data not all is in the proof. */
  readonly partial: Set<string>;
  readonly word = word;
  private readonly erred = new Set<string>(); // of records that their authors withdrew: by what they are called
  private readonly needs: Map<string, Need>;
  readonly around: Around;
  private readonly byLeaf: Map<string, Verified>;
  private readonly names = new Map<string, { all: string[]; known: boolean }>();
  /** Rows at places whose name no verified master data tell: the number is put beside it. */
  readonly unnamed = new Set<HTMLElement>();

  constructor(result: Result) {
    this.facts = result.facts!;
    this.master = declarations(this.facts.parties);
    this.partial = new Set(result.proof!.leaves.filter((l) => l.kind === 11 && l.body === undefined).map((l) => l.party));
    this.verified = verifiedOf(result);
    this.byLeaf = new Map(this.verified.map((v) => [v.leaf + v.fact.party, v]));
    this.needs = new Map((result.needs ?? []).map((n) => [n.name, n]));
    for (const v of this.verified) if (v.body?.errorDeclaration && !v.fact.sealed) this.erred.add(this.called(v));
    const { subject, lists } = this.facts, told = this.verified.filter((v) => v.fact.kind === 1 && !v.fact.notice && !v.fact.sealed && !this.withdrawn(v)).sort((a, b) => a.time - b.time);
    this.around = new Around(subject, (result.needs ?? []).flatMap((n) => (n.relation === "lot" ? n.name : [])), (name) => told.flatMap((v): Event | [] => {
      const e = result.bodies!.get(result.proof!.leaves[v.fact.leaf]), within = name === subject && e?.list.field === "childEPCs" && lists.some((l) => l.member && l.root === e.list.root);
      return !e || !(within || v.fact.objects.includes(name)) ? [] : within ? { ...e, children: [name] } : e;
    }));
  }

  compare(doc: ParentNode): Comparison {
    const out: Comparison = { agreed: new Map(), different: [], missing: [], uncovered: [], recalls: [] };
    const shown = new Set<Verified>();
    for (const chapter of doc.querySelectorAll(".chapter")) {
      let shownDay = "";
      for (const row of chapter.querySelectorAll<HTMLElement>("ol.steps > li")) {
        shownDay = text(row.querySelector(".day")) || shownDay;
        const v = this.recordOf(row);
        if (!v) {
          if (this.beyond(row)) out.uncovered.push(row);
          else out.different.push({ row, what: [say("extra")] });
          continue;
        }
        const what = shown.has(v) ? [say("extra")] : this.differences(row, v, text(chapter.querySelector("h3")?.firstChild), shownDay);
        const { relation } = this.told(v);
        if (!v.fact.sealed && !this.lateness(row, v).includes(!!row.querySelector(".what > .warn"))) what.push(say("f_late"));
        if (row.dataset.relation !== (relation === "subject" ? "own" : relation)) what.push(say("f_relation"));
        shown.add(v);
        if (what.length) out.different.push({ row, what, verified: v });
        else out.agreed.set(row, v);
      }
    }
    this.recalls(doc, out);
    for (const v of this.verified) {
      if (shown.has(v) || [3, 4, 7].includes(v.fact.kind)) continue; // recalls and lifts are looked at above, a list has no row
      if (v.fact.sealed && v.fact.kind === 2) continue; // told with what it strikes out, which only its parties know
      if (this.belongs(v)) out.missing.push(v);
    }
    return out;
  }

  /** Whether a record is late: when it was made, another party's record of the same thing, or an older one, told of an hour or more
   * after it (trace/gather.go), unless that one is dated ahead of its own block. Both answers where blocks of one second, or a lane that isn't whole, leave it open. */
  private lateness(row: HTMLElement, v: Verified): boolean[] {
    const { via, relation } = row.dataset, hour = 3600e3, at = v.fact.time.getTime();
    const thing = this.facts.objects.find((o) => (via ? o.name === nameOf(via) : o.relation === (relation === "own" ? "subject" : relation))), span = thing && this.around.at(thing.name, v.time);
    const fixes = this.verified.some((d) => ((d.body?.errorDeclaration as Json)?.correctiveEventIDs as string[])?.includes(String(v.body?.eventID)));
    if (this.withdrawn(v) || fixes || relation === "units") return [false];
    if (!thing || !span || Number(thing.records) !== thing.shown) return [true, false];
    const all = this.verified.filter((u) => u !== v && !u.fact.notice && u.fact.objects.includes(thing.name) && u.time >= span[0] && u.time <= Math.min(span[1], u.fact.time.getTime() + 600e3));
    if (all.some((u) => u.fact.sealed)) return [true, false];
    const late = (before: Verified[]): boolean => {
      const newest = before.filter((u) => u.fact.party === v.fact.party).reduce((x: Verified | undefined, u) => (x && x.time >= u.time ? x : u), undefined);
      return before.some((u) => u.time >= v.time + hour && (u.fact.party !== v.fact.party || (u === newest && at - u.fact.time.getTime() >= hour)));
    };
    return [late(all.filter((u) => u.fact.time.getTime() < at)), late(all.filter((u) => u.fact.time.getTime() <= at))];
  }

  /** The verified record that a row shows. */
  recordOf(row: HTMLElement): Verified | undefined {
    return this.byLeaf.get((row.dataset.leaf ?? "") + (row.dataset.by ?? "").toLowerCase());
  }

  recordAt = (v: Verified): Verified | undefined => this.byLeaf.get(v.leaf + v.fact.party);

  /** What is wrong with one row, by a proof of the thing it is about; undefined if nothing is. */
  one(row: HTMLElement, v: Verified): string[] | undefined {
    const chapter = row.closest(".chapter"), days = [...(chapter?.querySelectorAll<HTMLElement>(".day") ?? [])];
    const at = days.filter((d) => d.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING || row.contains(d)).pop();
    const what = this.differences(row, v, text(chapter?.querySelector("h3")?.firstChild), text(at));
    return what.length ? what : undefined;
  }

  /** Whether the proof can't know a row: it is about the container of an ingredient, or about the units of a lot. */
  private beyond(row: HTMLElement): boolean {
    const { relation, via } = row.dataset;
    if (relation === "units") return true;
    return relation === "input" && via !== undefined && !this.facts.objects.some((o) => o.name === nameOf(via));
  }

  /** Whether a page must show a record: it is on the thing or its lot, or on what it was in or made of, at the time that counts. */
  private belongs(v: Verified): boolean {
    if (v.body?.errorDeclaration) return false;
    return v.fact.objects.some((name) => {
      const n = this.needs.get(name);
      if (!n || n.relation === "class") return false;
      return !!this.around.at(name, v.fact.sealed ? v.fact.time.getTime() : v.time);
    });
  }

  private differences(row: HTMLElement, v: Verified, party: string, shownDay: string): string[] {
    const what: string[] = [], differs = (w: Word, args = {}): unknown => what.push(say(w, args));
    const time = row.querySelector("time");
    const sealed = v.fact.sealed;
    if (row.dataset.withheld !== (sealed && String(sealed.count - sealed.fields.length))) differs("f_sealed");
    if (v.body) {
      if (Number(row.dataset.at) !== v.time || Date.parse(time?.dateTime ?? "") !== Math.floor(v.time / 1000) * 1000 || text(time) !== clock(v.local) || shownDay !== day(v.local)) differs("f_time");
      const main = row.querySelector(".what")?.firstChild, words = [textOf("step", v.step || String(v.body.type)), v.step === "commissioning" && textOf("step", "commissioning.lot")];
      if (word(row.dataset.step) !== v.step || (words[0] !== undefined && !words.includes(text(main)))) differs("f_step");
      const state = textOf("state", word(v.body.disposition)) ?? "";
      if (text(row.querySelector(".state")) !== state || !text(row.querySelector(".vh")).endsWith(`${text(main)} ${clock(v.local)}`)) differs("f_step");
      if (placeOf(row.dataset.place ?? "") !== v.place || !this.placeShown(row, v)) differs("f_place");
      const figure = this.strange(row, v);
      if (figure) differs("f_value", { v: figure });
      if (row.classList.contains("alarm") !== /"exception":"ALARM_CONDITION"/.test(v.fact.body) && !row.classList.contains("gone")) differs("f_value", { v: "!" });
    }
    const { via } = row.dataset, tag = text(row.querySelector(".where a"));
    if (via && !v.fact.objects.includes(nameOf(via))) differs("f_relation");
    if (tag && !known.has(tag) && !(via && decodeURIComponent(via).endsWith(tag.replace(/^.*[\s…]/u, "")))) differs("f_relation");
    if (!this.isParty(v.fact.party, party)) differs("f_party");
    if (v.body && !sealed && row.classList.contains("gone") !== this.withdrawn(v)) differs("struck");
    return what;
  }

  /** Whether its author withdrew a record. A declaration repeats the event; one without an eventID is found by what it repeats. */
  private withdrawn(v: Verified): boolean {
    return this.erred.has(this.called(v));
  }

  /** What a declaration and the event it is about have in common. A number of the form ni: is the event's hash, and stands in it seldom. */
  private called({ fact, body, time, step }: Verified): string {
    return `${fact.party} ${/^(?!ni:)./.test(String(body?.eventID ?? "")) ? String(body?.eventID) : `${time} ${step}`}`;
  }

  /** What the register calls a party, and what it calls itself in its own master data. Not known: it has a number, but no names
   * for it are in the proof; a name in another language can't be compared then, and the register's is put beside it. */
  private partyNames(address: string): { all: string[]; known: boolean } {
    let names = this.names.get(address);
    if (!names) {
      const p = this.facts.parties.find((x) => x.address === address), then = this.verified.filter((v) => v.fact.party === address).map((v) => v.fact.party_name);
      const own = this.master.filter((m) => p && m.party === address && m.key === "name" && ["417/" + p.gln, "414/" + p.gln].includes(m.id)).map((m) => m.value);
      names = { all: p ? [...then, p.name, ...own] : then, known: !p?.gln || own.length > 0 };
      this.names.set(address, names);
    }
    return names;
  }

  /** Whether a text can be the name of a party. */
  isParty(address: string, shown: string): boolean {
    const { all, known } = this.partyNames(address);
    return !known || all.includes(shown);
  }

  /** A verified record as part of the story. */
  told(v: Verified, units = false): Told {
    const roots = this.facts.lists.filter((l) => l.member).map((l) => l.root), listed = roots.includes(String(v.body?.["https://github.com/suyuan-ledger/suyuan#list"]?.root) as never);
    const relations = v.fact.objects.map((o) => this.needs.get(o)?.relation ?? "class"), order: Relation[] = ["subject", "lot", "class", "container", "input"];
    const outputs = [...((v.body?.outputEPCList as string[]) ?? []), ...((v.body?.outputQuantityList as Json[]) ?? []).map((q) => String(q.epcClass))].map(nameOf);
    const withdrawn = this.withdrawn(v);
    return { ...v, withdrawn, struck: withdrawn || !!v.body?.errorDeclaration, listed, out: units || listed || outputs.includes(this.facts.subject) || outputs.some((n) => this.needs.get(n)?.relation === "lot"),
      relation: units ? "units" : listed ? "subject" : (order.find((r) => relations.includes(r)) ?? "input") };
  }

  /** Recalls that stand and that their authors didn't take back, but not of containers that may have held it. */
  activeRecalls(): RecallFact[] {
    return this.facts.recalls.filter((r) => r.active && (r.relation !== "container" || this.around.sure.has(r.object)) && !(this.verified[r.event] && this.withdrawn(this.verified[r.event])));
  }

  /** The register's name of a party that the page calls by a name that can't be compared. */
  registered(row: HTMLElement, v: Verified): string | undefined {
    const { all, known } = this.partyNames(v.fact.party);
    return known || all.includes(text(row.closest(".chapter")?.querySelector("h3")?.firstChild)) ? undefined : v.fact.party_name;
  }

  private placeShown(row: HTMLElement, v: Verified): boolean {
    const shown = text(row.querySelector(".where")?.firstChild).replace(/\s*·\s*$/, ""), good = v.place === "" || this.isPlace(v.place, shown);
    if (good === undefined) this.unnamed.add(row);
    return good !== false;
  }

  /** Whether a text can be a place's name: one that verified master data give it. Undefined if they give none. */
  isPlace(place: string, shown: string): boolean | undefined {
    const said = this.master.filter((m) => m.id === place), names = said.filter((m) => m.key === "name").map((m) => m.value), cities = said.filter((m) => m.key === "city").map((m) => m.value);
    if (!names.length) return undefined;
    return shown.startsWith(place.slice(4, 17)) || names.some((n) => shown === n || cities.some((c) => shown === n + (lang === "zh" ? "，" : ", ") + c));
  }

  /** A figure shown at once that stands neither in the record nor in a verified name. */
  private strange(row: HTMLElement, v: Verified): string | undefined {
    let known: Set<string> | undefined;
    for (const li of row.querySelectorAll(":scope > div > .facts > li")) {
      const value = [...li.childNodes].filter((n) => n.nodeName !== "SPAN").map((n) => n.textContent).join("").trim();
      for (const m of /^[≤≥]?\s*(-?\d+(?:\.\d+)?)(?:–(-?\d+(?:\.\d+)?))?/.exec(value)?.slice(1) ?? []) {
        if (m === undefined) continue;
        known ??= new Set(v.fact.body.match(/-?\d+(\.\d+)?/g));
        if (!known.has(m) && !known.has(String(Number(m))) && !this.words().includes(m)) return m;
      }
    }
    return undefined;
  }

  /** All that verified records and master data say, and the ends of what they name. */
  private strings(): string[] {
    const all = [...this.verified.flatMap((v) => [v.body, v.fact.party_name]), ...this.facts.parties.map((p) => p.name), ...this.master.map((m) => m.value), ...this.facts.objects.map((o) => o.name)];
    return textsIn(all).flatMap((s) => [s, decodeURI(s.replace(/^.*\/(?=.)/s, "").replace(/%(?![\da-f]{2})/gi, "%25"))]);
  }

  private said?: Set<string>;
  private readonly vouched = new Map<string, boolean>();

  /** Whether a text that stands anywhere on the page is one that every page has, one of verified records or master data, or put
   * together from such, dates and numbers. */
  vouches(text: string, further: Comparer[] = []): boolean {
    this.said ??= new Set([this, ...further].flatMap((c) => c.strings()));
    let good = this.vouched.get(text);
    if (good === undefined) {
      const read = (): boolean => Object.values(which("", text)?.args ?? [""]).every((a) => a && this.vouches(a));
      this.vouched.set(text, (good = isKnown(text) || code.test(text) || this.composed(text, this.said) || read()));
    }
    return good;
  }

  /** Whether a text is nothing but verified strings and figures in a row, after at most one word that every page has. */
  private composed(text: string, said: Set<string>): boolean {
    const words = text.split(/([\s·,，、:：]+|\band\b)/), good = [true];
    for (let i = 1; i <= words.length; i++) {
      for (let j = 0; j < i && !good[i]; j++) {
        const part = good[j] ? words.slice(j, i).join("") : "x";
        good[i] = good[j] && (said.has(part) || plain.test(part) || (j === 0 && known.has(part)));
      }
    }
    return good[words.length];
  }

  private corpus?: string;

  /** All verified names of parties and what their master data say. */
  private words(): string {
    return (this.corpus ??= this.facts.parties.map((p) => p.name + p.master_data.join()).join());
  }

  private recalls(doc: ParentNode, out: Comparison): void {
    const active = this.activeRecalls(), left = new Set(active.filter((r) => r.relation !== "input")); // those are told beside the ingredient
    for (const banner of doc.querySelectorAll<HTMLElement>(".recall")) {
      const fact = active.find((r) => this.verified[r.event]?.leaf === banner.dataset.leaf);
      if (!fact) out.recalls.push(say("recallInvented"));
      else left.delete(fact);
    }
    for (const r of left) out.recalls.push(say("recallHidden", { what: r.object }));
  }
}
