// A second opinion: other operators' nodes are asked for the same, and their answers are checked like any other. Loaded when it is
// asked for, so what the page has already is handed in.
import type { Result, Trust } from "../../../../verify/ts/src/index.js";
import { el } from "./dom.js";
import type { Tools } from "./scan.js";

/** Records as two nodes can compare them. */
const recordsOf = (r: Result): Map<string, Date> =>
  new Map(r.facts!.events.map((e) => [`${e.objects.join()} ${e.party} ${r.proof!.leaves[e.leaf].commitment}`, e.time]));

/** How a node's answer differs; undefined if it agrees. */
async function compare(peer: string, trust: Trust, ours: Result, { verify, fetchText, proofAddress, say }: Tools): Promise<string | undefined> {
  const f = ours.facts!, block = await fetchText(`${peer}/proof/block/${f.number}`), head = await verify(block, trust, { want: String(f.number) });
  if (head.failed) return head.failed.detail;
  if (head.facts!.hash !== f.hash) return say("otherBlock");
  const theirs = await verify(await fetchText(proofAddress(peer, f.subject)), trust, { want: f.subject });
  if (theirs.failed) return theirs.failed.detail;
  const mine = recordsOf(ours), other = recordsOf(theirs), upTo = Math.min(f.time.getTime(), theirs.facts!.time.getTime());
  const alone = (a: Map<string, Date>, b: Map<string, Date>): number => [...a].filter(([k, t]) => t.getTime() <= upTo && !b.has(k)).length;
  const n = alone(mine, other) + alone(other, mine);
  return n ? say("otherRecords", { n }) : undefined;
}

/** Asks all nodes, each in a line of its own. */
export async function opinions(into: HTMLElement, peers: string[], trust: Trust, ours: Result, tools: Tools): Promise<void> {
  const { say } = tools;
  await Promise.all(peers.map(async (peer) => {
    const li = el("li", "", new URL(peer).host + ": ", say("asking")), tell = (text: string, className: string): void => {
      li.className = className;
      li.lastChild!.textContent = text;
    };
    into.append(li);
    try {
      const why = await compare(peer, trust, ours, tools);
      if (why) tell(say("disagrees", { why }), "bad");
      else tell(say("agrees"), "good");
    } catch (e) {
      tell(say("silent", { why: (e as Error).message }), "silent");
    }
  }));
}
