// What the page shows against what was verified: every row of the timeline and every recall.
import { nameOf, parseProof, readTime, type EventFact, type Facts, type Need, type PartyFact, type Result } from "../../../../verify/ts/src/index.js";
import { lang, say, type Word } from "./words.js";
import vocabulary from "./vocabulary.json";

type Json = Record<string, any>;

/** A verified record, as a page may show it. */
export interface Verified {
  fact: EventFact;
  leaf: string; // its commitment
  body?: Json; // undefined if withheld
  time: number; // event time, or when recorded
  local: Date; // the event's time of day at its place, in the UTC fields
  step: string;
  place: string;
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
  also: number; // verified records outside the story's time
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

const word = (s: unknown): string => (typeof s === "string" ? s.replace(/^.*[:/#](BizStep-|Disp-)?/, "") : "");

function localOf(time: number, body?: Json): Date {
  const m = /^([+-])(\d\d):(\d\d)$/.exec(String(body?.eventTimeZoneOffset ?? ""));
  return new Date(time + (m ? (m[1] === "-" ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3])) * 60000 : 0));
}

export function verifiedOf(facts: Facts, file: string): Verified[] {
  const { leaves } = parseProof(file);
  return facts.events.map((fact) => {
    const body = fact.body ? parse(fact.body) : undefined;
    const time = readTime(String(body?.eventTime ?? "")) ?? fact.time.getTime();
    const place = (body?.bizLocation as Json)?.id ?? (body?.readPoint as Json)?.id ?? "";
    return { fact, leaf: leaves[fact.leaf].commitment, body, time, local: localOf(time, body), step: word(body?.bizStep), place: placeOf(String(place)) };
  });
}

/** Names and cities that verified master data give to places and parties. */
function namesOf(parties: PartyFact[]): Map<string, { names: string[]; cities: string[] }> {
  const out = new Map<string, { names: string[]; cities: string[] }>();
  for (const p of parties) for (const text of p.master_data) {
    for (const list of (parse(text)?.vocabularyList as Json[]) ?? []) for (const e of (list.vocabularyElementList as Json[]) ?? []) {
      const id = placeOf(String(e.id)), known = out.get(id) ?? { names: [], cities: [] };
      for (const a of (e.attributes as Json[]) ?? []) {
        const value = String((a.attribute as Json)?.["@value"] ?? a.attribute), key = word(a.id);
        if (key === "name") known.names.push(value);
        if (key === "city") known.cities.push(value);
      }
      out.set(id, known);
    }
  }
  return out;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
export const day = (d: Date): string =>
  lang === "zh" ? `${d.getUTCFullYear()}年${d.getUTCMonth() + 1}月${d.getUTCDate()}日` : `${d.getUTCDate()} ${months[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
export const clock = (d: Date): string => d.toISOString().slice(11, 16);

const texts = vocabulary as unknown as { step: Record<string, string[]>; state: Record<string, string[]> };
const inLang = (t?: string[]): string | undefined => t?.[lang === "zh" ? 0 : 1];

export function stepText(v: Verified): string {
  return inLang(texts.step[v.step || String(v.body?.type ?? "")]) ?? v.step;
}

const text = (e: Node | null | undefined): string => (e?.textContent ?? "").trim();

export class Comparer {
  private readonly facts: Facts;
  private readonly places: ReturnType<typeof namesOf>;
  private readonly verified: Verified[];
  private readonly erred = new Set<string>(); // of records that their authors withdrew: party with eventID, and with time and step
  private readonly needs: Map<string, Need>;
  /** Rows at places whose name no verified master data tell: the number is put beside it. */
  readonly unnamed = new Set<HTMLElement>();
  private readonly own = new Map<PartyFact, string[]>(); // what parties call themselves

  constructor(result: Result, file: string) {
    this.facts = result.facts!;
    this.places = namesOf(this.facts.parties);
    this.verified = verifiedOf(this.facts, file);
    this.needs = new Map((result.needs ?? []).map((n) => [n.name, n]));
    for (const v of this.verified) if (v.body?.errorDeclaration) this.erred.add(`${v.fact.party} ${String(v.body.eventID)}`).add(`${v.fact.party} ${v.time} ${v.step}`);
  }

  compare(doc: ParentNode): Comparison {
    const out: Comparison = { agreed: new Map(), different: [], missing: [], uncovered: [], recalls: [], also: 0 };
    const known = new Map(this.verified.map((v) => [v.leaf + v.fact.party, v])), shown = new Set<Verified>();
    for (const chapter of doc.querySelectorAll(".chapter")) {
      let shownDay = "";
      for (const row of chapter.querySelectorAll<HTMLElement>("ol.steps > li")) {
        shownDay = text(row.querySelector(".day")) || shownDay;
        const v = known.get((row.dataset.leaf ?? "") + (row.dataset.by ?? "").toLowerCase());
        if (!v) {
          if (this.beyond(row)) out.uncovered.push(row);
          else out.different.push({ row, what: [say("extra")] });
          continue;
        }
        const what = shown.has(v) ? [say("extra")] : this.differences(row, v, text(chapter.querySelector("h3")?.firstChild), shownDay);
        shown.add(v);
        if (what.length) out.different.push({ row, what, verified: v });
        else out.agreed.set(row, v);
      }
    }
    this.recalls(doc, out);
    for (const v of this.verified) {
      if (shown.has(v) || v.fact.kind === 3 || v.fact.kind === 4) continue;
      if (this.belongs(v)) out.missing.push(v);
      else if (!v.body?.errorDeclaration) out.also++;
    }
    return out;
  }

  /** What is wrong with one row, by a proof of the thing it is about; undefined if nothing is. */
  one(row: HTMLElement): string[] | undefined {
    const v = this.verified.find((x) => x.leaf === row.dataset.leaf && x.fact.party === row.dataset.by?.toLowerCase());
    if (!v) return [say("extra")];
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
      return n.relation === "subject" || n.relation === "lot" || (v.time > n.from && v.time < n.until);
    });
  }

  private differences(row: HTMLElement, v: Verified, party: string, shownDay: string): string[] {
    const what: string[] = [], differs = (w: Word, args = {}): unknown => what.push(say(w, args));
    const time = row.querySelector("time");
    if (v.body) {
      if (Number(row.dataset.at) !== v.time || Date.parse(time?.dateTime ?? "") !== Math.floor(v.time / 1000) * 1000 || text(time) !== clock(v.local) || shownDay !== day(v.local)) differs("f_time");
      const main = row.querySelector(".what")?.firstChild, words = [inLang(texts.step[v.step || String(v.body.type)]), v.step === "commissioning" && inLang(texts.step["commissioning.lot"])];
      if (word(row.dataset.step) !== v.step || (words[0] !== undefined && !words.includes(text(main)))) differs("f_step");
      const state = inLang(texts.state[word(v.body.disposition)]) ?? "";
      if (text(row.querySelector(".state")) !== state) differs("f_step");
      if (placeOf(row.dataset.place ?? "") !== v.place || !this.placeShown(row, v)) differs("f_place");
      const figure = this.strange(row, v);
      if (figure) differs("f_value", { v: figure });
      if (row.classList.contains("alarm") !== /"exception":"ALARM_CONDITION"/.test(v.fact.body) && !row.classList.contains("gone")) differs("f_value", { v: "!" });
    }
    const names = this.partyNames(v);
    if (names.known && !names.all.includes(party)) differs("f_party");
    if (v.body && row.classList.contains("gone") !== this.withdrawn(v)) differs("struck");
    return what;
  }

  /** Whether its author withdrew a record. A declaration repeats the event; one without an eventID is found by what it repeats. */
  private withdrawn(v: Verified): boolean {
    return this.erred.has(`${v.fact.party} ${v.body?.eventID ? String(v.body.eventID) : `${v.time} ${v.step}`}`);
  }

  /** What the register calls a party, and what it calls itself in its own master data. Not known: it has a number, but no names
   * for it are in the proof; a name in another language can't be compared then, and the register's is put beside it. */
  private partyNames(v: Verified): { all: string[]; known: boolean } {
    const p = this.facts.parties.find((x) => x.address === v.fact.party);
    if (!p) return { all: [v.fact.party_name], known: true };
    let own = this.own.get(p);
    if (!own) this.own.set(p, (own = (p.gln && namesOf([p]).get("417/" + p.gln)?.names) || []));
    return { all: [v.fact.party_name, p.name, ...own], known: !p.gln || own.length > 0 };
  }

  /** The register's name of a party that the page calls by a name that can't be compared. */
  registered(row: HTMLElement, v: Verified): string | undefined {
    const { all, known } = this.partyNames(v);
    return known || all.includes(text(row.closest(".chapter")?.querySelector("h3")?.firstChild)) ? undefined : v.fact.party_name;
  }

  /** Whether the place's name is one that verified master data give it. */
  private placeShown(row: HTMLElement, v: Verified): boolean {
    const where = row.querySelector(".where")?.firstChild, shown = text(where).replace(/\s*·\s*$/, ""), known = this.places.get(v.place);
    if (v.place === "") return true;
    if (!known?.names.length) return this.unnamed.add(row) !== undefined;
    if (shown.startsWith(v.place.slice(4, 17))) return true;
    return known.names.some((n) => shown === n || known.cities.some((c) => shown === n + (lang === "zh" ? "，" : ", ") + c));
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

  private corpus?: string;

  /** All verified names of parties and what their master data say. */
  private words(): string {
    return (this.corpus ??= this.facts.parties.map((p) => p.name + p.master_data.join()).join());
  }

  private recalls(doc: ParentNode, out: Comparison): void {
    const active = this.facts.recalls.filter((r) => r.active), left = new Set(active);
    for (const banner of doc.querySelectorAll<HTMLElement>(".recall")) {
      const fact = active.find((r) => this.verified[r.event]?.leaf === banner.dataset.leaf);
      if (!fact) out.recalls.push(say("recallInvented"));
      else left.delete(fact);
    }
    for (const r of left) out.recalls.push(say("recallHidden", { what: r.object }));
  }
}
