// Opens a scan page through a server that goes away, and once more without it. Prints what the card says each time.
//
//   node offline.mjs BASE PATH
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [base, path] = process.argv.slice(2);
const server = createServer(async (q, r) => {
  try {
    const { accept = "*/*", "accept-language": language = "en" } = q.headers, answer = await fetch(base + q.url, { headers: { accept, "accept-language": language } });
    const headers = Object.fromEntries([...answer.headers].filter(([k]) => /^(content-type|cache-control|content-security-policy|vary)$/.test(k)));
    r.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  } catch (e) {
    r.writeHead(502).end(String(e));
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const here = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const tab = await (await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB" })).newPage();
  const look = async () => {
    await tab.waitForSelector("#check[data-done]", { timeout: 30000 });
    return tab.evaluate(() => ({ card: document.getElementById("check").className.slice(6), answer: document.querySelector("#check .answer").textContent, more: document.querySelector("#check .answer + p").textContent, rows: document.querySelectorAll("[data-check=ok]").length,
      manifest: document.querySelector("link[rel=manifest]")?.getAttribute("href") ?? "" }));
  };
  await tab.goto(here + path);
  await look();
  await tab.waitForFunction(() => navigator.serviceWorker.controller, undefined, { timeout: 30000, polling: 200 });
  await tab.reload(); // what the worker fetched for the page that was open before it is not in the way any more
  console.log(JSON.stringify(await look()));
  await tab.waitForFunction((p) => caches.open("scans").then((c) => Promise.all([p, "/trust.json", "/proof/object" + p, document.querySelector("script[src]").getAttribute("src")].map((a) => c.match(a)))).then((all) => all.every(Boolean)), path, { timeout: 30000, polling: 200 });
  server.close();
  server.closeAllConnections();
  await tab.reload();
  console.log(JSON.stringify({ gone: !server.listening, ...(await look()) }));
} finally {
  await browser.close();
  server.close();
}
