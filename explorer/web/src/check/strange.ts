// Parts of a page that ours don't have. What only the browser or an extension can have put in, and what changes nothing, is set aside;
// everything else turns the card red (docs/decisions/016).
import { hashOf, known } from "./said.js";
import vocabulary from "./vocabulary.json";

const tags = /^(a|b|body|br|button|circle|d[dlt]|details|div|footer|form|g|h[1-3]|head|header|html|input|label|li|link|main|meta|ol|p|path|s|script|section|span|style|summary|svg|t[dhr]|table|tbody|text|thead|time|title|ul)$/i;
const attributes = /^(action|aria-(hidden|label)|auto\w+|charset|class|content|c[xy]|d|d[xy]|data-(at|by|l|leaf|peers|place|relation|step|via|withheld)|datetime|fill|for|height|href(lang)?|id|lang|maxlength|media|method|name|preserveAspectRatio|property|r|rel|required|role|scope|shape-rendering|spellcheck|src|tabindex|text-anchor|title|type|value|viewBox|width|x|xmlns|y)$/;
/** Where what counts would not be seen, or be seen twice. */
const misplaced = [
  ".check,#check,.unproven,.register,.onphone,.remark.bad", "style[media],style[type]", "svg :not(path,circle,g,text,svg,.code title)", "body svg:not(.plot svg,.where-map svg,.code svg)", ".vh:not(summary>.vh)", ".skip:not(body>a)",
  ":is(.code,.address):not(.sum *)", "[aria-hidden]:not(.seal,.axis)", "[aria-label]:not(svg)", "[title]:not(.switch)", "form:not(.ask)", "input:is([type],[value]:not([value=''])):not([name=lang][type=hidden])",
  "details :is(h1,.verdict,.recall,.head,.cold,.tiles,.excursions,.not,li[data-leaf]:not([data-relation=input]))",
  ":is(.verdicts,.recall,.head,.cold):not(main>*)", "tr:not(tbody>tr,thead>tr)", "thead~thead", ".steps>li>time~time", ".day~.day", ".state~.state", ".where>a~a", ".answer~.answer", "h2~h2", "h3~h3",
];
const single = ["script", "main", "h1", ".by", ".compare", ".verdicts", ".record", ".unit", ".not", ".journey", ".inputs", ".claims", ".record>.answer", ".unit>.answer"];

/** What of the page a selector finds. What hangs beside head and body no page can have brought along, for a parser puts it into them: the
 * bridges of apps and what extensions show stand there. */
const find = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)].filter((e) => e.parentNode === document || e.closest("head,body"));

/** Whose an address is: "here" for this server's, "script" for one that runs here. */
function whose(address: string): string {
  try {
    const { protocol, origin } = new URL(address, location.href);
    return protocol === "javascript:" ? "script" : origin === location.origin ? "here" : "";
  } catch {
    return "";
  }
}

const ours = (style: Element): boolean => style.tagName === "STYLE" && vocabulary.style.includes(hashOf(style.textContent!));

/** Whether a style sheet touches nothing of the page, nor of the card. */
function idle(style: HTMLStyleElement): boolean {
  try {
    return [...(style.sheet?.cssRules ?? [])].every((r) => r instanceof CSSStyleRule && !r.cssRules?.length && !/:|check/.test(r.selectorText) && !find(r.selectorText).length);
  } catch {
    return false; // not ours to read
  }
}

/** Whether an element shows nothing, and can't be made to: it is empty, and hidden by itself or of a kind that browsers don't know. */
function shows(e: HTMLElement): boolean {
  const src = e.getAttribute("src"), styled = e.hasAttribute("style");
  return !(styled ? /^(IFRAME|DIV)$/.test(e.tagName) && e.style.display === "none" : /-/.test(e.tagName)) || /\S/.test(e.innerHTML) || e.hasAttribute("srcdoc") || !!(src && whose(src));
}

/** Names of attributes to which no standard gives a meaning. */
const idleName = (e: Element, name: string): boolean => /^data-|_/.test(name) || (e instanceof HTMLElement && /-/.test(name) && !/^(aria|http|accept)-/.test(name));

/** Apps set the size of text so, for those who want it larger. */
const larger = (e: HTMLElement): boolean => /^[\w-]*text-size-adjust: \d{3}%;$/.test(e.style.cssText);

/** Sets aside what changes nothing, and answers the first part that ours don't have. Then what could hide the card is taken out. */
export function strangeIn(aside: Set<string>): string | undefined {
  // Written anew from its own text a page loses closed shadow trees, in which other words can stand than those that scripts see.
  document.body.replaceWith(new DOMParser().parseFromString(document.body.outerHTML, "text/html").body);
  const odd = findStrange(aside);
  if (odd) {
    for (const e of find("link[rel~=stylesheet],style")) if (!ours(e)) e.remove();
    for (const e of find("[style],[hidden]")) e.removeAttribute("style"), e.removeAttribute("hidden");
  }
  return odd;
}

function findStrange(aside: Set<string>): string | undefined {
  let odd = document.contentType === "text/html" && [...document.styleSheets].every((s) => s.ownerNode) ? undefined : "<link>";
  const take = (e: Element): void => (aside.add(`<${e.localName}>`), e.remove());
  for (const e of find("*")) {
    const l = e.getAttribute("data-l"), sheet = e.matches("link[rel~=stylesheet],style") && !ours(e);
    if ((/^(SCRIPT|LINK)$/.test(e.tagName) && /^[a-z-]+-extension:/.test(e.getAttribute("src") ?? e.getAttribute("href") ?? "")) || !shows(e) || (sheet && e.tagName === "STYLE" && idle(e as HTMLStyleElement))) {
      take(e);
      continue;
    }
    if (sheet || !tags.test(e.tagName)) odd ??= `<${e.localName}>`;
    for (const name of e.getAttributeNames()) {
      if (attributes.test(name) || (name === "style" && larger(e))) continue;
      if (idleName(e, name)) aside.add(name), e.removeAttribute(name);
      else odd ??= name;
    }
    if ((l && !known.has(l)) || (/^(a|form)$/i.test(e.tagName) && whose(e.getAttribute("href") ?? e.getAttribute("action") ?? "") !== "here")) odd ??= e.outerHTML.slice(0, 99);
  }
  return odd ?? misplaced.find((s) => find(s).length) ?? single.find((s) => find(s).length > 1);
}
