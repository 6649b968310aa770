// Uses the explorer as a member does, in headless Chromium, at a host name that isn't this machine's. Usage:
//   node explorer.mjs '{"base", "key", "shots", "searches": [{"q", "path"}], "document", "capture"}'
// Signs in, looks things up, watches a block come in that this script makes, stops and resumes, downloads, signs out.
// Prints what it saw as JSON.
import { chromium } from "playwright-core";

const plan = JSON.parse(process.argv[2]);
const patience = 10_000;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", `--host-resolver-rules=MAP ${new URL(plan.base).hostname} 127.0.0.1`],
});
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
const page = await context.newPage();
page.setDefaultTimeout(patience);
const out = { errors: [] };
page.on("console", (m) => m.type() === "error" && !/status of 4/.test(m.text()) && out.errors.push(m.text()));
page.on("pageerror", (e) => out.errors.push(String(e)));

const open = async (path) => {
  const res = await page.goto(plan.base + path);
  return res.status();
};
const signIn = async (key) => {
  await page.fill("#key", key);
  await page.click("form.ask button");
};
// capture puts one event on the ledger.
let n = 0;
const capture = async () => {
  const at = new Date(Date.now() - 1000 * ++n).toISOString();
  const res = await fetch(plan.capture, { method: "POST", body: plan.document.replaceAll("TIME", at),
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + plan.key } });
  if (res.status >= 300) throw new Error(`capture: ${res.status} ${await res.text()}`);
};
const first = async () => Number(await page.locator("#blocks tbody th").first().innerText());
const grown = (than) => page.waitForFunction((than) => Number(document.querySelector("#blocks tbody th").innerText) > than, than);

try {
  out.stranger = await open("/explorer/parties");
  await signIn("sy_1_wrong");
  out.refused = await page.locator(".alert.bad").innerText();
  await signIn(plan.key);
  out.signedIn = await page.locator(".leave").innerText();
  out.asked = new URL(page.url()).pathname; // the page that was asked for

  out.found = [];
  for (const { q } of plan.searches) {
    await open("/explorer");
    await page.fill("#find", q);
    await Promise.all([page.waitForURL((u) => u.pathname !== "/explorer"), page.click(".find button")]);
    const hit = page.locator("#hits tbody tr a");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    out.found.push({ q, wide, path: new URL(page.url()).pathname, hits: await hit.evaluateAll((list) => list.map((a) => a.getAttribute("href"))) });
  }

  await open("/explorer");
  await page.waitForSelector(".pulse");
  let before = await first();
  await capture();
  await grown(before);
  await page.click(".pulse"); // stopped: a block comes, and nothing moves
  before = await first();
  await capture();
  out.seenElsewhere = await (async () => {
    for (;;) {
      const list = await (await fetch(plan.api + "/blocks?limit=1")).json();
      if (Number(list.items[0].number) > before) return Number(list.items[0].number);
    }
  })();
  out.still = (await first()) === before;
  await page.click(".pulse");
  await grown(before);
  out.resumed = await first();
  if (plan.shots) await page.screenshot({ path: `${plan.shots}/explorer-live.png`, fullPage: true });

  out.curl = await page.locator("code[data-copy]").textContent();
  const csv = await page.evaluate(async () => {
    const res = await fetch("/explorer/blocks?format=csv");
    return [res.status, res.headers.get("content-type"), res.headers.get("content-disposition"), (await res.text()).split("\n").slice(0, 2)];
  });
  out.csv = { status: csv[0], type: csv[1], name: csv[2], lines: csv[3] };

  await page.click(".leave button");
  out.signedOut = await page.locator(".alert[role=status]").innerText();
  out.after = await open("/explorer/blocks");
} finally {
  await browser.close();
}
console.log(JSON.stringify(out));
