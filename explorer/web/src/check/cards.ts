// What the page says above its timeline, against what verified records say: the goods, both verdicts, recalls, temperatures.
import { nameOf, type ObjectFact, type RecallFact } from "../../../../verify/ts/src/index.js";
import { measures, readingsOf, sumUp, type Limits, type Line, type Reading } from "./cold.js";
import { localOf, text, textsIn, type Comparer, type Json, type Told } from "./compare.js";
import { el } from "./dom.js";
import { clock, day, dayAndTime, read, sentence, span, textOf, which } from "./said.js";
import { say } from "./words.js";

const nameKeys = ["name", "descriptionShort", "tradeItemDescription", "productName", "regulatedProductName"];
const scopes: Record<string, string> = { subject: "own", lot: "lot", class: "class", container: "container", input: "input" };
const numbers = (s: string): number[] => (s.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
const near = (a: number, b: number, by = 1e-6): boolean => Math.abs(a - b) <= by;

/** The name of the ingredient that a part of the list is about; empty if it has none. */
export const inputOf = (li: Element): string => nameOf("https://id.gs1.org" + (li.querySelector("a")?.pathname ?? ""));

/** Who holds the licence that an object falls under now. */
const holderOf = (o?: ObjectFact): string | undefined => o?.licences.filter((l) => !l.until).at(-1)?.holder;

export class Cards {
  /** Elements that say something else than verified records. */
  readonly wrong = new Set<Element>();
  private readonly open: Told[];
  private readonly own: Told[];
  private readonly lot: Told[];
  /** A sealed record may have brought it into being. */
  private readonly closed: boolean;

  constructor(private readonly c: Comparer, private readonly told: Told[], private readonly doc: ParentNode, private readonly further: Comparer[] = []) {
    // What is disclosed of a sealed event is told in its row, and feeds nothing else.
    this.open = told.filter((t) => !t.fact.sealed);
    this.closed = told.some((t) => t.fact.sealed && t.fact.kind < 2 && t.relation === "subject");
    this.own = this.open.filter((t) => t.relation === "subject");
    this.lot = this.open.filter((t) => t.relation === "lot" || t.relation === "units");
  }

  check(): void {
    this.goods();
    for (const banner of this.doc.querySelectorAll<HTMLElement>(".recall")) this.recall(banner);
    const lines = this.cold();
    this.inputs();
    for (const fold of this.doc.querySelectorAll(".journey details.fold")) {
      const n = read("chapter.origin.sum", text(fold.querySelector("summary span")?.lastChild))?.n ?? 1;
      if (Number(n) !== fold.querySelectorAll(".steps > li").length) this.bad(fold.querySelector("summary"));
    }
    this.unit();
    this.record(lines);
  }

  private bad(at: Element | null, verified = ""): void {
    const e = at ?? this.doc.querySelector(".verdicts") ?? document.body;
    if (this.wrong.has(e)) return;
    this.wrong.add(e);
    (e as HTMLElement).dataset.check = "bad";
    const remark = el("span", "remark bad", ` ${say("pageDiffers")}${verified ? say("ledgerSays") + verified : ""}`);
    if (/^(SECTION|DIV|DL|MAIN)$/.test(e.tagName)) e.append(el("p", "", remark));
    else e.append(remark);
  }

  /** Marks what no verified record says or denies. */
  private unproven(at: Element, verified = ""): void {
    at.append(" ", el("span", "tag unproven", say("nodesWord") + (verified && `; ${say("ledgerSays")}${verified}`)));
  }

  /** Commissioning events by time, those of the thing itself first. */
  private made(): Told[] {
    const makes = (t: Told): boolean => !t.struck && (t.body?.type === "TransformationEvent" ? t.out : t.body?.type === "ObjectEvent" && t.body.action === "ADD");
    return [...this.own, ...this.lot].filter(makes);
  }

  private ilmd(t: Told, ...names: string[]): string {
    for (const name of names) for (const [k, v] of Object.entries((t.body?.ilmd ?? {}) as Json)) {
      const s = typeof v === "object" ? (v as Json)?.["@value"] : v;
      if (k.replace(/^.*[:/#]/, "") === name && typeof s === "string") return s;
    }
    return "";
  }

  private date(...names: string[]): string {
    const found = this.made().map((t) => this.ilmd(t, ...names).slice(0, 10)).find((s) => /^\d{4}-\d\d-\d\d$/.test(s));
    return found ?? "";
  }

  private lots(): string[] {
    return this.c.facts.objects.flatMap((o) => (o.relation === "lot" || (o.relation === "subject" && o.name.startsWith("01/")) ? (/\/10\/([^]+)$/.exec(o.name)?.[1] ?? []) : []));
  }

  private expiry = (): string => this.date("itemExpirationDate", "expirationDate");

  /** Name, maker, and what to compare on the pack. */
  private goods(): void {
    const { c, doc } = this, h1 = doc.querySelector("h1"), shown = text(h1), subject = c.facts.subject, maker = this.made()[0];
    const ids = [subject, subject.slice(0, 17)], all = c.master.filter((m) => ids.includes(m.id) && nameKeys.includes(m.key));
    const holder = holderOf(c.facts.objects[0]), readable = (p?: string): string[] => all.filter((m) => m.party === p && m.readable).map((m) => m.value);
    const ours = [...readable(holder), ...readable(maker?.fact.party)];
    if (readable(holder).length && !c.partial.has(maker?.fact.party ?? "")) {
      if (!ours.includes(shown)) this.bad(h1, ours[0]);
    } else if (h1 && !all.some((m) => m.value === shown) && !shown.includes(subject.slice(3, 17))) this.unproven(h1, all[0]?.value);
    const head = document.title.split(" · ")[0];
    if (doc === document && read("title.scan", head)?.name !== shown && read("title.code", head)?.code !== shown) this.bad(h1, document.title);
    const by = doc.querySelector(".title .by"), [says, ...more] = text(by).split(" · "), party = read("declared.by", says)?.party;
    if (by && (!which("declared.", says) || more.some((m) => m !== sentence("name.undeclared")))) this.unproven(by);
    if (maker && (party ? !c.isParty(maker.fact.party, party) : maker.relation !== "lot")) this.bad(by, maker.fact.party_name);
    if (!c.facts.lists.length && (says === sentence("declared.sealed")) !== (this.closed && (maker?.relation ?? "lot") === "lot")) this.bad(by);
    const want: Record<string, string> = { expiry: this.expiry(), bestBefore: this.date("bestBeforeDate", "itemBestBeforeDate"), serial: /^(?:01.+\/21\/|8003\/.{14}|253\/.{13})([^]+)$/.exec(subject)?.[1] ?? "" };
    const lots = this.lots();
    for (const row of doc.querySelectorAll(".compare dl > div")) {
      const key = which("compare.", text(row.querySelector("dt")))?.key ?? "", value = text(row.querySelector("dd > span"));
      if (key === "lot") {
        if (!lots.includes(value)) this.bad(row.querySelector("dd"), lots.join());
      } else if (value !== (key === "serial" ? want[key] : this.dated(want[key]))) this.bad(row.querySelector("dd"), want[key]);
      const told = read("compare.differs", text(row.querySelector(".printed")))?.printed ?? "";
      if (told !== (this.differs(key, value) ?? "")) this.bad(row.querySelector("dd"), this.differs(key, value));
      delete want[key];
    }
    for (const key of ["expiry", "bestBefore"]) if (want[key] && maker && this.own.includes(maker)) this.bad(doc.querySelector(".compare") ?? h1, want[key]);
  }

  /** What the scanned link, which is this page's address, says of a field other than the record does. */
  private differs(key: string, recorded: string): string | undefined {
    const asked = new URLSearchParams(location.search).getAll({ lot: "10", expiry: "17", bestBefore: "15" }[key] ?? ""), path = /\/10\/([^/]+)/.exec(location.pathname)?.[1];
    let said = asked.length === 1 ? asked[0] : key === "lot" && path ? decodeURIComponent(path) : "";
    if (said && key !== "lot") {
      const [y, m, d] = [0, 2, 4].map((i) => Number(said.slice(i, i + 2))), century = Math.round((new Date().getUTCFullYear() - y - 0.5) / 100) * 100;
      said = /^\d{6}$/.test(said) ? day(new Date(Date.UTC(century + y, d ? m - 1 : m, d))) : "";
    }
    return said && said !== recorded ? said : undefined;
  }

  /** What it was made of: names, lots, amounts and origins, by verified transformations and the first record of each. */
  private inputs(): void {
    const { c } = this, eat = (t: Told): Json[] => [...((t.body?.inputEPCList as string[]) ?? []).map((epcClass) => ({ epcClass })), ...((t.body?.inputQuantityList as Json[]) ?? [])].map((q) => ({ ...q, name: nameOf(String(q.epcClass)) }));
    const all = [c, ...this.further], master = all.flatMap((x) => x.master), uses = this.open.flatMap((t) => (t.struck ? [] : eat(t))), recalled = c.activeRecalls().map((r) => r.object);
    const due = new Set<string>([...c.around.made].flatMap(([name, until]) => (until < Infinity ? name : [])).concat(this.open.flatMap((t) => (t.out && !t.struck ? eat(t).map((q) => q.name) : []))));
    due.delete(c.facts.subject);
    for (const li of this.doc.querySelectorAll(".inputs > li")) {
      const [what, where] = li.children, a = what?.querySelector("a"), id = inputOf(li), mine = uses.filter((u) => u.name === id), ids = [id, id.slice(0, 17)];
      due.delete(id);
      if (!a || !mine.length) {
        if (a && !c.facts.omitted.length) this.bad(li);
        else this.unproven(what ?? li);
        continue;
      }
      const names = master.filter((m) => ids.includes(m.id) && nameKeys.includes(m.key)).map((m) => m.value), shown = text(a);
      const holder = holderOf(all.flatMap((x) => x.facts.objects).find((o) => o.name === id)), sure = holder && !all.some((x) => x.partial.has(holder)) && master.some((m) => m.party === holder && m.readable && ids.includes(m.id) && nameKeys.includes(m.key));
      if (!names.includes(shown)) {
        if (sure) this.bad(what, names[0]);
        else if (!shown.includes(id.slice(3, 17))) this.unproven(what, names[0]);
      }
      // By its class or prefix, or not: its own proof tells.
      const back = ids.some((x) => recalled.includes(x)) || this.further.some((x) => x.facts.subject === id && x.activeRecalls().some((r) => !/^(container|input)$/.test(r.relation)));
      if (!!what.querySelector(".bad") !== back) this.bad(what);
      const first = this.told.find((t) => t.body && !t.fact.sealed && !t.withdrawn && t.relation === "input" && t.fact.objects.includes(id) && !eat(t).some((q) => q.name === id));
      const lot = /\/10\/([^]+)$/.exec(id)?.[1] ?? "", rest = text(where).split(" · "), use = mine.find((u) => u.quantity === undefined || text(where).includes(String(u.quantity)));
      const good = text(where.querySelector(".mono")) === lot && (!lot || rest.shift()!.endsWith(lot)) && use && (use.quantity === undefined || Number(numbers(rest.shift()!)[0]) === Number(use.quantity));
      const of = all.find((x) => first && x.recordAt(first)) ?? c, by = rest.shift() ?? "", place = rest.join(" · ");
      if (!good || (first ? !of.isParty(first.fact.party, by) || (place && of.isPlace(first.place, place) === false) : by !== sentence("origins.unrecorded"))) this.bad(where, first && `${first.fact.party_name}, ${first.place}`);
    }
    if (due.size) this.bad(this.doc.querySelector(".inputs")?.parentElement ?? null, [...due].join());
  }

  private dated = (iso = ""): string => (iso ? day(new Date(iso + "T00:00:00Z")) : "");

  private recall(banner: HTMLElement): void {
    const { c } = this, r = c.facts.recalls.find((x: RecallFact) => c.verified[x.event]?.leaf === banner.dataset.leaf), v = r && c.verified[r.event];
    if (!v?.body) return; // told already, or withheld
    const [scope, ...more] = banner.querySelectorAll("p"), line = text(scope), by = /^prefix/.test(r!.object) ? "prefix" : scopes[r!.relation];
    const rest = line.startsWith(sentence("recall.scope." + by)) && line.slice(sentence("recall.scope." + by).length).replace(/^[.。]\s*/, "");
    const args = rest && read("recall.by", rest);
    if (text(banner.querySelector("h2")) !== sentence("recall.title") || !args || args.date !== dayAndTime(v.local) || !c.isParty(v.fact.party, args.party)) {
      this.bad(scope ?? banner, `${v.fact.party_name}, ${dayAndTime(v.local)}`);
    }
    const fields = Object.entries({ ...v.body, ...(v.body.ilmd as Json) }), said = (end: string): string[] => fields.flatMap(([k, x]) => (new RegExp(`(^|[:/#])(recall)?${end}$`, "i").test(k) ? textsIn(x) : []));
    const words = (p?: Element): string => text(p).slice(text(p?.querySelector("b")).length).trim(), reasons = said("reason");
    if (reasons.length && !reasons.includes(words(more.shift()))) this.bad(scope ?? banner, reasons.at(-1));
    for (const p of more) if (!said("instructions").includes(words(p))) this.unproven(p);
  }

  private title(card: Element | null, prefix: string): string {
    const key = which(prefix, text(card?.querySelector(".answer")))?.key ?? "";
    return card && key && card.classList.contains(key.replace(/ /g, "-")) ? key : "";
  }

  /** What is known of this very unit. */
  private unit(): void {
    const card = this.doc.querySelector(".verdict.unit"), { c } = this, shown = this.title(card, "unit."), found = new Map<string, Told[]>();
    const add = (state: string, t: Told): unknown => found.set(state, [...(found.get(state) ?? []), t]);
    for (const r of c.activeRecalls()) if (r.relation !== "input") add("recalled", c.told(c.verified[r.event]));
    let sold: Told | undefined, active = false;
    for (const t of this.own) {
      const disposition = c.word(t.body?.disposition);
      if (!t.body || t.struck) continue;
      if (t.step === "destroying" || disposition === "destroyed" || disposition === "disposed" || (t.step === "decommissioning" && t.body.action === "DELETE")) add("destroyed", t);
      else if (disposition === "returned" || t.step === "retail_selling" || disposition === "retail_sold" || disposition === "dispensed") sold = t;
      else if (/^(sellable_(not_)?accessible|available)$/.test(disposition)) sold = undefined;
      active ||= this.made().includes(t);
    }
    if (sold && c.facts.subject.includes("/21/")) add("sold or returned elsewhere", sold);
    const expiry = this.expiry(), over = expiry ? Date.now() - Date.parse(expiry + "T00:00:00Z") - 864e5 : -1;
    if (over > 0) found.set("expired", []);
    const strong = ["recalled", "destroyed", "sold or returned elsewhere", "expired"], expected = strong.find((s) => found.has(s));
    const quiet = this.own.length > 0 && c.facts.subject.includes("/21/") && !c.facts.lists.length; // nothing but its own records can have made it
    const at = card?.querySelector(".answer") ?? card, made = active || this.closed;
    if (expected ? shown !== expected : strong.includes(shown) && !(shown === "expired" && Math.abs(over) < 864e5)) return this.bad(at, textOf("say", "unit." + expected));
    if (!shown || (shown === "not yet active" && made) || (shown === "not checked" && quiet && !made)) return this.bad(at, textOf("say", `unit.not ${made ? "checked" : "yet active"}`));
    const events = found.get(shown) ?? [];
    for (const li of card?.querySelectorAll("li") ?? []) {
      const r = which("reason.", text(li));
      if (!r) this.unproven(li);
      else if (r.key === "commission-sealed" ? active || !this.closed : r.key === "expired" ? r.args.date !== this.dated(expiry) : r.args.party && !events.some((t) => c.isParty(t.fact.party, r.args.party) && r.args.date === day(t.local))) {
        this.bad(li, events.map((t) => `${t.fact.party_name}, ${day(t.local)}`).join("; ") || expiry);
      }
    }
    if (!card?.querySelector("li")) this.bad(card);
    const not = [...this.doc.querySelectorAll(".not li")].map(text);
    if (!not.includes(sentence("reason.not-genuine"))) this.bad(card, sentence("reason.not-genuine"));
  }

  /** Whether what is shown is what the ledger holds. A page that says it can't tell, or that its store is altered, is left alone. */
  private record(lines: Line[]): void {
    const card = this.doc.querySelector(".verdict.record"), { c } = this, lis = [...(card?.querySelectorAll("li") ?? [])];
    if (!card || /\b(altered|cannot-check)\b/.test(card.className)) return;
    const rows = (which: string): number => this.doc.querySelectorAll(`.chapter li${which}[data-withheld]`).length, sealed = rows(""), late = this.doc.querySelectorAll(".chapter .what > .warn").length;
    const gone = this.open.filter((t) => t.withdrawn).length + rows(".gone"), out = lines.filter((l) => l.excursions.length);
    const lots = this.lots();
    const peak = (l: Line): number => [...l.excursions].sort((a, b) => b.minutes - a.minutes || a.start - b.start)[0].peak;
    const suspended = c.facts.parties.filter((p) => p.suspended && this.told.some((t) => t.fact.party === p.address && t.relation !== "input"));
    const withheld = this.told.filter((t) => !t.body && !t.listed && !t.fact.sealed);
    // Each: what the sentence must say, and whether one is due.
    const checks: Record<string, [due: number, fits: (a: Record<string, string>) => boolean, verified: string]> = {
      late: [late ? 1 : 0, (a) => Number(a.count ?? 1) === late, String(late)],
      corrected: [gone ? 1 : 0, (a) => Number(a.count ?? 1) === gone, String(gone)],
      "withheld-or-damaged": [withheld.length ? 1 : 0, (a) => withheld.filter((t) => c.isParty(t.fact.party, a.party)).length === Number(a.count ?? 1), String(withheld.length)],
      sealed: [sealed ? 1 : 0, (a) => Number(a.count ?? 1) === sealed, String(sealed)],
      "input-recalled": [c.activeRecalls().some((r) => r.relation === "input") ? 1 : 0, () => true, ""],
      "out-of-limits": [out.length, (a) => out.some((l) => l.minutes === Number(a.minutes) && near(peak(l), Number(a.peak)) && a.unit === l.unit), out.map((l) => `${span(l.minutes)}, ${peak(l)} ${l.unit}`).join()],
      "lot-differs": [this.differs("lot", lots[0]) && lots.length ? 1 : 0, (a) => a.printed === this.differs("lot", lots[0]) && lots.includes(a.recorded), lots.join()],
      "date-differs": [0, (a) => [["expiry", this.expiry()], ["bestBefore", this.date("bestBeforeDate", "itemBestBeforeDate")]].some(([k, v]) => a.recorded === this.dated(v) && a.printed === this.differs(k, a.recorded)), ""],
      "lot-conflict": [lots.length > 1 ? 1 : 0, () => lots.length > 1, ""],
      "party-suspended": [suspended.length, (a) => suspended.some((p) => c.isParty(p.address, a.party)), suspended.map((p) => p.name).join()],
      "all-match": [0, (a) => Number(a.records ?? 1) === this.records(), String(this.records())],
    };
    const seen: Record<string, number> = {};
    for (const li of lis) {
      const r = which("reason.", text(li)), check = r && checks[r.key];
      if (!check) this.unproven(li);
      else if (!check[1](r.args)) this.bad(li, check[2]);
      if (r) seen[r.key] = (seen[r.key] ?? 0) + 1;
    }
    for (const [key, [due, , verified]] of Object.entries(checks)) if (due && (seen[key] ?? 0) < due) this.bad(card, verified || sentence("reason." + key));
    const state = this.title(card, "record."), any = Object.entries(checks).some(([key, [due]]) => due > 0 && key !== "sealed");
    if (!state || (state === "intact" && (any || !seen["all-match"])) || (state === "unknown" && this.told.length > 0)) this.bad(card.querySelector(".answer") ?? card, textOf("say", any ? "record.warnings" : "record.intact"));
  }

  /** How many records the ledger holds of it, counted as pages do. */
  private records(): number {
    const whole = this.c.facts.objects.filter((o) => /^(subject|lot|class)$/.test(o.relation)).reduce((n, o) => n + Number(o.records), 0);
    const prefix = this.c.verified.filter((v) => v.fact.objects.some((o) => o.startsWith("prefix "))).length;
    return whole + prefix + this.told.filter((t) => /^(container|input|units)$/.test(t.relation)).length + 2 * this.told.filter((t) => t.listed && !this.lots().length).length;
  }

  /** Temperatures and humidity: tiles, excursions, table and curve. */
  private cold(): Line[] {
    const sections = [...this.doc.querySelectorAll(".cold")], lines: Line[] = [];
    for (const m of measures) {
      const readings = readingsOf(this.open, m.kind);
      if (!readings.length) continue;
      const i = sections.findIndex((s) => (text(s.querySelector("h2")) === sentence("cold.heading")) === (m.kind === "Temperature"));
      if (i < 0) this.bad(null, say("readings", { n: readings.length }));
      const [section] = i < 0 ? [] : sections.splice(i, 1), limits = this.limits(section, m.limits, m.unit), line = sumUp(readings, m.kind, m.unit, limits);
      lines.push(line);
      if (section) this.line(section, line, limits);
    }
    for (const s of sections) this.bad(s);
    return lines;
  }

  /** The limits that the page tells, if verified master data declare them; theirs if the page tells none. */
  private limits(section: Element | undefined, [low, high]: readonly [string, string], unit: string): Limits {
    const { c } = this, p = section?.querySelector(":scope > p.muted"), said = text(p).split(" · ")[0], subject = c.facts.subject;
    const lot = c.facts.objects.find((o) => o.relation === "lot")?.name, declared: (Limits & { party: string })[] = [];
    for (const id of [subject, lot, subject.slice(0, 17)]) for (const party of new Set(c.master.map((m) => m.party))) {
      const value = (key: string): number | undefined => c.master.filter((m) => m.id === id && m.party === party && m.key === key && Number.isFinite(parseFloat(m.value))).map((m) => Number(m.value)).at(-1);
      if (value(low) !== undefined || value(high) !== undefined) declared.push({ min: value(low), max: value(high), party });
    }
    const a = read("cold.limits", said) ?? read("cold.limit.max", said) ?? read("cold.limit.min", said), number = (s?: string): number | undefined => (s === undefined ? undefined : Number(s));
    const told = a && { min: number(a.min), max: number(a.max) }, fits = declared.find((d) => told && d.min === told.min && d.max === told.max && a.unit === unit && c.isParty(d.party, a.party));
    if (fits) return fits;
    if (declared.length && p) this.bad(p, `${declared[0].min ?? ""}–${declared[0].max ?? ""} ${unit}`);
    else if (p && (told || said !== sentence("cold.limits.none"))) this.unproven(p);
    return declared[0] ?? told ?? {};
  }

  private line(section: Element, line: Line, limits: Limits): void {
    const tiles = [...section.querySelectorAll(".tiles dd")], { unit } = line;
    const tile = (e: Element | undefined, good: boolean, verified: string): unknown => !good && this.bad(e ?? section, verified);
    const range = read("cold.range", text(tiles[0]));
    tile(tiles[0], !!range && near(Number(range.min), line.low) && near(Number(range.max), line.high) && range.unit === unit, `${line.low}–${line.high} ${unit}`);
    tile(tiles[1], text(tiles[1]) === (line.excursions.length ? span(line.minutes) : sentence("cold.outofrange.no")), span(line.minutes));
    if (line.kind === "Temperature") tile(tiles[2], near(parseFloat(text(tiles[2])), line.kinetic, 0.06), line.kinetic.toFixed(1));
    tile(tiles.at(-1), text(tiles.at(-1)) === span(line.covered), span(line.covered));
    const shown = [...section.querySelectorAll(".excursions > li")];
    line.excursions.forEach((x, i) => {
      const a = read("cold.excursion", text(shown[i]?.querySelector("b"))), start = localOf(x.start, x.by.body);
      tile(shown[i], !!a && a.span === span(x.minutes) && a.time === dayAndTime(start) && near(Number(a.peak), x.peak) && a.unit === unit, `${span(x.minutes)}, ${dayAndTime(start)}, ${x.peak} ${unit}`);
    });
    for (const more of shown.slice(line.excursions.length)) this.bad(more);
    const p = section.querySelector(":scope > p.muted"), [, sum, ...more] = text(p).split(" · "), within = which("cold.within", sum ?? "");
    if (!within !== line.excursions.length > 0 || (sum && !within) || more.length || tiles.length !== (line.kind === "Temperature" ? 4 : 3) || (within && Number(within.args.n ?? 1) !== line.readings.length)) this.bad(p, say("readings", { n: line.readings.length }));
    this.table(section, line);
    this.curve(section, line, limits);
  }

  private table(section: Element, line: Line): void {
    const runs: (Reading & { out: boolean })[] = [];
    line.readings.slice(0, 1000).forEach((r, i) => {
      const last = runs.at(-1);
      if (line.readings.length > 60 && last?.by === r.by) Object.assign(last, { low: Math.min(last.low, r.low), high: Math.max(last.high, r.high), end: r.end, out: last.out || line.out[i] });
      else runs.push({ ...r, out: line.out[i] });
    });
    const rows = [...section.querySelectorAll("tbody tr")];
    runs.slice(0, 60).forEach((r, i) => {
      const [time, value, state] = rows[i]?.children ?? [], local = localOf(r.start, r.by.body), when = dayAndTime(local) + (r.end > r.start ? "–" + clock(localOf(r.end, r.by.body)) : "");
      const shown = numbers(text(value).replace("–", " "));
      const good = time && text(time) === when && shown.length > 0 && near(shown[0], r.low) && near(shown[1] ?? shown[0], r.high) && text(value).endsWith(line.unit) && !!state.querySelector(".out") === r.out &&
        (text(state) === sentence("cold.table.out")) === r.out;
      if (!good) this.bad(value ?? section, `${when}: ${r.low === r.high ? r.low : `${r.low}–${r.high}`} ${line.unit}`);
    });
    for (const more of rows.slice(Math.min(runs.length, 60))) this.bad(more.children[1] ?? more);
  }

  /** Whether the drawing shows these readings: its heights must be one scale of their values, in their order. */
  private curve(section: Element, line: Line, limits: Limits): void {
    const plot = section.querySelector(".plot"), corners = line.readings.flatMap((r, i) => (r.spot || r.end <= r.start ? [i] : [i, i]));
    if (!plot) return line.readings.length < 3 || line.readings.length > 1000 ? undefined : this.bad(section, say("readings", { n: line.readings.length }));
    if (corners.length > 400) return this.unproven(plot); // drawn thinner than it was read
    const points = (name: string): number[][] => {
      const d = [...plot.querySelectorAll("path." + name)].map((p) => p.getAttribute("d")).join("").replace(/M[\d.-]+ [\d.-]+V[\d.-]+M[\d.-]+ [\d.-]+/g, "");
      return [...d.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
    };
    const half = (i: number): number => (line.readings[i].low + line.readings[i].high) / 2, ys = points("line"), lows = corners.map(half);
    const top = lows.indexOf(Math.max(...lows)), bottom = lows.indexOf(Math.min(...lows)), flat = top === bottom || lows[top] === lows[bottom];
    const scale = flat ? 0 : (ys[top]?.[1] - ys[bottom]?.[1]) / (lows[top] - lows[bottom]), y = (v: number): number => ys[bottom]?.[1] + (v - lows[bottom]) * scale;
    const fits = (list: number[][], values: number[]): boolean => list.length === values.length && list.every((p, i) => near(p[1], y(values[i]), 0.35) && (i === 0 || p[0] >= list[i - 1][0]));
    const lineAt = [...plot.querySelectorAll("path.limit")].map((p) => Number(/^M0 ([\d.-]+)H/.exec(p.getAttribute("d") ?? "")?.[1])), bounds = [limits.max, limits.min].filter((v): v is number => v !== undefined);
    const label = read("cold.chart", plot.querySelector("svg")?.getAttribute("aria-label") ?? "");
    const good = label && Number(label.min) === line.low && Number(label.max) === line.high && fits(ys, lows) && (flat || scale < 0) && fits(points("out"), corners.filter((i) => line.out[i]).map(half)) && lineAt.length === bounds.length &&
      (flat || lineAt.every((v, i) => near(v, y(bounds[i]), 1.5)));
    if (!good) this.bad(plot, say("readings", { n: line.readings.length }));
  }
}
