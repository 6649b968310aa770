// Keeps the page /verify and its scripts, so that it works without a network once loaded. It touches nothing else.
interface Lifetime extends Event {
  waitUntil(p: Promise<unknown>): void;
}
interface Fetching extends Lifetime {
  request: Request;
  respondWith(r: Promise<Response>): void;
}
declare const files: string[]; // put before this by the server, with the addresses of this version

const name = "verify " + files.join();

addEventListener("install", (e) => (e as Lifetime).waitUntil(caches.open(name).then((c) => c.addAll(files))));

addEventListener("activate", (e) =>
  (e as Lifetime).waitUntil(caches.keys().then((all) => Promise.all(all.filter((n) => n.startsWith("verify ") && n !== name).map((n) => caches.delete(n))))));

addEventListener("fetch", (e) => {
  const f = e as Fetching, url = new URL(f.request.url), at = url.pathname + url.search;
  if (f.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/verify") {
    const kept = async (): Promise<Response> => (await caches.match(at)) ?? (await caches.match("/verify?lang=" + (url.searchParams.get("lang") === "zh" ? "zh" : "en"))) ?? Response.error();
    f.respondWith(fetch(f.request).catch(kept));
  } else if (files.includes(at)) f.respondWith(caches.match(at).then((r) => r ?? fetch(f.request)));
});

export {};
