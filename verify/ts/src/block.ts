// The steps from the trusted validators to the EVM block, and how old it is.
import { bytes, hex, keccak, u64, zeroWord } from "./bytes.js";
import { headerHash, signedBy, validatorsAt } from "./comet.js";
import { mountainLeaf, mountainNode } from "./ledger.js";
import { isName, nameOf, standsFor } from "./name.js";
import { parseRLP, rlpNumber, string, type Item } from "./trie.js";
import { type BlockHeader, farFuture, type Check } from "./check.js";

export function network(c: Check): void {
  const want = "suyuan-" + c.trust.chain_id;
  for (const { header } of [c.p.commit!, ...c.p.rotations]) {
    if (header.chain_id !== want) throw new Error(`a header is of chain ${JSON.stringify(header.chain_id)}, not ${want}`);
  }
}

export function subject(c: Check): void {
  const want = c.opts.want ?? "";
  if (want !== "") {
    const name = c.p.kind === "object" && !isName(want) ? nameOf(want) : want;
    if (c.subjectText !== name) throw new Error(`the proof is about ${c.subjectText}, asked for was ${want}`);
  }
  c.p.objects.forEach((o, i) => {
    if (o.name !== undefined && !standsFor(o.name, o)) throw new Error(`object ${i} is not the one that ${JSON.stringify(o.name)} names`);
  });
}

export async function checkValidators(c: Check): Promise<void> {
  c.validators = await validatorsAt(c.p, c.trust, c.opts.subtle);
}

export async function signatures(c: Check): Promise<void> {
  c.signers = await signedBy(c.p.commit!, c.validators, c.opts.subtle);
}

export function fork(c: Check): void {
  const h = c.p.commit!.header, l = c.trust.latest;
  if (l && l.height === h.height && l.hash !== hex(headerHash(h))) {
    throw new Error(`another header of height ${h.height} was signed too, ${l.hash}: keep both proofs, they are evidence`);
  }
}

export function block(c: Check): void {
  const { p, trust } = c;
  c.header = readHeader(bytes(p.block));
  const tip = p.ancestry ? ancestry(c) : c.header;
  if (!p.commit) {
    if (!trust.pin) throw new Error("nothing is signed, and there is no pin to start from");
    if (hex(tip.hash) !== trust.pin.hash || tip.number !== trust.pin.number) throw new Error(`the younger block ${tip.number} is not the pinned one`);
  } else {
    if (p.commit.header.app_hash !== hex(tip.hash)) throw new Error(`header ${p.commit.header.height} commits to another EVM block`);
    if (tip.height >= p.commit.header.height) throw new Error(`EVM block ${tip.number} claims the later height ${tip.height}`);
  }
  if (p.kind === "block" && p.subject.number !== c.header.number) throw new Error(`the block is number ${c.header.number}, not ${p.subject.number}`);
}

/** Checks that the range under a younger header holds the block, and answers that header. */
function ancestry(c: Check): BlockHeader {
  const a = c.p.ancestry!, younger = readHeader(bytes(a.block)), n = younger.number, i = c.header.number;
  if (i >= n) throw new Error(`block ${i} is not older than block ${n}`);
  // The tree that holds leaf i is that of the highest bit in which the two differ.
  const ones = (x: bigint) => x.toString(2).replace(/0/g, "").length, height = (n ^ i).toString(2).length - 1;
  if (a.path.length !== height || a.peaks.length !== ones(n) - 1) throw new Error(`${a.path.length} siblings and ${a.peaks.length} other peaks, want ${height} and ${ones(n) - 1}`);
  let node = mountainLeaf(c.header.height, c.header.hash);
  a.path.forEach((s, level) => {
    const sibling = bytes(s);
    node = (i >> BigInt(level)) & 1n ? mountainNode(sibling, node) : mountainNode(node, sibling);
  });
  const peaks = a.peaks.map(bytes);
  peaks.splice(ones(n >> BigInt(height + 1)), 0, node);
  const bag = peaks.reduceRight((right, peak) => mountainNode(peak, right));
  if (hex(keccak(Uint8Array.of(2), u64(n), bag)) !== younger.range) throw new Error(`block ${i} is not under the range of block ${n}`);
  return younger;
}

export function age(c: Check): void {
  const h = c.p.commit?.header;
  if (!h) {
    c.warnings.add("pinned");
    return;
  }
  const age = (c.opts.now ?? new Date()).getTime() - Number(h.time.seconds) * 1000 - h.time.nanos / 1e6, latest = c.trust.latest;
  if (age > 600000 || (latest && h.height < latest.height) || (c.p.ancestry && c.p.kind !== "block")) c.warnings.add("old");
  else if (age < -60000) c.warnings.add("future");
}

function readHeader(raw: Uint8Array): BlockHeader {
  const item: Item = parseRLP(raw);
  if (!Array.isArray(item) || item.length < 20 || string(item[3]).length !== 32) throw new Error("the block is no EVM header of this ledger");
  const extra = string(item[12]), range = string(item[19]);
  if (extra.length !== 8) throw new Error(`the header's extra data has ${extra.length} bytes, want 8`);
  const height = BigInt(hex(extra));
  if (height > farFuture) throw new Error(`the header's height ${height} is out of range`);
  return { hash: keccak(raw), root: hex(string(item[3])), number: rlpNumber(item[8], 8), time: rlpNumber(item[11], 8), height,
    range: range.length === 32 ? hex(range) : zeroWord };
}
