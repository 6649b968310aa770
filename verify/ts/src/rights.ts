// The steps parties and licences: who recorded something was entitled to, then.
import { addressWord, hex, type Hex } from "./bytes.js";
import { keyKey, memberKey, registryKey, TRUNK } from "./ledger.js";
import { about, covers, History, isRegistry, isMasterData, readKey, readLicence, readParty, scopeOf, topics, unrevoked, within, type About } from "./register.js";
import type { Lane, Leaf, Thing } from "./schema.js";
import { inside, type Check } from "./check.js";

export function parties(c: Check): void {
  for (const l of c.p.lanes) {
    if (c.p.objects[l.object].kind === 40 && l.lane === TRUNK) c.registry.set(hex(c.keys[l.object]), new History(l.leaves.map((n) => c.p.leaves[n])));
  }
  c.p.leaves.forEach((l, i) => {
    if (!isRegistry(l.kind)) inside(`leaf ${i}`, () => entitled(c, l));
  });
}

/** Checks that the party of a leaf and its key were what they claim, then. */
function entitled(c: Check, l: Leaf): void {
  const t = l.time, party = c.needHistory(registryKey(l.party), `party ${l.party}`);
  const registered = party.at(t, topics.party).some((r) => {
    const s = readParty(r);
    return s.suspendedUntil <= t && s.heldUntil <= t;
  });
  if (!registered) throw new Error(`party ${l.party} was not registered, or suspended, at ${t}`);
  if (l.key === c.trust.contracts.trace_log) return;
  const mine = about(l.key), may = besides(c, party, keyKey(l.party, l.key), topics.key, mine).at(t, topics.key, mine).some((r) => {
    const k = readKey(r, l.key);
    return k.party === l.party && within(k, t) && unrevoked(k, t) && (k.scopes & scopeOf(l.kind)) !== 0n && party.agentActive(t, k.agent);
  });
  if (!may) throw new Error(`key ${l.key} was not entitled at ${t} to a record of kind ${l.kind} for party ${l.party}`);
}

/** Where the records about a key or a listed party stand: on the party's own trunk or, if there is none, on one of their own. */
function besides(c: Check, party: History, apart: Hex, topic: Hex, mine: About): History {
  return party.first(topic, mine) ? party : (c.history(apart) ?? new History([]));
}

export function licences(c: Check): void {
  c.p.objects.forEach((o, i) => {
    const split = o.kind === 6 || o.kind === 20, all = c.licencesOf(o);
    for (const s of all) if (!covers(s, o)) throw new Error(`licence ${s.id} of ${s.holder} does not cover ${o.name}`);
    if (split && !all.length) throw new Error(`no licence is shown for ${o.name}, whose name doesn't say where the licensed part ends`);
    // Whoever holds it now may have recalled the whole prefix, or have records of a name that is split elsewhere now.
    const now = all.filter((s) => !s.revokedAt); // the catch-all doesn't say who holds the prefix
    if (o.name !== undefined && (!i || split) && now.every((s) => s.kind === 4n)) c.warnings.add(now.length ? "sandbox" : "unlicensed");
  });
  const handed = new Map<Lane, Hex[]>(); // to whom the leaves so far handed the object of a lane
  c.eachLeaf((l, o, lane, n) => {
    if (l.kind === 11 && (!isMasterData(o, hex(addressWord(l.party))) || lane.lane !== TRUNK)) throw new Error(`leaf ${n}: master data stands on another's lane`);
    if (o.name === undefined) return;
    inside(`leaf ${n}`, () => licensed(c, o, lane, l, handed.get(lane)));
    if (l.next) handed.set(lane, [...(handed.get(lane) ?? []), ...l.next]);
  });
}

/** Checks that a party had a right to an object: by one of its licences, by hand-over, or as an authority. */
function licensed(c: Check, o: Thing, lane: Lane, l: Leaf, handed: Hex[] = []): void {
  const t = l.time, trunk = lane.lane === TRUNK, by = new Set<bigint>(); // kinds of licences that entitle
  for (const licence of o.licences ?? []) {
    const history = c.holderOf(licence), listed = about(licence.id, l.party);
    for (const r of history.at(t, topics.licence, about(licence.id))) {
      const s = readLicence(r, licence);
      let may = l.party === s.holder; // who may always warn of what it made
      if (!covers(s, o) || !unrevoked(s, t)) continue;
      if (trunk) may = within(s, t) && (s.open || may || besides(c, history, memberKey(licence, l.party), topics.member, listed).lists(t, listed));
      if (may) by.add(s.kind);
    }
  }
  if (by.size === 1 && by.has(4n)) c.warnings.add("sandbox");
  if (by.size || (trunk && handed.includes(l.party))) return;
  if (trunk || !c.authority(l)) throw new Error(`party ${l.party} had no right to ${o.name} at ${t}`);
}
