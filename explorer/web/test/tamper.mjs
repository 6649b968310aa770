// A dishonest server between the browser and a node: changes one thing at a time in the page or in the proof, and prints what the
// check on the phone makes of it, one JSON line a case: {name, want, card, failed}. want is the step that must fail, "page" for a page
// that says something else than the ledger, or "harmless: why". The last lines tell the time on a slow phone and without Ed25519.
//
//   node tamper.mjs BASE PATH [RECALLED [SEALED]] [--some]
//
// RECALLED is the path of something recalled, SEALED that of a unit all of whose records are sealed; the words of their pages are
// changed too. --some takes a third of the other cases.
import { chromium } from "playwright-core";

const some = process.argv.includes("--some"), [base, path, recalled, sealed] = process.argv.slice(2).filter((a) => a !== "--some");
let count = 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const text = async (p) => (await fetch(base + p, { headers: { Accept: p.startsWith("/proof") ? "*/*" : "text/html", "Accept-Language": "en" } })).text();
const trust = await text("/trust.json"), pages = new Map();
const nobody = "/01/09521202001011/21/NOBODY";
for (const p of [path, recalled, sealed, nobody].filter(Boolean)) pages.set(p, { html: await text(p), proof: await text("/proof/object" + p) });
const { html, proof } = pages.get(path);

// swap replaces the first match, and says so if there is none.
const swap = (from, to) => (s) => {
  const out = s.replace(from, to);
  if (out === s) throw new Error(`nothing to change: ${from}`);
  return out;
};
const json = (change) => (s) => {
  const v = JSON.parse(s);
  change(v);
  return JSON.stringify(v);
};
const many = (p) => p.lanes.find((l) => l.leaves.length > 1);
const word = (w) => w.slice(0, -1) + (w.endsWith("0") ? "1" : "0");
const rows = html.match(/<li id="s\d+" [^]*?<\/details>\n?<\/div>\n?<\/li>/g);
const own = rows.filter((r) => r.includes('data-relation="own"')), inside = rows.filter((r) => r.includes('data-relation="container"')), made = rows.filter((r) => r.includes('data-relation="input"'));
const first = own[0], hot = rows.find((r) => r.includes('class="alarm"')) ?? inside[0];
const inRow = (row, from, to) => swap(row, () => swap(from, to)(row));

