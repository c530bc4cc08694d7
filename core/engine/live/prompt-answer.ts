import { inTimeOrder } from "../../contracts/finding-order.ts";
import { OUT_OF_MEMORY } from "../../detections/judge.ts";
import type { DetectionRun } from "../../detections/run.ts";
import { adjustSeverity } from "../../detections/scoring.ts";
import type { Evaluation } from "../evaluate.ts";

/** What some detections say of all records up to now. */
export interface PromptAnswer {
  readonly detections: readonly string[];
  readonly run: DetectionRun;
  /** When they were asked, and how long it took to get it, ms. */
  readonly askedAt: number;
  readonly ms: number;
}

/** Lets through what is no older than what was let through before of the same detection: several ask at the same time. */
export class NewestAnswers {
  readonly #askedAt = new Map<string, number>();

  /** @returns the answer with those of its detections of which nothing newer is known. */
  of(answer: PromptAnswer): PromptAnswer {
    const { askedAt } = answer;
    const isNewest = (id: string) => (this.#askedAt.get(id) ?? -Infinity) <= askedAt;
    const detections = answer.detections.filter(isNewest);
    const older = new Set(answer.detections.filter((id) => !isNewest(id)));
    for (const id of detections) this.#askedAt.set(id, askedAt);
    return { ...answer, detections, run: without(answer.run, older) };
  }
}

/** Those of its detections that answered: one for which memory did not suffice said nothing, and what it said before stands. */
export function answeredIn({ detections, run }: PromptAnswer): readonly string[] {
  const isShort = new Set(
    run.notEvaluated.filter(({ reason }) => reason === OUT_OF_MEMORY).map(({ detection }) => detection),
  );
  return detections.filter((id) => !isShort.has(id));
}

/** An evaluation in which some detections say what they say now; of two answers of one the later counts. */
export function withAnswers(evaluation: Evaluation, answers: readonly PromptAnswer[]): Evaluation {
  if (answers.length === 0) return evaluation;
  const run = answers.reduce(withAnswer, evaluation.run);
  // What is found now may make more severe what was found before.
  const findings = adjustSeverity(run.alone, run.usual).sort(inTimeOrder);
  const setAside = [...run.setAside].sort((a, b) => inTimeOrder(a.finding, b.finding));
  return { ...evaluation, run: { ...run, findings, setAside } };
}

function withAnswer(before: DetectionRun, answer: PromptAnswer): DetectionRun {
  const answered = new Set(answeredIn(answer));
  if (answered.size === 0) return before;
  const old = without(before, answered);
  const now = without(answer.run, new Set(answer.detections.filter((id) => !answered.has(id))));
  return {
    ...before,
    usual: now.usual,
    alone: [...old.alone, ...now.alone],
    setAside: [...old.setAside, ...now.setAside],
    notEvaluated: [...old.notEvaluated, ...now.notEvaluated],
    limits: [...old.limits, ...now.limits],
    partlyBlind: [...old.partlyBlind, ...now.partlyBlind],
    hosts: new Map([...old.hosts, ...now.hosts]),
  };
}

/** A run without what some detections said. */
function without(run: DetectionRun, detections: ReadonlySet<string>): DetectionRun {
  const isOther = ({ detection }: { readonly detection: string }) => !detections.has(detection);
  return {
    ...run,
    alone: run.alone.filter(isOther),
    setAside: run.setAside.filter(({ finding }) => isOther(finding)),
    notEvaluated: run.notEvaluated.filter(isOther),
    limits: run.limits.filter(isOther),
    partlyBlind: run.partlyBlind.filter(isOther),
  };
}
