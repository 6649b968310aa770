// What of a page nothing was compared with: other texts are the node's word.
import { el } from "./dom.js";
import { say } from "./words.js";

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
  for (const e of doc.querySelectorAll(looked)) parts.add(e);
  const walk = (n: Node): void => {
    if (parts.has(n)) return;
    const text = n.nodeType === 3 ? n.textContent!.trim() : "", e = n.parentElement!;
    if (/[^\s·.。]/u.test(text) && !e.querySelector(":scope>.register") && !vouched(text)) marked.add(e.closest("svg")?.closest("div") ?? e);
    for (let c = n.firstChild; c; c = c.nextSibling) walk(c);
  };
  walk(doc.body);
  marked.forEach(mark);
}
