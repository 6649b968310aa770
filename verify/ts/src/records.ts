// The steps story and lists: everything that the records refer to is here.
import { hex, type Hex } from "./bytes.js";
import { noticed, NOTES, NOTICE, TRUNK } from "./ledger.js";
import { isMember, listRoot, opens, withName } from "./lists.js";
import { topics } from "./register.js";
import type { Leaf } from "./schema.js";
import { needsOf, type Need } from "./story.js";
import { farFuture, type Check } from "./check.js";

const never = Infinity;
const lateness = 7 * 24 * 3600 * 1000;

export function story(c: Check): void {
  const { p } = c;
  p.objects.forEach((o, i) => {
    if (o.name === undefined) return;
    c.objects.set(o.name, i);
    c.events.set(o.name, c.trunkEvents(i));
  });
  if (p.kind === "party") {
    if (!c.lane(0, TRUNK)) throw new Error("the party's own trunk is not in the file");
    if (!c.history(hex(c.keys[0]))?.at(farFuture, topics.party).length) throw new Error("there is no such party");
    return;
  }
  c.needs = needsOf(p.subject.id!, listedIn(c), (name) => c.events.get(name) ?? []);
  const omitted = new Set(p.omitted.map((o) => o.name)), byObject = new Map<number, Need>();
  for (const n of c.needs) {
    const i = c.objects.get(n.name), movable = n.relation === "container" || n.relation === "input";
    if (i === undefined) {
      if (!movable || !omitted.has(n.name)) throw new Error(`${n.name} (${n.relation}) is not in the file`);
      c.warnings.add("omitted");
      continue;
    }
    byObject.set(i, n);
    const lanes = n.relation === "subject" ? [TRUNK, NOTICE, NOTES] : n.relation === "class" ? [NOTICE] : [TRUNK, NOTICE];
    const notices = noticed(c.lane(i, TRUNK)?.head ?? "0x8"); // a trunk without mark stands for its notice lane, which is empty
    for (const lane of lanes) if (!c.lane(i, lane) && (notices || lane !== NOTICE)) throw new Error(`lane ${lane} of ${n.name} (${n.relation}) is not in the file`);
  }
  const prefixes = c.prefixes();
  for (const n of c.needs) {
    const o = p.objects[c.objects.get(n.name)!];
    if (!o || n.relation === "container" || n.relation === "input") continue;
    for (const s of c.licencesOf(o)) if (s.kind < 3n && !prefixes.some((x) => x.primary === s.primary)) throw new Error(`the notices of the prefix ${s.text} are not in the file`);
  }
  windows(c, byObject);
}

/** Checks that no window hides what matters. */
function windows(c: Check, needs: Map<number, Need>): void {
  c.p.lanes.forEach((l, i) => {
    const n = needs.get(l.object), part = l.lane === TRUNK && (n?.relation === "container" || n?.relation === "input");
    const time = (at: number) => Number(c.p.leaves[l.leaves[at]].time) * 1000;
    if (l.from !== 0n && c.p.objects[l.object].kind !== 41) {
      const begins = part && l.leaves.length > 0 && n!.relation === "container" && !n!.also && n!.from >= time(0);
      if (!begins) throw new Error(`lane ${i} begins with leaf ${l.from + 1n}: too late`);
    }
    if (l.to !== undefined) {
      const ends = part && l.leaves.length > 0 && n!.until !== never && time(l.leaves.length - 1) >= n!.until + lateness;
      if (!ends) throw new Error(`lane ${i} ends with leaf ${l.to}: too early`);
    }
  });
}

/** Gives the subject the events that it is in the lists of, and answers the objects on whose trunks those lists stand. A list
 * and the event that names its root are of one transaction: same party, same time. */
function listedIn(c: Check): string[] {
  const { p } = c, subject = p.subject.id!, roots = new Map<Hex, Leaf>(), names: string[] = [], seen = new Set<Leaf>();
  for (const o of p.openings ?? []) if (isMember(o, c.keys[0])) roots.set(hex(listRoot(p.leaves[o.leaf].list!)), p.leaves[o.leaf]);
  c.eachLeaf((l, o, lane) => {
    if (!roots.size || lane.lane !== TRUNK || o.name === undefined || o.name === subject) return;
    if (l.list && roots.get(hex(listRoot(l.list))) === l) names.push(o.name);
    const e = c.bodies.get(l), list = e && roots.get(e.list.root);
    if (!e || !list || seen.has(l) || l.kind > 2 || list.party !== l.party || list.time !== l.time) return;
    seen.add(l);
    c.events.get(subject)!.push(withName(e, subject));
  });
  return names;
}

export function lists(c: Check): void {
  const opened = new Set<number>();
  (c.p.openings ?? []).forEach((o, i) => {
    if (!opens(o, c.p.leaves[o.leaf].list!, c.keys[0])) throw new Error(`opening ${i}: the places shown don't say whether the subject is in the list`);
    opened.add(o.leaf);
  });
  for (const n of c.needs) {
    const i = c.objects.get(n.name);
    if (i === undefined || (n.relation !== "lot" && n.relation !== "container")) continue;
    const leaves = c.lane(i, TRUNK)?.leaves ?? [];
    if (leaves.some((leaf) => c.p.leaves[leaf].kind === 7 && !opened.has(leaf))) c.warnings.add("list");
  }
}
