// Facts out of a verification whose steps held.
import { ascii, hex, zeroWord, type Hex } from "./bytes.js";
import { headerHash } from "./comet.js";
import type { EventFact, Facts, ObjectFact, PartyFact } from "./facts.js";
import { headCount, NOTES, NOTICE, registryKey, TRUNK } from "./ledger.js";
import { isMember, listRoot } from "./lists.js";
import { about, isMasterData, readParty, topics } from "./register.js";
import type { Lane } from "./schema.js";
import type { Need, Relation } from "./story.js";
import type { Check } from "./check.js";

const seconds = (n: bigint): Date => new Date(Number(n) * 1000);

/** Collects the facts, and warns of an active recall: the step recall. */
export function collectFacts(c: Check): Facts {
  const h = c.header, commit = c.p.commit;
  const f: Facts = { kind: c.p.kind, subject: c.subjectText, chain_id: c.trust.chain_id, number: h.number, hash: hex(h.hash), height: h.height,
    time: seconds(h.time), objects: [], events: [], parties: [], recalls: [], notes: 0n, withheld: 0, omitted: [], lists: [] };
  if (commit) {
    const { height, time } = commit.header;
    f.signed = { height, hash: hex(headerHash(commit.header)), time: new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6)),
      validators: c.validators.length, signers: c.signers, rotations: c.p.rotations.filter((r) => r.header.height >= c.trust.height).length };
  }
  if (c.p.kind === "block") return f;
  if (c.p.kind === "object") {
    new Teller(c, f).tell();
    if (f.recalls.some((r) => r.active && r.relation !== "input")) c.warnings.add("recalled");
    f.omitted = c.p.omitted;
    f.lists = (c.p.openings ?? []).map((o) => {
      const list = c.p.leaves[o.leaf].list!;
      return { leaf: o.leaf, root: hex(listRoot(list)), count: list.count, member: isMember(o, c.keys[0]) };
    });
  }
  f.parties = parties(c);
  return f;
}

class Teller {
  private readonly places = new Map<number, number>(); // of leaves in events

  constructor(private readonly c: Check, private readonly f: Facts) {}

  tell(): void {
    for (const n of this.c.needs) {
      const i = this.c.objects.get(n.name);
      if (i === undefined) continue;
      const fact = this.object(i, n);
      for (const lane of [TRUNK, NOTICE]) {
        const l = this.c.lane(i, lane);
        if (!l) continue;
        fact.records += headCount(l.head);
        fact.shown += l.leaves.length;
        this.lane(l, n.name, n.relation);
      }
      this.f.objects.push(fact);
    }
    for (const { primary, notices } of this.c.prefixes()) this.lane(notices, "prefix " + ascii(primary), "class");
    const notes = this.c.lane(0, NOTES);
    if (notes) this.f.notes = headCount(notes.head);
  }

  private lane(l: Lane, name: string, relation: Relation): void {
    for (const leaf of l.leaves) this.event(leaf, l.lane === NOTICE).objects.push(name);
    if (l.lane !== NOTICE) return;
    let all = false; // a later lift is by an authority, which ends any recall
    const by = new Set<Hex>(); // whose later lifts there are: they end those of the same party, and of no authority
    for (const n of [...l.leaves].reverse()) {
      const leaf = this.c.p.leaves[n], { kind, party } = leaf, authority = (kind === 3 || kind === 4) && this.c.authority(leaf);
      if (kind === 4) {
        by.add(party);
        all ||= authority;
      }
      if (kind === 3) this.f.recalls.push({ object: name, relation, active: !all && !by.has(party) && (authority || !by.size), event: this.places.get(n)! });
    }
  }

  private event(leaf: number, notice: boolean): EventFact {
    const known = this.places.get(leaf);
    if (known !== undefined) return this.f.events[known];
    const l = this.c.p.leaves[leaf], state = this.c.history(registryKey(l.party))?.at(l.time, topics.party).at(-1);
    const e: EventFact = { leaf, objects: [], notice, kind: l.kind, party: l.party, party_name: state ? readParty(state).name : "",
      key: l.key, time: seconds(l.time), body: l.body ?? "", sealed: l.sealed };
    if (l.body === undefined && !l.list && !l.sealed) this.f.withheld++;
    this.places.set(leaf, this.f.events.length);
    this.f.events.push(e);
    return e;
  }

  private object(i: number, n: Need): ObjectFact {
    const licences = this.c.licencesOf(this.c.p.objects[i]).map((s) => ({ licence: s.text, holder: s.holder, sandbox: s.kind === 4n,
      since: seconds(this.c.holderOf(s).first(topics.licence, about(s.id))!.time), until: s.revokedAt ? seconds(s.revokedAt) : undefined }));
    return { name: n.name, relation: n.relation, via: n.via, licences, records: 0n, shown: 0 };
  }
}

/** The parties whose own trunk is in the file, as last recorded. */
function parties(c: Check): PartyFact[] {
  const out: PartyFact[] = [];
  for (const lane of c.p.lanes) {
    const o = c.p.objects[lane.object];
    if (o.kind !== 40 || o.suffix !== zeroWord || lane.lane !== TRUNK) continue;
    const fact: PartyFact = { address: "0x" + o.primary.slice(26), name: "", country: "", gln: "", suspended: false, master_data: [] };
    for (const l of lane.leaves.map((n) => c.p.leaves[n])) {
      if (l.record?.topic === topics.party) {
        const s = readParty(l.record), until = s.suspendedUntil > s.heldUntil ? s.suspendedUntil : s.heldUntil;
        Object.assign(fact, { name: s.name, country: s.country, gln: s.gln ? String(s.gln).padStart(13, "0") : "", suspended: until > c.header.time });
      }
    }
    const declared = c.lane(c.p.objects.findIndex((x) => isMasterData(x, o.primary)), TRUNK)?.leaves ?? [];
    fact.master_data = declared.flatMap((n) => c.p.leaves[n].body ?? []);
    out.push(fact);
  }
  return out;
}
