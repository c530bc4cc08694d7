import { expect, it } from "vitest";
import { someFinding } from "../../../test/some-finding.ts";
import { OUT_OF_MEMORY } from "../../detections/judge.ts";
import type { DetectionRun } from "../../detections/run.ts";
import type { Evaluation } from "../evaluate.ts";
import { hasAnswered, withAnswers } from "./prompt-answer.ts";

function run(fields: Partial<DetectionRun>): DetectionRun {
  return {
    findings: [],
    alone: [],
    usual: { hosts: new Set(), accounts: [], windows: [] },
    setAside: [],
    notEvaluated: [],
    partlyBlind: [],
    learned: "",
    limits: [],
    hosts: new Map(),
    ...fields,
  };
}

const found = [someFinding({ id: "F-1", detection: "A" }), someFinding({ id: "F-2", detection: "B" })];

it("lets what a detection said before stand where memory did not suffice to ask it", () => {
  const before = { run: run({ findings: found, alone: found }) } as unknown as Evaluation;
  const short = { detection: "A", title: "a", reason: OUT_OF_MEMORY };
  const answers = [
    { detection: "A", run: run({ notEvaluated: [short] }), ms: 1 },
    { detection: "B", run: run({}), ms: 1 },
  ];
  expect(answers.map(hasAnswered)).toEqual([false, true]);
  const now = withAnswers(before, answers).run;
  expect(now.findings.map(({ id }) => id)).toEqual(["F-1"]);
  expect(now.notEvaluated).toEqual([]);
});

it("says no more that memory did not suffice for what it has an answer of now", () => {
  const short = { detection: "A", title: "a", reason: OUT_OF_MEMORY };
  const limits = ["A", "C"].map((detection) => ({ detection, sentence: `${detection} was not evaluated` }));
  const before = { run: run({ notEvaluated: [short], limits }) } as unknown as Evaluation;
  const cut = { detection: "B", sentence: "B found more" };
  const now = withAnswers(before, [
    { detection: "A", run: run({ alone: found.slice(0, 1) }), ms: 1 },
    { detection: "B", run: run({ alone: found.slice(1), limits: [cut] }), ms: 1 },
  ]).run;
  expect(now.limits.map(({ detection }) => detection)).toEqual(["C", "B"]);
  expect(now.notEvaluated).toEqual([]);
});
