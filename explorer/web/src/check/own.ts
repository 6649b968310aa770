// The page /verify: a proof file or a link, checked against the pinned trust or a file's.
import { nameOf, parseTrust, type Trust } from "../../../../verify/ts/src/index.js";
import { Card } from "./card.js";
import { verifiedOf } from "./compare.js";
import { el, fold } from "./dom.js";
import { askOthers, chooseTrust, fetchText, footer, proofAddress, run, verifiedLine, warningsOf } from "./scan.js";
import { fingerprint, learn, pinned } from "./trust.js";
import { list, say, warning } from "./words.js";

const input = (form: HTMLFormElement, name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;

/** What to check, and what it must be about ("" where only the file says). */
async function proofOf(text: string, file?: File): Promise<{ proof: string; want: string }> {
  if (file) return { proof: await file.text(), want: text === "" ? "" : nameOf(text) || text };
  if (text === "") throw new Error(say("drop"));
  const door = /^https?:\/\/.*\/proof\/(?:object|party|block)\/(.*)$/.exec(text);
  if (door) {
    const id = new URL(text).searchParams.get("id") ?? (/\/proof\/object\//.test(text) ? text.replace("/proof/object/", "/") : door[1]);
    return { proof: await fetchText(text), want: id === "latest" ? "" : nameOf(id) || id };
  }
  const id = nameOf(text) || nameOf(new URL(text.startsWith("/") ? text : "/" + text, location.origin).href);
  if (!id) throw new Error(say("drop"));
  return { proof: await fetchText(proofAddress("", text.startsWith("/") ? location.origin + text : text)), want: id };
}

async function check(form: HTMLFormElement, into: HTMLElement, peers: string[]): Promise<void> {
  const card = new Card();
  into.replaceChildren(card.root);
  try {
    const given = input(form, "trust").files?.[0], { proof, want } = await proofOf(input(form, "link").value.trim(), input(form, "proof").files?.[0]);
    // Without the network, what is pinned is enough.
    const trust: Trust | undefined = given ? parseTrust(await given.text()) : navigator.onLine ? await chooseTrust(card) : pinned()?.trust;
    if (!trust) return;
    if (given) card.line(say("usingFile") + fingerprint(trust));
    const r = await run(card, proof, trust, want);
    if (r.facts) {
      const warnings = warningsOf(r), records = verifiedOf(r);
      card.set(warnings.length ? "warned" : "good", say(warnings.length ? "warned" : "good"), warnings.length ? list(warnings.map(warning)) : "");
      card.signed(r.facts);
      card.line(r.facts.subject, "mono");
      if (r.facts.kind === "object") {
        const rows = records.map((v) => {
          const li = verifiedLine(v);
          if (v.body) li.append(fold("JSON", el("p", "mono", JSON.stringify(v.body))));
          return li;
        });
        card.body.append(rows.length ? el("div", "", el("h3", "", say("facts")), el("ul", "plain", ...rows)) : el("p", "", say("factsNone")));
        if (r.facts.notes) card.line(say("notes", { n: Number(r.facts.notes) }));
        if (peers.length) card.body.append(askOthers(peers, trust, r));
      }
      footer(card, trust, proof, given ? true : learn(trust, r));
    }
  } catch (e) {
    if (card.colour === "checking") card.set("warned", say("bad", { why: (e as Error).message }));
  } finally {
    card.root.dataset.done = "";
  }
}

export function ownPage(form: HTMLFormElement, peers: string[]): void {
  const into = el("div");
  form.after(into);
  form.hidden = false;
  document.getElementById("noscript-note")?.remove();
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    void check(form, into, peers);
  });
  for (const kind of ["dragover", "drop"] as const) {
    document.addEventListener(kind, (e) => {
      e.preventDefault();
      const files = e.dataTransfer?.files;
      if (kind !== "drop" || !files?.length) return;
      input(form, "proof").files = files;
      void check(form, into, peers);
    });
  }
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/verify.sw.js", { scope: "/verify" }).catch(() => undefined); // plain http on a LAN has none
}
