// The card: the steps turn one by one, then the outcome.
import { steps, type Facts, type StepName, type StepResult } from "../../../../verify/ts/src/index.js";
import { el, fold } from "./dom.js";
import { list, moment, say, stepName, warning, type Word } from "./words.js";

export type Colour = "checking" | "good" | "warned" | "bad";

export class Card {
  readonly root = el("section", "check checking");
  readonly body = el("div", "check-body");
  private readonly answer = el("p", "answer");
  private readonly more = el("p", "muted");
  private readonly summary: HTMLElement;
  private readonly rows = new Map<StepName, HTMLElement>();
  private done = 0;

  constructor() {
    const ol = el("ol", "check-steps");
    for (const s of steps) {
      const row = el("li", "", stepName(s));
      this.rows.set(s, row);
      ol.append(row);
    }
    const details = fold("", ol);
    this.summary = details.querySelector("summary") as HTMLElement;
    this.answer.setAttribute("role", "status");
    this.root.append(el("h2", "", say("heading")), this.answer, this.more, this.body, details);
    this.root.id = "check";
    this.root.setAttribute("aria-label", say("heading")); // a landmark, wherever it stands
    this.set("checking", say("told"));
    this.count();
  }

  private count(): void {
    this.summary.textContent = say("steps", { n: `${this.done}/${steps.length}` });
  }

  set(colour: Colour, answer: string, more = ""): void {
    this.root.className = "check " + colour;
    this.answer.textContent = answer;
    this.more.textContent = more;
    this.more.hidden = more === "";
  }

  get colour(): Colour {
    return this.root.className.slice(6) as Colour;
  }

  step(s: StepResult): void {
    const row = this.rows.get(s.step)!;
    this.done++;
    row.className = s.status;
    row.dataset.step = s.step;
    if (s.warnings.length) row.append(el("span", "remark", " " + list(s.warnings.map(warning))));
    if (s.detail) row.append(fold(s.step, el("p", "mono", s.detail)));
    this.count();
  }

  /** Adds a line under the answer. */
  line(text: string, className = "muted"): HTMLElement {
    const p = el("p", className, text);
    this.body.append(p);
    return p;
  }

  failed(f: StepResult, more: Word = "refusedMore"): void {
    this.set("bad", say("refused", { step: stepName(f.step) }), say(more));
    this.root.dataset.failed = f.step;
    this.root.querySelector("details")!.open = true;
  }

  signed(f: Facts): void {
    if (f.signed) this.line(say("at", { height: f.signed.height, time: moment(f.signed.time), signers: f.signed.signers, all: f.signed.validators }));
  }
}
