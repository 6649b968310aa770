// Opens a scan page once for each proof that DIR/list.json names ({file, fresh}), in one browser that keeps what it pinned; fresh
// begins with a browser that has seen nothing. Prints a JSON line a visit: the card, and what the browser keeps then.
//
//   node trust.mjs BASE PATH DIR
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [base, path, dir] = process.argv.slice(2);
const html = await (await fetch(base + path, { headers: { Accept: "text/html", "Accept-Language": "en" } })).text();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let tab, proof;
try {
  for (const { file, fresh } of JSON.parse(readFileSync(`${dir}/list.json`, "utf8"))) {
    proof = readFileSync(`${dir}/${file}`, "utf8");
    if (fresh) {
      tab = await (await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB", serviceWorkers: "block" })).newPage();
      await tab.route("**" + path, (r) => r.fulfill({ status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: html }));
      await tab.route("**/proof/object" + path, (r) => r.fulfill({ status: 200, body: proof }));
    }
    await tab.goto(base + path, { waitUntil: "commit" });
    await tab.waitForSelector("#check[data-done]", { timeout: 30000 });
    console.log(JSON.stringify(await tab.evaluate(() => {
      const { className, dataset } = document.getElementById("check"), kept = (k) => localStorage.getItem("suyuan." + k) ?? "";
      return { card: className.slice(6), failed: dataset.failed ?? "", trust: kept("trust"), evidence: kept("evidence") };
    })));
  }
} finally {
  await browser.close();
}
