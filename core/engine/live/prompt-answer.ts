import { inTimeOrder } from "../../contracts/finding-order.ts";
import { OUT_OF_MEMORY } from "../../detections/judge.ts";
import type { DetectionRun } from "../../detections/run.ts";
import { adjustSeverity } from "../../detections/scoring.ts";
import type { Evaluation } from "../evaluate.ts";

/** What a detection says of all records up to now. */
export interface PromptAnswer {
  readonly detection: string;
  readonly run: DetectionRun;
  /** How long it took to get it. */
  readonly ms: number;
}

/** False for one for which memory did not suffice: it said nothing, and what it said before stands. */
export function hasAnswered({ run }: PromptAnswer): boolean {
  return run.notEvaluated.every(({ reason }) => reason !== OUT_OF_MEMORY);
}

/** An evaluation in which some detections say what they say now; of two answers of one the later counts. */
export function withAnswers(evaluation: Evaluation, answers: readonly PromptAnswer[]): Evaluation {
  if (answers.length === 0) return evaluation;
  const run = answers.filter(hasAnswered).reduce(withAnswer, evaluation.run);
  // What is found now may make more severe what was found before.
  const findings = adjustSeverity(run.alone, run.usual).sort(inTimeOrder);
  const setAside = [...run.setAside].sort((a, b) => inTimeOrder(a.finding, b.finding));
  return { ...evaluation, run: { ...run, findings, setAside } };
}

function withAnswer(before: DetectionRun, { detection, run }: PromptAnswer): DetectionRun {
  const others = <T extends { readonly detection: string }>(list: readonly T[]) =>
    list.filter((each) => each.detection !== detection);
  return {
    ...before,
    usual: run.usual,
    alone: [...others(before.alone), ...run.alone],
    setAside: [...before.setAside.filter(({ finding }) => finding.detection !== detection), ...run.setAside],
    notEvaluated: [...others(before.notEvaluated), ...run.notEvaluated],
    limits: [...others(before.limits), ...run.limits],
    partlyBlind: [...others(before.partlyBlind), ...run.partlyBlind],
    hosts: new Map([...before.hosts, ...run.hosts]),
  };
}
