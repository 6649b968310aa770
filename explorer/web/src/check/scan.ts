// The scan page: its rows are checked against a proof by what this browser trusts.
import { nameOf, parseTrust, verify, type Result, type StepResult, type Trust } from "../../../../verify/ts/src/index.js";
import { Card } from "./card.js";
import { Cards, inputOf } from "./cards.js";
import { Comparer, stepText, type Comparison, type Told, type Verified } from "./compare.js";
import { button, download, el, fold } from "./dom.js";
import { clock, day } from "./said.js";
import { markRest } from "./rest.js";
import { strangeIn } from "./strange.js";
import { fingerprint, forget, keepEvidence, learn, ledgerOf, pinned } from "./trust.js";
import { list, moment, say, warning } from "./words.js";

const furtherProofs = 40; // at most, for rows about containers of ingredients and units of a lot

/** Fetches a text; a refusal is an error in the server's words. */
export async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { cache: "no-store" }), text = await answer.text();
  if (answer.ok) return text;
  let why = `${answer.status}`;
  try {
    why = (JSON.parse(text) as { detail?: string }).detail ?? why;
  } catch {
    // no problem+json: the number says enough
  }
  throw new Error(why);
}

/** Asks for a text at once; that it didn't come is told to who waits for it. */
function ask(url: string): Promise<string> {
  const asked = fetchText(url);
  asked.catch(() => undefined);
  return asked;
}

export const proofAddress = (base: string, id: string): string => `${base}/proof/object/?id=${encodeURIComponent(uriOf(id))}`;

/** The URI of an identifier that may be a name, such as 01/09521202001011/21/A1. */
function uriOf(id: string): string {
  const m = /^(01\/\d{14}\/(?:10|21)|\d{2,4})\/([^]+)$/.exec(id);
  return m ? `https://id.gs1.org/${m[1]}/${encodeURIComponent(m[2])}` : id;
}

/** What to check against: the pinned trust, or what the node tells at the first use. */
export async function chooseTrust(card: Card, asked = fetchText("/trust.json")): Promise<Trust | undefined> {
  const old = pinned(), told = parseTrust(await asked);
  if (!old) return told;
  if (ledgerOf(old.trust) !== ledgerOf(told)) {
    card.set("bad", say("changed", { theirs: fingerprint(told), ours: fingerprint(old.trust) }), say("changedMore"));
    card.root.dataset.failed = "trust";
    card.body.append(forgetting());
    return undefined;
  }
  return old.trust;
}

function forgetting(): HTMLElement {
  let sure = false;
  return button(say("forget"), (b) => {
    if (sure) {
      forget();
      location.reload();
    }
    sure = true;
    b.textContent = say("forgetSure");
  });
}

/** What is said of trust and of the limits of this check. */
export function footer(card: Card, trust: Trust, file: string, kept: boolean): void {
  const p = pinned(), finger = el("b", "mono", fingerprint(p?.trust ?? trust));
  const now = p ? Date.now() - p.since.getTime() < 60000 : true;
  card.body.append(fold(say("trust"), el("p", "", say(now || !p ? "firstUse" : "pinned", { time: p ? moment(p.since) : "" }), finger, kept ? "" : " " + say("notSaved")),
    el("p", "", say("limits")), el("p", "links", download(file, "proof.json", say("save"))), forgetting()));
}

let painted = performance.now();

/** Lets the page be painted, if it wasn't for a while. */
async function breathe(): Promise<void> {
  if (performance.now() - painted < 100) return;
  await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
  painted = performance.now();
}

/** Takes the steps on the card. Steps are painted as they turn. */
export async function run(card: Card, file: string, trust: Trust, want: string): Promise<Result> {
  const onStep = (s: StepResult): Promise<void> => {
    card.step(s);
    return breathe();
  };
  const r = await verify(file, trust, { want: want || undefined, subtle: globalThis.crypto?.subtle, onStep });
  if (r.failed) {
    card.failed(r.failed);
    if (r.failed.step === "fork") card.body.append(download(keepEvidence(r.proof!), "evidence.json", say("evidence")));
  }
  return r;
}

/** What a second opinion is made with. */
const tools = { verify, fetchText, proofAddress, say };
export type Tools = typeof tools;

