// Sealed lists: whether the subject is in one, or can't be.
import { bytes, hex, keccak, keccakText, u64, type Hex } from "./bytes.js";
import { mountainNode } from "./ledger.js";
import type { Leaf, Opening } from "./schema.js";
import type { Event } from "./story.js";

type List = NonNullable<Leaf["list"]>;

const domain = keccakText("suyuan/list/v1");

export const listRoot = (l: List): Uint8Array => keccak(domain, u64(l.count), bytes(l.top));

const entryOf = (o: Opening, key: Uint8Array): Hex => hex(keccak(Uint8Array.of(0), domain, bytes(o.salt), key));

/** Whether an opening claims that the object is in the list. */
export const isMember = (o: Opening, key: Uint8Array): boolean => o.places.length === 1 && o.places[0].entry === entryOf(o, key);

/** Whether a place is one of the list. A node without a neighbour at the end of its level moves up as it is. */
function leads(p: Opening["places"][0], l: List, salt: Hex): boolean {
  if (p.index >= l.count) return false;
  let node = bytes(p.entry), at = p.index, used = 0;
  for (let width = l.count; width > 1n; width = (width + 1n) / 2n, at /= 2n) {
    if (at % 2n === 0n && at + 1n >= width) continue;
    if (used === p.path.length) return false;
    const sibling = bytes(p.path[used++]);
    node = at % 2n ? mountainNode(sibling, node) : mountainNode(node, sibling);
  }
  return used === p.path.length && hex(keccak(Uint8Array.of(2), domain, bytes(salt), node)) === l.top;
}

/** Whether an opening shows that the object is in the list, or that it can't be. */
export function opens(o: Opening, l: List, key: Uint8Array): boolean {
  const entry = entryOf(o, key), [a, b] = o.places;
  if (!o.places.every((p) => leads(p, l, o.salt))) return false;
  if (isMember(o, key)) return true;
  if (b) return a.entry < entry && entry < b.entry && b.index === a.index + 1n;
  return a.entry < entry ? a.index === l.count - 1n : entry < a.entry && a.index === 0n;
}

const fields: Record<string, "epcs" | "children" | "inputs" | "outputs"> = { epcList: "epcs", childEPCs: "children", inputEPCList: "inputs", outputEPCList: "outputs" };

/** An event as it is for one thing that is in its list. */
export function withName(e: Event, name: string): Event {
  const field = Object.hasOwn(fields, e.list.field) ? fields[e.list.field] : undefined;
  return field ? { ...e, [field]: [name, ...e[field]] } : e;
}
