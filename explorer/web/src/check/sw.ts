// Two service workers of one script. Registered for /verify it keeps that page and its scripts beforehand. Registered for all of
// the site by a scan page, it keeps what was answered: the pages that were scanned, with their proofs. Without the network the kept
// answers are given; the check then says how old they are.
interface Lifetime extends Event {
  waitUntil(p: Promise<unknown>): void;
}
interface Fetching extends Lifetime {
  request: Request;
  respondWith(r: Promise<Response>): void;
}
interface Worker {
  registration: { scope: string };
  clients: { claim(): Promise<void>; matchAll(o: object): Promise<{ url: string }[]> };
}
declare const files: string[]; // put before this by the server, with the addresses of this version

const self = globalThis as unknown as Worker, beforehand = self.registration.scope.endsWith("/verify");
const name = "verify " + files.join(), scans = "scans", most = 100; // answers kept of scans
const isScan = (path: string): boolean => /^\/(\d{2,4})\//.test(path);

/** Keeps an answer as the latest, and drops the oldest. One that breaks off leaves the one kept before. */
async function keep(at: string, answer: Response): Promise<void> {
  const c = await caches.open(scans);
  await c.put(at, answer);
  const all = await c.keys();
  for (const old of all.slice(0, Math.max(0, all.length - most))) await c.delete(old);
}

/** Keeps a page that was open before this worker came, with what its check needs. */
async function keepPage(url: URL): Promise<void> {
  const at = url.pathname + url.search, page = await fetch(at, { headers: { Accept: "text/html" } }), html = await page.clone().text();
  await keep(at, page);
  for (const more of ["/trust.json", "/proof/object" + url.pathname, ...Array.from(html.matchAll(/src="(\/assets\/[^"]+)"/g), (m) => m[1])]) await keep(more, await fetch(more));
}

addEventListener("install", (e) => {
  if (beforehand) (e as Lifetime).waitUntil(caches.open(name).then((c) => c.addAll(files)));
});

addEventListener("activate", (e) => {
  const tidy = async (): Promise<void> => {
    for (const n of await caches.keys()) if (n.startsWith("verify ") && n !== name) await caches.delete(n);
    if (beforehand) return;
    await self.clients.claim();
    const open = (await self.clients.matchAll({ type: "window" })).map((c) => new URL(c.url));
    await Promise.all(open.filter((u) => isScan(u.pathname)).map(keepPage));
  };
  (e as Lifetime).waitUntil(tidy());
});

addEventListener("fetch", (e) => {
  const f = e as Fetching, url = new URL(f.request.url), at = url.pathname + url.search;
  if (f.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/verify") {
    const kept = async (): Promise<Response> => (await caches.match(at)) ?? (await caches.match("/verify?lang=" + (url.searchParams.get("lang") === "zh" ? "zh" : "en"))) ?? Response.error();
    f.respondWith(fetch(f.request).catch(kept));
  } else if (files.includes(at)) f.respondWith(caches.match(at).then((r) => r ?? fetch(f.request)));
  else if (!beforehand && ((isScan(url.pathname) && f.request.mode === "navigate") || /^\/(proof\/object\/|trust\.json$|assets\/)/.test(url.pathname))) {
    const answer = fetch(f.request);
    f.waitUntil(answer.then((r) => (r.ok ? keep(at, r.clone()) : undefined)).catch(() => undefined));
    f.respondWith(answer.catch(async () => (await caches.match(at, { cacheName: scans, ignoreVary: true } as MultiCacheQueryOptions)) ?? Response.error()));
  }
});

export {};