/** Asks other operators' nodes once it is pressed. */
export function askOthers(peers: string[], trust: Trust, ours: Result): HTMLElement {
  const ul = el("ul", "plain opinions"), ask = button(say("second"), async () => {
    ask.disabled = true;
    ul.replaceChildren();
    try {
      await (await import("./second.js")).opinions(ul, peers, trust, ours, tools);
    } catch (e) {
      ul.append(el("li", "silent", (e as Error).message));
    }
    ask.disabled = false;
  });
  return el("div", "", ask, ul);
}

export const warningsOf = (r: Result): string[] => r.steps.flatMap((s) => s.warnings);

const sealedPart = ({ fact: { sealed: s } }: Verified): string => (s ? " · " + say("sealed", { n: s.count - s.fields.length, m: s.count }) : "");

export function verifiedLine(v: Verified): HTMLElement {
  const text = v.body && (v.step || v.body.type) ? `${day(v.local)} ${clock(v.local)} · ${stepText(v)} · ` : "";
  return el("li", "", `${text}${v.fact.party_name}${v.place ? " · " + v.place : ""} · ${say("record", { time: moment(v.fact.time) })}${sealedPart(v)}`);
}

/** Marks the rows. */
function showRows(card: Card, r: Result, comparer: Comparer, c: Comparison): void {
  for (const [row, v] of c.agreed) {
    row.dataset.check = "ok";
    const name = comparer.registered(row, v), heading = row.closest(".chapter")?.querySelector("h3");
    if (name && heading && !heading.querySelector(".register")) heading.append(" ", el("span", "tag register", say("register", { name })));
    if (comparer.unnamed.has(row) && !row.querySelector(".where .register")) row.querySelector(".where")?.append(" ", el("span", "tag register", say("register", { name: v.place.replace(/^414\//, "") })));
    row.querySelector("details dl")?.append(el("div", "onphone", el("dt", "", say("verified")), el("dd", "", verifiedLine(v).textContent ?? "")));
  }
  for (const d of c.different) if (d.row) differs(d.row, d.verified ? `${list(d.what)}. ${say("ledgerSays")}${verifiedLine(d.verified).textContent}` : list(d.what));
  card.signed(r.facts!);
  if (c.agreed.size) card.line(say("rows", { n: c.agreed.size }));
  if (c.missing.length) card.body.append(el("p", "remark bad", say("missing")), el("ul", "plain", ...c.missing.map(verifiedLine)));
  for (const what of c.recalls) card.line(what, "remark bad");
}

function differs(row: HTMLElement, what: string): void {
  row.dataset.check = "bad";
  row.lastElementChild?.append(el("p", "remark bad", what));
}

/** Rows about containers of ingredients, and about units of a lot, are looked up in proofs of those, each fetched once, several at a
 * time; so are ingredients that the page calls recalled, which may be by their class or prefix. Answers their records, and how many rows say something else. */
async function follow(card: Card, c: Comparison, trust: Trust): Promise<{ told: Told[]; by: Comparer[]; wrong: number; left: number; refused?: StepResult }> {
  const told: Told[] = [], proven: Comparer[] = [], find = (row: HTMLElement): Comparer | undefined => proven.find((p) => p.recordOf(row)?.fact.objects.includes(nameOf(row.dataset.via ?? "")));
  let wrong = 0, left = 0, refused: StepResult | undefined, room = furtherProofs;
  for (const units of [true, false]) { // a unit's proof holds its ingredients
    const rows = c.uncovered.filter((row) => (row.dataset.relation === "units") === units), vias = rows.flatMap((row) => (find(row) ? [] : (row.dataset.via ?? [])));
    if (!units) for (const tag of document.querySelectorAll(".inputs .bad")) vias.push(inputOf(tag.closest("li")!));
    const asked = [...new Set(vias)].slice(0, room), line = asked.length > 2 && card.line("");
    room -= asked.length;
    const fetched = asked.map((via) => fetchText(proofAddress("", via)).catch(() => "")); // no proof: the row is outside
    for (const [i, want] of asked.entries()) {
      if (line) line.textContent = `${say("asking")} ${i}/${asked.length}`;
      const text = await fetched[i], r = await verify(text, trust, { want, onStep: breathe });
      if (text) refused ??= r.failed;
      if (r.facts) proven.push(new Comparer(r));
    }
    if (line) line.remove();
    for (const row of rows) {
      const by = find(row) ?? proven.find((p) => p.facts.subject === nameOf(row.dataset.via ?? "")), v = by?.recordOf(row), what = by && (v ? by.one(row, v) : [say("extra")]);
      row.dataset.check = what ? "bad" : v ? "ok" : "outside";
      if (what) wrong++, differs(row, list(what));
      else if (v) told.push({ ...by!.told(v, units), relation: units ? "units" : "input" });
      else left++, row.lastElementChild?.append(el("p", "remark", say("outside")));
    }
  }
  if (told.length) card.line(say("followed", { n: told.length }));
  if (told.some((t) => t.relation === "units")) card.line(say("someUnits"));
  if (left) card.line(say("uncovered", { n: left }), "remark");
  return { told, by: proven, wrong, left, refused };
}

/** Compares the page with what was verified, and tells the outcome. */
async function comparePage(card: Card, r: Result, trust: Trust, aside: Set<string>, odd?: string): Promise<void> {
  const comparer = new Comparer(r), c = comparer.compare(document);
  showRows(card, r, comparer, c);
  const further = await follow(card, c, trust), told = [...[...c.agreed.values()].map((v) => comparer.told(v)), ...further.told].sort((a, b) => a.time - b.time);
  const cards = new Cards(comparer, told, document, further.by);
  const nothing = document.querySelector("#unknown") && !document.querySelector(".verdicts,.chapter,.head"); // the page of what has no record
  if (!nothing && !further.left && !c.different.length && !c.missing.length) cards.check();
  if (!nothing) markRest(document, (text) => comparer.vouches(text, further.by));
  if (aside.size) card.line(say("aside", { what: [...aside].join(", ") }));
  if (odd) card.line(say("odd", { what: odd }), "remark bad");
  if (further.refused) return card.failed(further.refused);
  if (odd || c.different.length || c.missing.length || c.recalls.length || further.wrong || cards.wrong.size) {
    card.set("bad", say("differs"), say("differsMore"));
    card.root.dataset.failed = "page";
    return;
  }
  const warnings = warningsOf(r), more = [...warnings.map(warning), ...(further.left ? [say("uncovered", { n: further.left })] : [])];
  card.set(more.length ? "warned" : "good", say(more.length ? "warned" : "good"), list(more));
}

/** Checks the page. Words that a translator changes meanwhile couldn't be compared: it is asked to wait. */
export async function checkPage(peers: string[]): Promise<void> {
  const start = performance.now(), asked = ["/proof/object" + location.pathname, "/trust.json"].map(ask); // on their way while the page is looked through
  const page = document.documentElement, card = new Card(), aside = new Set<string>(), odd = strangeIn(aside);
  page.translate = false;
  if (odd) document.body.prepend(card.root); // where it can't be folded away
  else (document.querySelector(".verdicts,#unknown") ?? document.body.firstElementChild!).before(card.root);
  await check(card, peers, start, asked, aside, odd);
  page.removeAttribute("translate");
}

async function check(card: Card, peers: string[], start: number, [proof, told]: Promise<string>[], aside: Set<string>, odd?: string): Promise<void> {
  let file: string, trust: Trust | undefined;
  try {
    trust = await chooseTrust(card, told);
    if (!trust) return;
    file = await proof;
  } catch (e) {
    card.set("warned", say("noproof", { why: (e as Error).message }), say("noproofMore"));
    card.root.dataset.done = "";
    return;
  }
  const arrived = performance.now();
  const want = nameOf("https://id.gs1.org" + location.pathname); // whose domain it is, tells only what isn't a thing's number
  const r = await run(card, file, trust, want);
  let kept = true;
  if (r.facts) {
    kept = learn(trust, r);
    try {
      await comparePage(card, r, trust, aside, odd);
    } catch (e) { // a page so strange that it can't be read isn't one of ours
      card.set("bad", say("differs"), (e as Error).message);
      card.root.dataset.failed = "page";
    }
    card.root.dataset.ms = String(Math.round(performance.now() - arrived));
    card.line(say("scope"));
    if (peers.length) card.body.append(askOthers(peers, trust, r));
  }
  footer(card, trust, file, kept);
  card.root.dataset.done = String(Math.round(performance.now() - start));
}