const page = {
  "a step of the thing itself is left out": ["page", swap(first, "")],
  "the last step of the thing is left out": ["page", swap(own.at(-1), "")],
  "the excursion on the pallet is left out": ["page", swap(hot, "")],
  "a step of an ingredient is left out": ["page", swap(made[0], "")],
  "all steps are left out": ["page", (s) => rows.reduce((t, r) => t.replace(r, ""), s)],
  "a step is shown twice": ["page", swap(first, (r) => r + r)],
  "a step with another leaf": ["page", inRow(first, /data-leaf="0x.{4}/, 'data-leaf="0x0000')],
  "a step by another party": ["page", inRow(first, /data-by="0x.{4}/, 'data-by="0x0000')],
  "a step invented on the thing": ["page", swap(first, (r) => r + r.replace(/data-leaf="[^"]*"/, `data-leaf="0x${"11".repeat(32)}"`))],
  "a step invented on its pallet": ["page", swap(hot, (r) => r + r.replace(/data-leaf="[^"]*"/, `data-leaf="0x${"22".repeat(32)}"`))],
  "a step invented on a followed container of an ingredient": ["page", (s) => {
    const r = rows.find((x) => /data-relation="input" data-via="https:\/\/id.gs1.org\/00/.test(x));
    return swap(r, r + r.replace(/data-leaf="[^"]*"/, `data-leaf="0x${"33".repeat(32)}"`))(s);
  }],
  "the clock shown": ["page", inRow(first, /(<time[^>]*>)\d\d/, "$129")],
  "the machine-readable time": ["page", inRow(first, /datetime="20/, 'datetime="19')],
  "the time to compare": ["page", inRow(first, /data-at="1/, 'data-at="2')],
  "the day shown": ["page", swap(/<p class="day">\d+/, '<p class="day">99')],
  "the kind of step shown": ["page", inRow(first, /<p class="what">[^<]*/, '<p class="what">Destroyed')],
  "the kind of step to compare": ["page", inRow(first, /data-step="[^"]*"/, 'data-step="inspecting"')],
  "the place shown, with its name in the proof": ["page", inRow(hot, /<p class="where">[^<]*/, '<p class="where">Paris')],
  "the place to compare": ["page", inRow(first, /data-place="[^"]*"/, 'data-place="https://id.gs1.org/414/9521606000016"')],
  "the company in the heading": ["page", swap(/(<section class="chapter">\n?<h3>)[^<]*/, "$1Another Company")],
  "a reading of the excursion": ["page", inRow(hot, /(<ul class="facts"><li>(?:<span>[^<]*<\/span> )?)-?\d+(\.\d+)?/, "$1-99")],
  "the alarm is taken away": [hot.includes("alarm") ? "page" : "skip", swap(hot, hot.replace(' class="alarm"', ""))],
  "a step shown as withdrawn": ["page", inRow(first, /<li id="(s\d+)"/, '<li class="gone" id="$1"')],
  "a recall is invented": ["page", swap('<div class="verdicts">', '<section class="recall"><h2>Recalled</h2></section><div class="verdicts">')],
  "the place shown on the first step": ["page", inRow(first, /<p class="where">[^<]*/, '<p class="where">Paris')],
  "how a step belongs to the goods": ["page", inRow(hot, /data-relation="container"/, 'data-relation="input"')],
  "the name of the goods": ["page", swap(/<h1>[^<]*/, "<h1>Golden tea")],
  "the name left out": ["page", swap(/<h1>[^<]*/, "<h1>")],
  "who registered it": ["page", swap(/(<p class="by">Registered by )[^<]*/, "$1Another Company")],
  "the lot to compare": ["page", swap(/(<dt>Lot<\/dt><dd><span class="mono">)[^<]*/, "$1CX7-119")],
  "the serial to compare": ["page", swap(/(<dt>Serial<\/dt><dd><span class="mono">)[^<]*/, "$17QW4ZK9T2N")],
  "the expiry date": ["page", swap(/(<dt>Expires<\/dt><dd><span>\d+ Jan) 20\d\d/, "$1 2099")],
  "the expiry date left out": ["page", swap(/<div><dt>Expires.*?<\/div>/, "")],
  "the verdict on the record": ["page", swap(/(<section class="verdict record [^]*?<p class="answer">)[^<]*/, "$1All is well")],
  "a better verdict on the record": ["page", swap(/(<section class="verdict record) warnings([^]*?<p class="answer">)[^<]*/, "$1 intact$2Intact")],
  "the colour of the record's card": ["page", swap('class="verdict record warnings"', 'class="verdict record intact"')],
  "the minutes in the verdict": ["page", swap(/<li>47 minutes/, "<li>4 minutes")],
  "the peak in the verdict": ["page", swap(/up to 9.4 °C.<\/li>/, "up to 8.1 °C.</li>")],
  "the excursion left out of the verdict": ["page", swap(/<li>47 minutes.*?<\/li>/, "")],
  "the excursion put into soft words": ["page", swap(/<li>47 minutes.*?<\/li>/, "<li>Kept cool at all times.</li>")],
  "the number of corrections": ["page", swap(/<li>2 records were corrected/, "<li>9 records were corrected")],
  "the corrections left out of the verdict": ["page", swap(/<li>2 records were corrected.*?<\/li>/, "")],
  "all remarks replaced": ["page", swap(/(<section class="verdict record [^]*?<ul>)[^]*?<\/ul>/, "$1<li>All 55 records this ledger holds are shown, as they were when signed.</li></ul>")],
  "the verdict on the unit": ["page", swap(/(<section class="verdict unit [^]*?<p class="answer">)[^<]*/, "$1Genuine")],
  "a worse verdict on the unit": ["page", swap(/(<section class="verdict unit) not-checked([^]*?<p class="answer">)[^<]*/, "$1 recalled$2Recalled")],
  "the colour of the unit's card": ["page", swap('class="verdict unit not-checked"', 'class="verdict unit first-use-now"')],
  "the unit's reason left out": ["page", swap(/<li>Nothing in this scan.*?<\/li>/, "")],
  "what isn't proven left out": ["page", swap(/<li>Anyone can copy an outer label.*?<\/li>/, "")],
  "both verdicts left out": ["*", swap(/<section class="verdict record[^]*?<section class="not">/, '<section class="not">')],
  "lowest and highest": ["page", swap(/3.2 to 9.4 °C/, "3.2 to 7.4 °C")],
  "the time out of limits": ["page", swap(/<dd>47 min<\/dd>/, "<dd>7 min</dd>")],
  "no time out of limits": ["page", swap(/<dd>47 min<\/dd>/, "<dd>none</dd>")],
  "the mean kinetic temperature": ["page", swap(/<dd>4.5 °C<\/dd>/, "<dd>3.5 °C</dd>")],
  "the time the readings cover": ["page", swap(/<dd>14 h 37 min<\/dd>/, "<dd>44 h 37 min</dd>")],
  "the limits": ["page", swap(/Limits 0 to 8 °C/, "Limits 0 to 10 °C")],
  "who set the limits": ["page", swap(/(Limits 0 to 8 °C, set by )[^<]*/, "$1Another Company")],
  "no limits": ["page", swap(/Limits 0 to 8 °C, set by [^<]*/, "No limits are registered")],
  "the temperatures left out": ["page", swap(/<section class="cold">[^]*?<\/section>/, "")],
  "temperatures invented": ["page", swap(/<section class="cold">[^]*?<\/section>/, (x) => x + x)],
  "the excursion's span": ["page", swap(/<li><b>47 min/, "<li><b>4 min")],
  "the excursion's time": ["page", swap(/(<li><b>47 min from )\d+ Nov/, "$11 Jan")],
  "the excursion's peak": ["page", swap(/(<li><b>47 min[^<]*)9.4/, "$18.4")],
  "the excursion not listed": ["page", swap(/<ul class="excursions">[^]*?<\/ul>/, "")],
  "a reading in the table": ["page", swap(/>9.4 °C<\/td>/, ">7.9 °C</td>")],
  "a reading's time in the table": ["page", swap(/09:12–09:59/, "09:12–09:13")],
  "a reading said to be within": ["page", swap('<b class="out">outside</b>', "within")],
  "a reading left out of the table": ["page", swap(/<tr><th scope="row">[^<]*09:12–09:59[^]*?<\/tr>\n?/, "")],
  "a reading added to the table": ["page", swap(/<tr><th scope="row">[^<]*09:00<[^]*?<\/tr>\n?/, (x) => x + x)],
  "a point of the curve": ["page", swap(/(<path class="line" d="[^"]*L\d+\.\d) 13\.1/, "$1 44.0")],
  "a point left out of the curve": ["page", swap(/(<path class="line" d="M8.0 73.0h.1M[\d.]+ [\d.]+)L[\d.]+ [\d.]+/, "$1")],
  "the curve drawn lower": ["page", swap(/<path class="limit" d="M0 27.1H/, '<path class="limit" d="M0 9.0H')],
  "what lies outside not marked on the curve": ["page", swap(/<path class="out" d="[^"]*"/, '<path class="out" d=""')],
  "the curve left out": ["page", swap(/<div class="plot">[^]*?<\/svg><\/svg>|<div class="plot"><svg[^]*?<\/svg><p/, "<div><p")],
  "a sentence added to the verdict": ["marked", swap(/(<section class="verdict record [^]*?<ul>)/, "$1<li>Awarded a gold medal.</li>")],
  "another reason on the unit's card": ["marked", swap(/<li>Nothing in this scan[^<]*/, "<li>Hello")],
  "the name of an ingredient": ["page", swap(/(<li class="d1"><p class="what"><a[^>]*>)[^<]*/, "$1Golden apples")],
  "a place on the map": ["harmless: the map is marked as the node's word", swap(/(<ol class="places">[^]*?<span class="name">)[^<]*/, "$1Paris")],
  "the lot of an ingredient": ["page", swap(/(<ul class="inputs">[^]*?<span class="mono">)[^<]*/, "$1GOLD")],
  "the amount of an ingredient": ["page", swap(/(<ul class="inputs">[^]*?<\/span> · )\d+/, "$199")],
  "who an ingredient is from": ["page", swap(/(<ul class="inputs">[^]*?<p class="where">[^]*? · [^·]*· )[^·<]*/, "$1Another Company ")],
  "an ingredient left out of the list": ["page", swap(/(<ul class="inputs">\n?)<li[^]*?<\/li>\n?/, "$1")],
  "all ingredients left out of the list": ["page", swap(/<section>\n<h2>[^<]*<\/h2>\n<ul class="inputs">[^]*?<\/section>/, "")],
  "an ingredient invented": ["page", swap(/(<ul class="inputs">\n?)(<li[^]*?<\/li>)/, (x, a, b) => a + b.replace(/href="[^"?]*/, 'href="/01/09521202009024/10/GOLD') + b)],
  "an ingredient said to be recalled": ["page", swap(/(<li class="d1"><p class="what"><a[^>]*>[^<]*<\/a>)/, '$1 <span class="tag bad">recalled</span>')],
  "a late record not said to be late": ["page", swap(/ <span class="tag warn">recorded late<\/span>/, "")],
  "a record said to be late": ["page", inRow(first, /(<p class="what">[^<]*)/, '$1 <span class="tag warn">recorded late</span>')],
  "the number of late records": ["page", swap(/<li>2 records were made late/, "<li>1 records were made late")],
  "through what a step belongs to the goods": ["page", inRow(hot, /data-via="[^"]*"/, 'data-via="https://id.gs1.org/00/095213030007301182"')],
  "what the title says": ["page", swap(/<title>[^<]*/, "<title>Genuine")],
  "what the curve says to a reader who can't see": ["page", swap(/highest 9\.4 °C\."/, 'highest 7.4 °C."')],
  "how many readings, in soft words": ["page", swap(/(<p class="muted">Limits [^<]*)/, "$1 · Kept cool at all times.")],
  "a tile more": ["page", swap(/<div><dt>Time the readings cover/, "<div><dt>Lowest and highest</dt><dd>3 to 4 °C</dd></div>$&")],
  "praise in a paragraph": ["marked", swap('<div class="verdicts">', '<p>Tested and found genuine by this very phone.</p>$&')],
  "praise in a part of its own": ["marked", swap('<div class="verdicts">', '<section class="panel"><h2>Genuine</h2><p>By order of the ministry.</p></section>$&')],
  "praise above the page": ["marked", swap("<header>", "<header><p>Genuine</p>")],
  "praise in the verdict's card": ["marked", swap(/<section class="verdict record [^>]*>/, '$&<p class="muted">Genuine beyond doubt</p>')],
  "praise in a step": ["marked", inRow(first, /<p class="where">/, '<p class="remark">Seen by an inspector</p>$&')],
  "praise put together from the page's words": ["marked", swap('<div class="verdicts">', "<p>Intact conforms signed by a third party</p>$&")],
  "praise over the curve": ["marked", swap(/<\/svg><p class="axis"/, '<text x="9" y="9">All is well</text>$&')],
  "letters that run backwards": ["marked", swap('<div class="verdicts">', "<p>\u202Eeniuneg</p>$&")],
  "the name, running backwards": ["page", swap("<h1>", "<h1>\u202E")],
  "a class that spares praise the mark": ["marked", swap('<div class="verdicts">', '<p class="state">Genuine</p>$&')],
  "a mark of the check's own, beforehand": ["page", swap('<div class="verdicts">', '<p class="onphone">Genuine</p>$&')],
  "a step ticked beforehand": ["harmless: the tick is taken off", inRow(first, /<li /, '<li data-check="ok" ')],
  "a card of the check, made up, with its name": ["page", swap('<div class="verdicts">', '<section id="check" class="check good"><p class="answer">Checked on this phone</p></section>$&')],
  "a card of the check, made up": ["page", swap('<div class="verdicts">', '<section class="check good"><p class="answer">Checked on this phone</p></section>$&')],
  "the check's card hidden": ["page", swap("</head>", "<style>#check{display:none}</style></head>")],
  "one rule more in the style": ["page", swap("</style>", ".check.bad{background:#fff}</style>")],
  "a style sheet from elsewhere": ["page", swap("</head>", '<link rel="stylesheet" href="/verify.css"></head>')],
  "a style on an element": ["page", swap('<section class="verdict record', '<section style="display:none" class="verdict record')],
  "a verdict hidden": ["page", swap('<section class="verdict record', '<section hidden class="verdict record')],
  "a verdict off the screen": ["page", swap('class="verdict record', 'class="vh verdict record')],
  "a verdict only seen on paper": ["page", swap('class="verdict record', 'class="code verdict record')],
  "a verdict folded away": ["page", (s) => swap('<div class="verdicts">', '<details><summary>More</summary><div class="verdicts">')(s).replace(/(<section class="not">[^]*?<\/section>\n?<\/div>)/, "$1</details>")],
  "a verdict that a screen reader doesn't read": ["page", swap('<section class="verdict record', '<section aria-hidden="true" class="verdict record')],
  "a style that is off on screens": ["page", swap("<style>", '<style media="print">')],
  "what a screen reader says of a verdict": ["page", swap('<section class="verdict record', '<section aria-label="Genuine" class="verdict record')],
  "what a screen reader says of a step": ["page", inRow(first, /(<span class="vh">Details: )[^<]*/, "$1Genuine 00:00")],
  "a second verdict": ["page", swap(/<section class="verdict unit [^]*?<\/section>/, (x) => x + x)],
  "a second name": ["page", swap("<h1>", "<h1>Golden tea</h1><h1>")],
  "a picture of a seal": ["page", swap('<div class="verdicts">', '<img src="/qr.png" alt="Genuine">$&')],
  "a drawing of a seal": ["page", swap('<div class="verdicts">', '<svg viewBox="0 0 9 9"><text>Genuine</text></svg>$&')],
  "a page within the page": ["page", swap('<div class="verdicts">', '<iframe src="/"></iframe>$&')],
  "a form": ["page", swap('<div class="verdicts">', '<form action="/lookup"><label>Your number</label></form>$&')],
  "a link that can't be read": ["page", swap('<p class="links">', '<p class="links"><a href="http://[">Genuine</a>')],
  "a link that is a script": ["page", swap('<p class="links">', '<p class="links"><a href="javascript:1">Genuine</a>')],
  "a link to somewhere else": ["page", swap('<p class="links">', '<p class="links"><a href="https://example.com/">Claim your prize</a>')],
  "another script": ["page", swap("</head>", '<script src="/assets/explorer.js"></script></head>')],
  "a script in an attribute": ["page", swap("<main ", '<main onclick="1" ')],
  "a page that goes elsewhere": ["page", swap("</head>", '<meta http-equiv="refresh" content="900;url=/"></head>')],
  "another base of links": ["page", swap("<head>", '<head><base href="/x/">')],
  "a text that only shows when pointed at": ["page", swap('<section class="verdict record', '<section title="Genuine" class="verdict record')],
  "the label of a column on narrow screens": ["page", swap(/<td data-l="[^"]*"/, '<td data-l="Genuine"')],
  "a comment in the page": ["harmless: nobody sees it", swap("</main>", "<!-- x --></main>")],
};
/** What others put into an honest page, and what a dishonest one would like to pass for that. */
const end = (html) => swap("</main>", html + "$&"), head = (html) => swap("</head>", html + "</head>");
const parts = {
  "names without a meaning": ["harmless: taken off", (s) => s.replace("<html", '<html data-darkreader-mode="dynamic" x-ext="1"').replace("<body", '<body cz-shortcut-listen="true" data-gr-ext-installed=""').replaceAll("<div", '<div bis_skin_checked="1"')],
  "a larger text": ["harmless: the reader wants it", swap("<body", '<body style="-webkit-text-size-adjust: 130%"')],
  "a smaller text": ["page", swap("<body", '<body style="-webkit-text-size-adjust: 10%"')],
  "an empty element of an extension": ["harmless: taken out", end('<deepl-input-controller translate="no"></deepl-input-controller>')],
  "an element of that kind, with words": ["page", end("<x-seal>Genuine</x-seal>")],
  "an element of that kind, painted": ["page", end('<x-seal style="position:fixed;inset:0;background:url(/qr.png)"></x-seal>')],
  "a hidden bridge": ["harmless: taken out", end('<iframe id="__Bridge" style="display: none;" src="weixin://dispatch_message/"></iframe>')],
  "a hidden page of this server": ["page", end('<iframe style="display:none" src="/"></iframe>')],
  "a hidden page in the page": ["page", end('<iframe style="display:none" srcdoc="x"></iframe>')],
  "a hidden script": ["page", end('<iframe style="display:none" src="javascript:1"></iframe>')],
  "a frame that shows": ["page", end('<iframe src="weixin://x"></iframe>')],
  "hidden words": ["page", end('<div style="display:none">Genuine</div>')],
  "a curtain": ["page", end('<div style="position:fixed;inset:0;background:#fff"></div>')],
  "a style that touches nothing": ["harmless: taken out", head("<style>.ad-banner{display:none!important}</style>")],
  "a style that hides a verdict": ["page", head("<style>.verdict{display:none}</style>")],
  "a style that hides the card, once it is there": ["page", head("<style>#check{display:none}</style>")],
  "a style that speaks": ["page", head('<style>.answer:before{content:"Genuine "}</style>')],
  "a style that draws letters": ["page", head('<style>@font-face{font-family:serif;src:url(/x)}</style>')],
  "a style that fetches another": ["page", head('<style>@import "/verify.css";</style>')],
  "a style for paper and screens": ["page", head("<style>@media all{.verdict{display:none}}</style>")],
  "a style of an extension": ["harmless: no server can send it", head('<link rel="stylesheet" href="moz-extension://1/x.css">')],
  "a translator's words": ["page", swap(/<h1>([^<]*)/, '<h1><font style="vertical-align:inherit">Or</font>')],
  "other words in a closed tree": ["harmless: they are taken out", swap(/(<section class="verdict record [^]*?<p class="answer">)/, '$1<template shadowrootmode="closed">All is well</template>')],
  "other words in an open tree": ["harmless: they are taken out", swap(/(<section class="verdict record [^]*?<p class="answer">)/, '$1<template shadowrootmode="open" shadowrootclonable>All is well</template>')],
  "words in a field": ["page", swap(/(<h1>)/, '<form class="ask" action="/lookup"><input value="Genuine"></form>$1')],
  "a picture in a field": ["page", swap(/(<h1>)/, '<form class="ask" action="/lookup"><input type="image" src="/qr.png"></form>$1')],
};
/** What a browser does to the page before its scripts run. */
const before = (change) => (context) => context.addInitScript(`document.addEventListener("readystatechange", () => { if (document.readyState === "interactive") (${change})(document.documentElement); })`);
const byBrowser = {
  "WeChat": before((html) => {
    for (const [id, src] of [["__WeixinJSBridgeIframe_SetResult", "weixin://private/setresult/x"], ["__WeixinJSBridgeIframe", "weixin://dispatch_message/"]]) {
      const f = document.createElement("iframe");
      Object.assign(f, { id, src }).style.display = "none";
      html.append(f);
    }
    document.body.style.webkitTextSizeAdjust = "120%";
  }),
  "an app's night mode": before((html) => html.append(Object.assign(document.createElement("style"), { textContent: "html{filter:brightness(50%)}" }))),
  "an extension with a button": before((html) => html.append(Object.assign(document.createElement("div"), { textContent: "译", style: "position:fixed;right:0;top:50%" }))),
  "marks on fields": before(() => document.querySelectorAll("input,a").forEach((e, i) => e.setAttribute("__gchrome_uniqueid", i))),
};
const banner = {
  "the banner left out": ["page", swap(/<section class="recall"[^]*?<\/section>/, "")],
  "the banner's heading": ["page", swap(/(<section class="recall"[^>]*>\n?<h2>)[^<]*/, "$1Good news")],
  "how far it reaches": ["page", swap(/Recalled: [^.<]*/, "Recalled: another product")],
  "who recalls": ["page", swap(/(Recalled: [^<]*By )[^,<]*/, "$1Another Company")],
  "when": ["page", swap(/(Recalled: [^<]*, )\d+ \w+/, "$11 Jan")],
  "why": ["page", swap(/(<b>Reason<\/b> )[^<]*/, "$1A festive colour")],
  "the reason left out": ["page", swap(/<p><b>Reason<\/b>[^<]*<\/p>\n?/, "")],
  "the verdict on the unit": ["page", swap(/(<section class="verdict unit) recalled([^]*?<p class="answer">)[^<]*/, "$1 not-checked$2Not checked")],
  "who and when on the unit's card": ["page", swap(/<li>Recalled by [^<]*/, "<li>Recalled by Another Company on 1 Jan 2026.")],
  "what to do": ["harmless: it is marked as the node's word where no record says so", swap(/(<b>What to do<\/b> )[^<]*/, "$1Enjoy it")],
};
const closed = {
  "as it is": ["harmless: nothing is changed", (s) => s],
  "said not to be in use": ["page", swap(/(<section class="verdict unit) not-checked([^]*?<p class="answer">)[^<]*/, "$1 not-yet-active$2Not yet in use")],
  "said to be registered by nobody": ["page", swap(/(<p class="by">)[^<]*/, "$1Registered by nobody yet")],
  "said to be registered by somebody": ["page", swap(/(<p class="by">)[^<]*/, "$1Registered by Another Company")],
  "the record is left out": ["page", swap(/<li id="s\d+" [^]*?<\/details>\n?<\/div>\n?<\/li>/, "")],
  "the record is said to hide less": ["page", swap(/data-withheld="\d+"/, 'data-withheld="1"')],
};
const unknown = {
  "as it is": ["harmless: nothing is changed", (s) => s],
  "a picture of a seal": ["page", swap("<main ", '<img src="/qr.png" alt="Genuine"><main ')],
  "a verdict": ["page", swap('<div id="unknown">', '<div class="verdicts"><section class="verdict unit not-checked"><p class="answer">Genuine</p></section></div>$&')],
};
const file = {
  "not JSON": ["format", (s) => s.slice(1)],
  "an unknown field": ["format", json((p) => (p.more = 1))],
  "another chain id": ["network", json((p) => (p.commit.header.chain_id = "suyuan-1"))],
  "about another bottle": ["format", json((p) => (p.subject.id = p.subject.id.slice(0, -1) + "X"))],
  "another name for the thing": ["subject", json((p) => (p.objects[0].primary = word(p.objects[0].primary)))],
  "a validator with more power": ["validators", json((p) => (p.validators[0].power = "999"))],
  "a validator more": ["validators", json((p) => p.validators.push(p.validators[0]))],
  "a signature changed": ["signatures", json((p) => (p.commit.signatures[0].signature = word(p.commit.signatures[0].signature)))],
  "a signature too few": ["signatures", json((p) => (p.commit.signatures = p.commit.signatures.slice(0, 2)))],
  "a signature twice": ["signatures", json((p) => (p.commit.signatures[1] = p.commit.signatures[0]))],
  "a younger date": ["signatures", json((p) => (p.commit.header.time.seconds = String(BigInt(p.commit.header.time.seconds) + 9n)))],
  "another app hash": ["signatures", json((p) => (p.commit.header.app_hash = word(p.commit.header.app_hash)))],
  "another block": ["block", json((p) => (p.block = word(p.block)))],
  "a node of the trie changed": ["heads", json((p) => (p.nodes = p.nodes.map(word)))],
  "a head changed": ["slots", json((p) => (p.lanes[0].head = word(p.lanes[0].head)))],
  "a node more": ["slots", json((p) => p.nodes.push("0xc0"))],
  "a leaf left out": ["*", json((p) => many(p).leaves.pop())],
  "two leaves change places": ["leaves", json((p) => many(p).leaves.reverse())],
  "a leaf by another party": ["leaves", json((p) => (p.leaves[many(p).leaves[0]].party = "0x" + "11".repeat(20)))],
  "a leaf at another time": ["leaves", json((p) => (p.leaves[many(p).leaves[0]].time = "1"))],
  "a word in a record": ["bodies", json((p) => { const l = p.leaves.find((x) => x.body?.includes("bizStep")); l.body = l.body.replace("bizStep", "bizSteq"); })],
  "a register lane left out": ["*", json((p) => { p.lanes = p.lanes.filter((l) => p.objects[l.object].kind !== 40); })],
  "a licence left out": ["*", json((p) => { delete p.objects[0].licences; })],
  "a lot left out": ["*", json((p) => { const i = p.objects.findIndex((o) => o.name?.includes("/10/")); p.lanes = p.lanes.filter((l) => l.object !== i); })],
  "white space": ["harmless: the same values", (s) => " " + s],
};

let shown, handed;
async function open(prepare = async () => {}, path = process.argv[3]) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB", serviceWorkers: "block" }), tab = await context.newPage();
  await tab.route("**" + path, (r) => r.fulfill({ status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: shown }));
  await tab.route("**/trust.json", (r) => r.fulfill({ status: 200, body: trust }));
  await tab.route("**/proof/object" + path, (r) => r.fulfill({ status: 200, body: handed }));
  await prepare(context, tab);
  return tab;
}

async function look(tab, changePage, changeProof, path = process.argv[3]) {
  const { html, proof } = pages.get(path);
  [shown, handed] = [changePage(html), changeProof(proof)];
  await tab.goto(base + path, { waitUntil: "commit" });
  await tab.waitForSelector("#check[data-done]", { timeout: 30000 });
  const found = await tab.evaluate(() => {
    const { className, dataset } = document.getElementById("check");
    return { card: className.slice(6), failed: dataset.failed ?? "", ms: Number(dataset.ms ?? 0), marks: document.querySelectorAll(".unproven").length };
  });
  if (shown.includes("shadowrootmode")) { // trees that scripts can't see into
    const { root } = await (await tab.context().newCDPSession(tab)).send("DOM.getDocument", { depth: -1, pierce: true });
    if (JSON.stringify(root).includes('"shadowRootType":"closed"') || JSON.stringify(root).includes('"shadowRootType":"open"')) found.card = "a tree stayed";
  }
  return found;
}

const same = (s) => s;
try {
  for (const [table, of, at] of [[page, "page", path], [parts, "parts", path], [file, "proof", path], ...(recalled ? [[banner, "recall", recalled]] : []), ...(sealed ? [[closed, "sealed", sealed]] : []), [unknown, "unknown", nobody]]) {
    const tab = await open(undefined, at), plain = (await look(tab, same, same, at)).marks;
    for (const [name, [want, change]] of Object.entries(table)) {
      if (want === "skip" || (some && !["parts", "sealed", "unknown"].includes(of) && count++ % 3)) continue;
      const found = await look(tab, of === "proof" ? same : change, of === "proof" ? change : same, at).catch((e) => ({ card: "error", failed: String(e).slice(0, 200) }));
      console.log(JSON.stringify({ name: `${of}: ${name}`, want, ...found, marked: found.marks > plain }));
    }
  }
  for (const [name, put] of Object.entries(byBrowser)) console.log(JSON.stringify({ name: `by the browser: ${name}`, want: "harmless: no page can bring it", ...(await look(await open(put), same, same)) }));
  const slow = async (context, tab) => (await context.newCDPSession(tab)).send("Emulation.setCPUThrottlingRate", { rate: 6 });
  console.log(JSON.stringify({ name: "six times slower", want: "harmless: time", ...(await look(await open(slow), same, same)) }));
  const bare = (context) => context.addInitScript(() => {
    for (const f of ["importKey", "verify"]) SubtleCrypto.prototype[f] = () => Promise.reject(new DOMException("no Ed25519", "NotSupportedError"));
  });
  console.log(JSON.stringify({ name: "without Ed25519 in WebCrypto", want: "harmless: noble checks", ...(await look(await open(bare), same, same)) }));
} finally {
  await browser.close();
}
