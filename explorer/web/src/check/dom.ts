// Elements, made without markup: nothing a proof says is ever parsed as HTML.
type Child = Node | string | undefined | false;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", ...children: Child[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  if (className) e.className = className;
  for (const c of children) if (c) e.append(c);
  return e;
}

/** A details element, closed. */
export const fold = (summary: string, ...children: Child[]): HTMLDetailsElement => el("details", "", el("summary", "", summary), ...children);

/** A link that saves a text as a file, which is made once it is asked for. */
export function download(text: string, name: string, label: string): HTMLAnchorElement {
  const a = el("a", "", label);
  a.href = "#";
  a.addEventListener("click", () => (a.href = URL.createObjectURL(new Blob([text], { type: "application/json" }))), { once: true });
  a.download = name;
  return a;
}

export function button(label: string, press: (b: HTMLButtonElement) => void): HTMLButtonElement {
  const b = el("button", "quiet", label);
  b.type = "button";
  b.addEventListener("click", () => press(b));
  return b;
}

/** Addresses of other operators' nodes, as the page names them. */
export const peers = (): string[] =>
  (document.querySelector<HTMLElement>("script[data-peers]")?.dataset.peers ?? "").split(" ").filter((p) => p !== "" && p !== location.origin);
