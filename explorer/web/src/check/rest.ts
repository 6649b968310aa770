// What of a page nothing was compared with: parts that pages of ours don't have are refused, other texts are the node's word.
import { utf8, sha256, hex } from "../../../../verify/ts/src/bytes.js";
import { el } from "./dom.js";
import { known } from "./said.js";
import { say } from "./words.js";
import vocabulary from "./vocabulary.json";

const tags = /^(a|b|body|br|button|circle|d[dlt]|details|div|footer|form|g|h[1-3]|head|header|html|input|label|li|link|main|meta|ol|p|path|s|script|section|span|style|summary|svg|t[dhr]|table|tbody|text|thead|time|title|ul)$/i;
const attributes = /^(action|aria-(hidden|label)|auto\w+|charset|class|content|c[xy]|d|d[xy]|data-(at|by|l|leaf|peers|place|relation|step|via|withheld)|datetime|fill|for|height|href(lang)?|id|lang|maxlength|media|method|name|preserveAspectRatio|property|r|rel|required|role|scope|shape-rendering|spellcheck|src|tabindex|text-anchor|title|type|value|viewBox|width|x|xmlns|y)$/;
/** Where what counts would not be seen, or be seen twice. */
const misplaced = [
  ".unproven,.register,.onphone,.remark.bad", "link[rel~=stylesheet]", "svg :not(path,circle,g,text,svg,.code title)", "body svg:not(.plot svg,.where-map svg,.code svg)", ".check:not(#check)", ".vh:not(summary>.vh)", ".skip:not(body>a)",
  ".code:not(.sum .code)", ".address:not(.sum .address)", "[aria-hidden]:not(.seal,.axis)", "[title]:not(.switch)", "form:not(.ask)",
  "details :is(h1,.verdict,.recall,.head,.cold,.tiles,.excursions,.not,li[data-leaf]:not([data-relation=input]))",
  ".verdicts:not(main>.verdicts)", ".recall:not(main>.recall)", ".head:not(main>.head)", ".cold:not(main>.cold)", "tr:not(tbody>tr,thead>tr)", "thead~thead", ".steps>li>time~time", ".day~.day", ".state~.state", ".where>a~a", ".answer~.answer", "h2~h2", "h3~h3",
];
const single = ["script", "main", "h1", ".by", ".compare", ".verdicts", ".record", ".unit", ".not", ".journey", ".inputs", ".claims", ".record>.answer", ".unit>.answer"];

/** What a page has that ours don't; undefined if nothing. Then what could hide the card is taken out. */
export function strangeIn(doc: Document): string | undefined {
  const odd = findStrange(doc);
  if (odd) {
    for (const e of doc.querySelectorAll("link[rel~=stylesheet],style")) if (!ours(e)) e.remove();
    for (const e of doc.querySelectorAll("[style],[hidden]")) e.removeAttribute("style"), e.removeAttribute("hidden");
  }
  return odd;
}

const ours = (style: Element): boolean => style.tagName === "STYLE" && vocabulary.style.includes(hex(sha256(utf8(style.textContent!))).slice(2, 34));

function findStrange(doc: Document): string | undefined {
  for (const e of doc.querySelectorAll("*")) {
    if (e.closest("#check")) continue;
    if (!tags.test(e.tagName)) return `<${e.tagName.toLowerCase()}>`;
    for (const a of e.attributes) if (!attributes.test(a.name)) return a.name;
    const { l } = (e as HTMLElement).dataset;
    if ((l && !known.has(l)) || (/^(a|form)$/i.test(e.tagName) && new URL(String((e as HTMLAnchorElement).href ?? (e as HTMLFormElement).action), location.href).origin !== location.origin)) return e.outerHTML.slice(0, 99);
  }
  for (const s of doc.querySelectorAll("style")) if (!ours(s)) return "<style>";
  return misplaced.find((s) => doc.querySelector(s)) ?? single.find((s) => doc.querySelectorAll(s).length > 1);
}

const compared = ".recall,.compare,.verdict,.not,.cold,.journey,.chapter,.inputs,.ask";
/** Places that were compared with verified records, or that carry a mark already. */
const looked = "#check,.unproven,.register,.remark.bad,.onphone,script,style,h1,.title>.by,.verdict>.answer,.verdict>ul>li,.recall>h2,.recall>p,.compare dd>span:first-child,.compare dd>.printed,.steps>li>time,.steps .day," +
  ".what>.state,.where>a,.steps .facts span,.steps details dt,summary>.vh,.tiles dd,.cold>p.muted:not(.how),.cold tbody th,.cold td:nth-child(-n+3),.excursions>li>b:first-child,.inputs .what>a:first-child,.inputs .where";

/** Marks whole parts that are the node's word, and each text that was neither compared, nor stands in verified records, nor is one
 * that every page has. */
export function markRest(doc: Document, vouched: (text: string) => boolean): void {
  const mark = (at: Element): void => at.append(" ", el("span", "tag unproven", say("nodesWord"))), marked = new Set<Element>(), parts = new Set<Node>();
  for (const part of doc.querySelectorAll("main section,.where-map,.notes")) {
    if (part.closest("#check") || part.matches(compared) || part.querySelector(compared)) continue;
    parts.add(part);
    marked.add(part.querySelector("h2,h3,summary,p") ?? part);
  }
  const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (n) =>
    parts.has(n) || (n instanceof Element && n.matches(looked)) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const text = n.nodeType === 3 ? n.textContent!.trim() : "";
    if (/[^\s·.。]/u.test(text) && !n.parentElement!.querySelector(":scope>.register") && !vouched(text)) marked.add(n instanceof SVGElement || n.parentElement instanceof SVGElement ? n.parentElement!.closest("div")! : n.parentElement!);
  }
  marked.forEach(mark);
}
