// The steps from the EVM block to what its records say: the state, the lanes, their leaves, the bodies.
import { bytes, concat, keccak, sha256, toNumber, utf8, word, zeroWord, type Hex } from "./bytes.js";
import { commitment, laneKey, leafHash, LISTED, nextHead, NOTES, objectKey, OPEN, REGISTRY, SEALED, TRUNK, unmarked } from "./ledger.js";
import { listRoot } from "./lists.js";
import { isRegistry, ofParty } from "./register.js";
import { sealedRoot } from "./sealed.js";
import { readEvent } from "./story.js";
import { mapSlot, Tries } from "./trie.js";
import type { Check } from "./check.js";

export function headsCode(c: Check): void {
  const { p, trust } = c;
  c.tries = new Tries(p.nodes);
  c.heads = c.tries.account(c.header.root, trust.contracts.heads);
  if (c.heads.code !== trust.heads_code_hash) throw new Error(`the code of Heads is ${c.heads.code}, trusted is ${trust.heads_code_hash}`);
}

export function slots(c: Check): void {
  const { p, trust, tries } = c;
  c.keys = p.objects.map(objectKey);
  const holds = (what: string, slot: Uint8Array, want: Hex): void => {
    const got = tries.word(c.heads.storage, slot);
    if (got !== want) throw new Error(`${what}: the ledger holds ${got}`);
  };
  p.lanes.forEach((l, i) => {
    const key = laneKey(l.lane, c.keys[l.object]);
    holds(`head of lane ${i}`, mapSlot(key, word(trust.slots.head)), l.head);
    const checkpoint = (n: bigint) => mapSlot(word(n), mapSlot(key, word(trust.slots.checkpoint)));
    if (l.start) holds(`start of lane ${i}`, checkpoint(l.from), l.start);
    if (l.to !== undefined) holds(`end of lane ${i}`, checkpoint(l.to), l.end!);
  });
  tries.allUsed();
}

export function leaves(c: Check): void {
  const { p } = c, hashes = p.leaves.map((l) => leafHash(c.trust, l));
  for (const l of p.lanes) {
    c.lanes.set(`${l.object}/${l.lane}`, l);
    if (l.lane === NOTES) continue;
    const key = laneKey(l.lane, c.keys[l.object]), want = unmarked(l.end ?? l.head);
    const head = l.leaves.reduce((w, n) => nextHead(key, w, hashes[n]), bytes(l.start ?? zeroWord));
    if (toNumber(head) !== want) throw new Error(`lane ${l.lane} of object ${l.object}: the ${l.leaves.length} leaves shown are not the ${(want >> 208n) - l.from} that the ledger's head commits to`);
  }
}

export function checkBodies(c: Check): void {
  const { p, trust } = c;
  p.leaves.forEach((l, i) => {
    let want: Hex;
    if (l.record ? !isRegistry(l.kind) || l.key !== trust.contracts.parties : isRegistry(l.kind)) {
      throw new Error(`leaf ${i}: a record of the register belongs to a change that the register made, and only there`);
    } else if (l.record) want = commitment(REGISTRY, keccak(concat(bytes(l.record.topic), bytes(l.record.data))));
    else if (l.list) {
      if (l.kind !== 7) throw new Error(`leaf ${i}: a list belongs to a leaf of kind 7`);
      want = commitment(LISTED, listRoot(l.list));
    } else if (l.sealed) {
      if (l.kind > 2) throw new Error(`leaf ${i}: a sealed body belongs to a leaf of kind 1 or 2`);
      want = commitment(SEALED, sealedRoot(l.sealed, i));
    } else if (l.body !== undefined) want = commitment(OPEN, sha256(utf8(l.body)));
    else {
      if (l.kind <= 6) c.warnings.add("withheld");
      return;
    }
    if (want !== l.commitment) throw new Error(`leaf ${i}: the content is not the one committed to`);
    const event = l.body !== undefined && l.kind !== 11 && l.kind !== 7 ? readEvent(l.body) : undefined;
    if (event) c.bodies.set(l, event);
  });
  c.eachLeaf((l, o, lane, n) => {
    if (isRegistry(l.kind) && (!ofParty(o, l.party) || lane.lane !== TRUNK)) throw new Error(`leaf ${n}: a record of party ${l.party} stands on another's lane`);
  });
}
