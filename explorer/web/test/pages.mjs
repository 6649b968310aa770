// Opens pages in Chromium at several widths, in two languages, light and dark, with and without JavaScript, and prints one JSON line
// for each: what axe found, if it scrolls sideways, and errors of the console.
//
//   node pages.mjs BASE PATH...
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [base, ...paths] = process.argv.slice(2);
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const looks = [
  { width: 320, colorScheme: "light", lang: "zh" },
  { width: 390, colorScheme: "dark", lang: "en" },
  { width: 1280, colorScheme: "light", lang: "en" },
];
const contexts = [];
for (const l of looks) {
  contexts.push(await browser.newContext({ viewport: { width: l.width, height: 844 }, colorScheme: l.colorScheme, locale: l.lang === "zh" ? "zh-CN" : "en-GB" }));
}
const still = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 }, locale: "zh-CN" });
try {
  for (const path of paths) {
    for (const [i, { width, lang }] of looks.entries()) {
      const page = await contexts[i].newPage();
      const errors = [];
      const foreign = [];
      page.on("console", (m) => m.type() === "error" && !/status of 4|status of 5/.test(m.text()) && errors.push(m.text()));
      page.on("pageerror", (e) => errors.push(String(e)));
      page.on("request", (r) => !r.url().startsWith(base) && !r.url().startsWith("data:") && foreign.push(r.url()));
      await page.goto(base + path);
      await page.waitForLoadState("load");
      // A page that refreshes itself must still be whole after it has: stopped and started again, it looks anew.
      let refreshed = null;
      if (await page.locator(".pulse").count()) {
        const before = await page.locator("#live table").count();
        await page.evaluate(() => document.querySelector("#live > *").setAttribute("data-old", ""));
        await page.locator(".pulse").click();
        await page.locator(".pulse").click();
        await page.waitForFunction(() => !document.querySelector("[data-old]"));
        refreshed = before > 0 && before === (await page.locator("#live table").count());
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      for (const d of await page.$$("details:not([open]) > summary")) await d.evaluate((s) => (s.parentElement.open = true));
      // evaluate() runs in the page's world without touching its Content-Security-Policy
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      console.log(JSON.stringify({
        path, lang, width, overflow, errors, foreign,
        title: await page.title(), htmlLang: await page.getAttribute("html", "lang"), h1: await page.textContent("h1"),
        refreshed, pulse: await page.locator(".pulse").count(),
        violations: found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`),
      }));
      await page.close();
    }
    const plain = await still.newPage();
    await plain.goto(base + path);
    console.log(JSON.stringify({ path, lang: "zh", script: false, h1: await plain.textContent("h1"), htmlLang: await plain.getAttribute("html", "lang"), errors: [], foreign: [], violations: [], overflow: 0 }));
    await plain.close();
  }
} finally {
  await browser.close();
}
