// The scan page: its rows are checked against a proof by what this browser trusts.
import { nameOf, parseTrust, verify, type Result, type StepResult, type Trust } from "../../../../verify/ts/src/index.js";
import { Card } from "./card.js";
import { clock, Comparer, day, stepText, type Comparison, type Verified } from "./compare.js";
import { button, download, el, fold } from "./dom.js";
import { opinions } from "./second.js";
import { fingerprint, forget, keepEvidence, learn, ledgerOf, pinned } from "./trust.js";
import { list, moment, say, warning } from "./words.js";

const furtherProofs = 12; // at most, for rows about containers of ingredients

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

export const proofAddress = (base: string, id: string): string => `${base}/proof/object/?id=${encodeURIComponent(uriOf(id))}`;

/** The URI of an identifier that may be a name, such as 01/09521202001011/21/A1. */
function uriOf(id: string): string {
  const m = /^(01\/\d{14}\/(?:10|21)|\d{2,4})\/([^]+)$/.exec(id);
  return m ? `https://id.gs1.org/${m[1]}/${encodeURIComponent(m[2])}` : id;
}

/** What to check against: the pinned trust, or what the node tells at the first use. */
export async function chooseTrust(card: Card, base = ""): Promise<Trust | undefined> {
  const old = pinned(), told = parseTrust(await fetchText(base + "/trust.json"));
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

/** Takes the steps on the card. Steps are painted as they turn. */
export async function run(card: Card, file: string, trust: Trust, want: string): Promise<Result> {
  let painted = performance.now();
  const onStep = async (s: StepResult): Promise<void> => {
    card.step(s);
    if (performance.now() - painted < 50) return;
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    painted = performance.now();
  };
  const r = await verify(file, trust, { want: want || undefined, subtle: globalThis.crypto?.subtle, onStep });
  if (r.failed) {
    card.failed(r.failed);
    if (r.failed.step === "fork") card.body.append(download(keepEvidence(file), "evidence.json", say("evidence")));
  }
  return r;
}

export const warningsOf = (r: Result): string[] => r.steps.flatMap((s) => s.warnings);

export function verifiedLine(v: Verified): HTMLElement {
  const text = v.body ? `${day(v.local)} ${clock(v.local)} · ${stepText(v)} · ` : "";
  return el("li", "", `${text}${v.fact.party_name}${v.place ? " · " + v.place : ""} · ${say("record", { time: moment(v.fact.time) })}`);
}

/** Marks the rows, and tells the outcome. */
function show(card: Card, r: Result, comparer: Comparer, c: Comparison): void {
  for (const [row, v] of c.agreed) {
    row.dataset.check = "ok";
    const name = comparer.registered(row, v), heading = row.closest(".chapter")?.querySelector("h3");
    if (name && heading && !heading.querySelector(".register")) heading.append(" ", el("span", "tag register", say("register", { name })));
    if (comparer.unnamed.has(row) && !row.querySelector(".where .register")) row.querySelector(".where")?.append(" ", el("span", "tag register", say("register", { name: v.place.replace(/^414\//, "") })));
    row.querySelector("details dl")?.append(el("div", "", el("dt", "", say("verified")), el("dd", "", verifiedLine(v).textContent ?? "")));
  }
  for (const row of c.uncovered) row.dataset.check = "outside";
  for (const d of c.different) {
    if (!d.row) continue;
    d.row.dataset.check = "bad";
    d.row.lastElementChild?.append(el("p", "remark bad", d.verified ? `${list(d.what)}. ${say("ledgerSays")}${verifiedLine(d.verified).textContent}` : list(d.what)));
  }
  card.signed(r.facts!);
  if (c.agreed.size) card.line(say("rows", { n: c.agreed.size }));
  if (c.missing.length) card.body.append(el("p", "remark bad", say("missing")), el("ul", "plain", ...c.missing.map(verifiedLine)));
  for (const what of c.recalls) card.line(what, "remark bad");
  if (c.different.length || c.missing.length || c.recalls.length) {
    card.set("bad", say("differs"), say("differsMore"));
    card.root.dataset.failed = "page";
    return;
  }
  const warnings = warningsOf(r);
  card.set(warnings.length ? "warned" : "good", say(warnings.length ? "warned" : "good"), warnings.length ? list(warnings.map(warning)) : "");
}

/** Rows about containers of ingredients are looked up in proofs of those containers. */
async function follow(card: Card, c: Comparison, trust: Trust): Promise<void> {
  const byThing = new Map<string, HTMLElement[]>();
  for (const row of c.uncovered) if (row.dataset.via) byThing.set(row.dataset.via, [...(byThing.get(row.dataset.via) ?? []), row]);
  let found = 0;
  for (const [via, rows] of [...byThing].slice(0, furtherProofs)) {
    try {
      const file = await fetchText(proofAddress("", via)), r = await verify(file, trust, { want: via });
      if (!r.facts) continue;
      const further = new Comparer(r, file);
      for (const row of rows) {
        const d = further.one(row);
        if (d === undefined) {
          row.dataset.check = "ok";
          found++;
          continue;
        }
        row.dataset.check = "bad";
        row.lastElementChild?.append(el("p", "remark bad", list(d)));
        card.set("bad", say("differs"), say("differsMore"));
        card.root.dataset.failed = "page";
      }
    } catch {
      // no proof: the rows stay marked as outside
    }
  }
  const left = c.uncovered.filter((row) => row.dataset.check === "outside");
  for (const row of left) row.lastElementChild?.append(el("p", "remark", say("outside")));
  if (found) card.line(say("followed", { n: found }));
  if (!left.length) return;
  card.line(say("uncovered", { n: left.length }), "remark");
  if (card.colour === "good") card.set("warned", say("warned"), say("uncovered", { n: left.length }));
}

export async function checkPage(before: Element, peers: string[]): Promise<void> {
  const card = new Card(), start = performance.now();
  before.before(card.root);
  let file: string, trust: Trust | undefined;
  try {
    const asked = fetchText("/proof/object" + location.pathname);
    asked.catch(() => undefined); // told below, after the trust
    trust = await chooseTrust(card);
    if (!trust) return;
    file = await asked;
  } catch (e) {
    card.set("warned", say("noproof", { why: (e as Error).message }), say("noproofMore"));
    card.root.dataset.done = "";
    return;
  }
  const arrived = performance.now();
  const want = nameOf(location.origin + location.pathname);
  const r = await run(card, file, trust, want);
  let kept = true;
  if (r.facts) {
    const comparer = new Comparer(r, file), comparison = comparer.compare(document);
    show(card, r, comparer, comparison);
    card.root.dataset.ms = String(Math.round(performance.now() - arrived));
    kept = learn(trust, r, file);
    await follow(card, comparison, trust);
    card.line(say("scope"));
    if (peers.length) card.body.append(opinions(peers, trust, r, file));
  }
  footer(card, trust, file, kept);
  card.root.dataset.done = String(Math.round(performance.now() - start));
}
