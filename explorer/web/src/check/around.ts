// When a thing's containers and ingredients belong to its story, by the rules of the node's own (trace/graph.go): stays end when the thing
// is taken out, packed elsewhere or the container is emptied, and an outer container counts only while the inner one held the thing.
import type { Event } from "../../../../verify/ts/src/story.js";

type Span = [from: number, until: number];
const always: Span = [-Infinity, Infinity];

export class Around {
  readonly spans = new Map<string, Span[]>();
  /** What it was made of, itself and its lots, each with the time by which it was used. */
  readonly made = new Map<string, number>();
  /** Containers that held the thing itself; those of its lot may have. */
  readonly sure = new Set<string>();

  /** events are those on a thing's trunk, without withdrawn ones, by time. */
  constructor(subject: string, lots: string[], private readonly events: (name: string) => Event[]) {
    if (!this.out(subject, always, this.sure)) lots.forEach((lot) => this.out(lot, always));
    for (const x of [subject, ...lots]) this.made.set(x, Infinity), this.add(x, always);
    const { made } = this;
    for (const [x, until] of made) for (const e of events(x)) {
      if (e.time > until || (!e.outputs.includes(x) && !e.outputClasses.includes(x))) continue;
      for (const input of [...e.inputs, ...e.inputClasses]) {
        if (!input || made.has(input)) continue;
        made.set(input, e.time);
        this.add(input, [-Infinity, e.time + 1]);
        this.out(input, [-Infinity, e.time + 1]);
      }
    }
  }

  private add(name: string, span: Span): unknown {
    return this.spans.set(name, [...(this.spans.get(name) ?? []), span]);
  }

  /** Walks outwards; answers whether there is a container. */
  private out(start: string, span: Span, sure?: Set<string>): boolean {
    const queue: [string, Span, boolean][] = [[start, span, true]], seen = new Set<string>();
    for (const [x, [since, till], certain] of queue) {
      const moves = this.events(x).filter((e) => /^A(ggreg|ssoci)ationEvent$/.test(e.type) && (e.children.includes(x) || e.childClasses.includes(x)));
      moves.forEach((m, i) => {
        const single = m.children.includes(x), ends = moves.slice(i + 1).find((l) => l.type === m.type && (l.action === "DELETE" ? !l.parent || l.parent === m.parent : l.parent !== m.parent && single && m.type === "AggregationEvent"));
        if (m.action === "DELETE" || !m.parent || m.parent === x) return;
        const emptied = this.events(m.parent).find((l) => l.action === "DELETE" && l.parent === m.parent && l.time >= m.time && !l.children.length && !l.childClasses.length);
        const from = Math.max(since, m.time), until = Math.min(till, ends?.time ?? Infinity, emptied?.time ?? Infinity), key = `${m.parent} ${from} ${until}`;
        if (from >= until || seen.has(key)) return;
        seen.add(key);
        if (certain && single) sure?.add(m.parent);
        this.add(m.parent, [from, until]);
        queue.push([m.parent, [from, until], certain && single]);
      });
    }
    return queue.length > 1;
  }

  /** The span of a thing's time that counts and that a time lies in. */
  at(name: string, time: number): Span | undefined {
    return this.spans.get(name)?.find(([from, until]) => time > from && time < until);
  }
}
