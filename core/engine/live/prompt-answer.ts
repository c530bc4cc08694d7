import { inTimeOrder } from "../../contracts/finding-order.ts";
import { OUT_OF_MEMORY } from "../../detections/judge.ts";
import type { DetectionRun } from "../../detections/run.ts";
import { adjustSeverity } from "../../detections/scoring.ts";
import type { Evaluation } from "../evaluate.ts";

/** What some detections say of all records up to now. */
export interface PromptAnswer {
  readonly detections: ReadonlySet<string>;
  readonly run: DetectionRun;
  /** How long it took to get it. */
  readonly ms: number;
}

/** Detections that answered: one for which memory did not suffice said nothing, and what it said before stands. */
export function answeredBy({ detections, run }: PromptAnswer): ReadonlySet<string> {
  const short = run.notEvaluated.filter(({ reason }) => reason === OUT_OF_MEMORY).map(({ detection }) => detection);
  return new Set([...detections].filter((id) => !short.includes(id)));
}

/** An evaluation in which some detections say what they say now. */
export function withAnswer(evaluation: Evaluation, answer: PromptAnswer): Evaluation {
  const before = evaluation.run;
  const { run } = answer;
  const detections = answeredBy(answer);
  const others = <T extends { readonly detection: string }>(list: readonly T[]) =>
    list.filter(({ detection }) => !detections.has(detection));
  const answered = <T extends { readonly detection: string }>(list: readonly T[]) =>
    list.filter(({ detection }) => detections.has(detection));
  const alone = [...others(before.alone), ...run.alone];
  const setAside = [...before.setAside.filter(({ finding }) => !detections.has(finding.detection)), ...run.setAside];
  return {
    ...evaluation,
    run: {
      ...before,
      // What is found now may make more severe what was found before.
      findings: adjustSeverity(alone, run.usual).sort(inTimeOrder),
      alone,
      setAside: setAside.sort((a, b) => inTimeOrder(a.finding, b.finding)),
      notEvaluated: [...others(before.notEvaluated), ...answered(run.notEvaluated)],
      limits: [...others(before.limits), ...answered(run.limits)],
      partlyBlind: [...others(before.partlyBlind), ...run.partlyBlind],
      hosts: new Map([...before.hosts, ...run.hosts]),
    },
  };
}
