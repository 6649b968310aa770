// Sealed bodies: what is shown of one leads to its root.
import { bytes, hex, keccak, u64, utf8, type Hex } from "./bytes.js";
import { mountainNode } from "./ledger.js";
import type { Sealed } from "./schema.js";

const pointerForm = /^(\/([^~/\0]|~[01])*){1,64}$/;
// A canonical JSON scalar or an empty container.
const valueForm = /^(\{\}|\[\]|true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|"([^\0-\x1f"\\]|\\["\\bfnrt]|\\u00(0[0-7bef]|1[\da-f]))*")$/;

/** The root of a leaf's sealed body, by the fields shown and the hashes of the parts that show none. */
export function sealedRoot({ count, fields, hashes }: Sealed, leaf: number): Uint8Array {
  const wrong = (): never => {
    throw new Error(`leaf ${leaf}: the fields and hashes of the sealed body don't fit`);
  };
  if (count < 1 || count > 1 << 14) wrong();
  let before: Hex = "", at = -1, field = 0, used = 0;
  for (const f of fields) {
    const pointer = hex(utf8(f.pointer));
    if (f.index <= at || f.index >= count || pointer <= before || !pointerForm.test(f.pointer) || !valueForm.test(f.value)) wrong();
    [at, before] = [f.index, pointer];
  }
  // Node i of a level; what stands alone at the end of one moves up as it is.
  const node = (level: number, i: number): Uint8Array => {
    const f = fields[field];
    if (!f || f.index >> level !== i) return used < hashes.length ? bytes(hashes[used++]) : wrong();
    if (!level) {
      field++;
      return keccak(Uint8Array.of(0), bytes(f.salt), utf8(f.pointer), Uint8Array.of(0), utf8(f.value));
    }
    const left = node(level - 1, 2 * i);
    return (2 * i + 1) << (level - 1) < count ? mountainNode(left, node(level - 1, 2 * i + 1)) : left;
  };
  const top = node(32 - Math.clz32(count - 1), 0);
  if (used !== hashes.length) wrong();
  return keccak(Uint8Array.of(2), u64(count), top);
}
