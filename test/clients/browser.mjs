// Opens pages in headless Chromium as a phone would, and says what it found. Usage:
//   node browser.mjs '{"shots": DIR, "visits": [{"name", "url", "lang", "js", "width", "expect": [text...]}]}'
// For each visit: the page answers, shows the expected texts, has no horizontal scrolling, logs no
// error, asks no other host for anything, and passes axe (WCAG 2.2 A and AA). Prints a JSON list.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const plan = JSON.parse(process.argv[2]);
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function visit(v) {
  const found = { name: v.name, problems: [] };
  const context = await browser.newContext({
    javaScriptEnabled: v.js, locale: v.lang === "zh" ? "zh-CN" : "en-GB", viewport: { width: v.width ?? 390, height: 844 },
    deviceScaleFactor: 2, isMobile: (v.width ?? 390) < 700, hasTouch: true,
  });
  const page = await context.newPage();
  const origin = new URL(v.url).origin;
  page.on("request", (r) => { if (!r.url().startsWith(origin) && !r.url().startsWith("data:")) found.problems.push("asks another host: " + r.url()); });
  page.on("console", (m) => { if (m.type() === "error" && !v.status) found.problems.push("console: " + m.text()); });
  page.on("pageerror", (e) => found.problems.push("script: " + e.message));
  const answer = await page.goto(v.url, { waitUntil: "load" });
  found.status = answer.status();
  if (found.status !== (v.status ?? 200)) found.problems.push(`status ${found.status}, want ${v.status ?? 200}`);
  const text = await page.locator("body").innerText();
  for (const want of v.expect ?? []) if (!text.includes(want)) found.problems.push(`text not found: ${want}`);
  found.title = await page.title();
  if (plan.shots) await page.screenshot({ path: `${plan.shots}/${v.name}.png`, fullPage: true });
  if (v.js) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) found.problems.push(`scrolls sideways by ${wide} px`);
    await page.evaluate(axeSource);
    const axe = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    for (const bad of axe.violations) found.problems.push(`axe ${bad.id}: ${bad.help} (${bad.nodes.map((n) => n.target).join(", ")})`);
    found.axePasses = axe.passes.length;
  }
  await context.close();
  return found;
}

const out = [];
for (const v of plan.visits) out.push(await visit(v));
await browser.close();
console.log(JSON.stringify(out));
