// Opens scan pages in Chromium on a running network and prints what the check on the phone finds, one JSON line a page.
//
//   node check.mjs BASE PATH... [--throttle]
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const args = process.argv.slice(2), throttle = args.includes("--throttle"), [base, ...paths] = args.filter((a) => !a.startsWith("--"));
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  for (const [i, path] of paths.entries()) {
    const context = await browser.newContext({ viewport: { width: i % 2 ? 320 : 390, height: 844 }, colorScheme: i % 2 ? "dark" : "light", locale: i % 2 ? "en-GB" : "zh-CN" });
    const page = await context.newPage(), errors = [];
    page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
    page.on("pageerror", (e) => errors.push(String(e)));
    if (throttle) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: 6 });
    await page.goto(base + path);
    await page.waitForSelector("#check[data-done]", { timeout: 30000 });
    const found = await page.evaluate(() => {
      const c = document.getElementById("check");
      return { card: c.className, ms: c.dataset.ms, done: c.dataset.done, failed: c.dataset.failed, heading: c.querySelector("h2").textContent, answer: c.querySelector(".answer").textContent, more: c.querySelector(".answer + p").textContent,
        steps: [...c.querySelectorAll(".check-steps > [data-step]")].map((li) => li.dataset.step), trust: [...c.querySelectorAll("details b.mono")].map((b) => b.textContent).join(),
        lines: [...c.querySelectorAll(".check-body > p, .check-body > ul > li")].map((p) => p.textContent), bad: [...document.querySelectorAll("[data-check=bad] .remark.bad")].map((p) => p.textContent),
        wrong: [...document.querySelectorAll("[data-check=bad]")].map((e) => e.textContent.trim().slice(-160)), unproven: [...document.querySelectorAll(".unproven")].map((t) => t.parentElement.textContent.trim().slice(0, 120)),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth };
    });
    await page.evaluate(axe);
    const violations = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    console.log(JSON.stringify({ path, ...found, errors, violations: violations.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`) }));
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-${i}.png` });
    await context.close();
  }
} finally {
  await browser.close();
}
