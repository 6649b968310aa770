// The steps of docs/reference/proof.md over one file.
import { age, block, checkValidators, fork, network, signatures, subject } from "./block.js";
import { Check, type Options } from "./check.js";
import { collectFacts } from "./collect.js";
import type { Facts } from "./facts.js";
import { parseProof } from "./format.js";
import { checkBodies, headsCode, leaves, slots } from "./heads.js";
import { lists, story } from "./records.js";
import { licences, parties } from "./rights.js";
import type { Leaf, Proof, Trust, Validator } from "./schema.js";
import type { Event, Need } from "./story.js";

/** The steps, in order. */
export const steps = ["format", "network", "subject", "validators", "signatures", "fork", "block", "heads", "slots", "leaves", "bodies", "parties",
  "licences", "story", "lists", "recall", "age"] as const;

export type StepName = (typeof steps)[number];
export type Status = "ok" | "warning" | "failed" | "skipped";

/** How a step came out. Warnings are codes: withheld, sandbox, unlicensed, omitted, list, recalled, old, future, pinned. */
export interface StepResult {
  step: StepName;
  status: Status;
  warnings: string[];
  detail: string;
}

export interface Result {
  outcome: "good" | "good with a warning" | "refused";
  steps: StepResult[];
  /** The step that failed, if one did. */
  failed?: StepResult;
  /** What was proven; nothing after a failure. */
  facts?: Facts;
  /** The validators in charge of the signed header. */
  validators?: Validator[];
  /** What the story needs, each with the span of event times that matters. */
  needs?: Need[];
  /** What of the file's open bodies are events. */
  bodies?: Map<Leaf, Event>;
  /** The file as it was read, unless the step format failed. */
  proof?: Proof;
}

/** Takes the steps over a file. Never throws for what is in the file. */
export async function verify(file: string | Uint8Array, trust: Trust, options: Options = {}): Promise<Result> {
  const opts = "subtle" in options ? options : { ...options, subtle: globalThis.crypto?.subtle };
  const c = new Check(trust, opts), result: Result = { outcome: "good", steps: [] };
  const unsigned = () => !c.p.commit, blockOnly = () => c.p.kind === "block";
  let facts: Facts | undefined;
  const plan: [() => unknown, (() => boolean)?][] = [
    [() => { c.p = result.proof = parseProof(file); }], [() => network(c), unsigned], [() => subject(c)], [() => checkValidators(c), unsigned],
    [() => signatures(c), unsigned], [() => fork(c), unsigned], [() => block(c)], [() => headsCode(c), blockOnly], [() => slots(c), blockOnly],
    [() => leaves(c), blockOnly], [() => checkBodies(c), blockOnly], [() => parties(c), blockOnly], [() => licences(c), blockOnly],
    [() => story(c), blockOnly], [() => lists(c), blockOnly], [() => { facts = collectFacts(c); }, blockOnly], [() => age(c)],
  ];
  for (const [i, [run, skip]] of plan.entries()) {
    const step: StepResult = { step: steps[i], status: "ok", warnings: [], detail: "" };
    c.warnings = new Set();
    try {
      if (skip?.()) step.status = "skipped";
      else await run();
    } catch (e) {
      step.status = "failed";
      step.detail = (e as Error).message;
    }
    if (step.status !== "failed" && c.warnings.size) {
      step.status = "warning";
      step.warnings = [...c.warnings].sort();
      result.outcome = "good with a warning";
    }
    result.steps.push(step);
    await opts.onStep?.(step);
    if (step.status === "failed") return { ...result, outcome: "refused", failed: step };
  }
  return { ...result, facts: facts ?? collectFacts(c), validators: c.validators, needs: c.needs, bodies: c.bodies };
}
