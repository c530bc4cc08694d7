import { expect, it } from "vitest";
import { someFinding } from "../../../test/some-finding.ts";
import { OUT_OF_MEMORY } from "../../detections/judge.ts";
import type { DetectionRun } from "../../detections/run.ts";
import type { Evaluation } from "../evaluate.ts";
import { answeredIn, NewestAnswers, withAnswers } from "./prompt-answer.ts";

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
    { detections: ["A"], run: run({ notEvaluated: [short] }), askedAt: 0, ms: 1 },
    { detections: ["B"], run: run({}), askedAt: 0, ms: 1 },
  ];
  expect(answers.map(answeredIn)).toEqual([[], ["B"]]);
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
    { detections: ["A"], run: run({ alone: found.slice(0, 1) }), askedAt: 0, ms: 1 },
    { detections: ["B"], run: run({ alone: found.slice(1), limits: [cut] }), askedAt: 0, ms: 1 },
  ]).run;
  expect(now.limits.map(({ detection }) => detection)).toEqual(["C", "B"]);
  expect(now.notEvaluated).toEqual([]);
});

it("takes of an answer of several what each of them said, and leaves the others as they were", () => {
  const before = { run: run({ findings: found, alone: found }) } as unknown as Evaluation;
  const short = { detection: "A", title: "a", reason: OUT_OF_MEMORY };
  const now = withAnswers(before, [
    { detections: ["A", "B"], run: run({ notEvaluated: [short] }), askedAt: 0, ms: 1 },
  ]).run;
  expect(now.findings.map(({ id }) => id)).toEqual(["F-1"]);
  expect(now.notEvaluated).toEqual([]);
});

it("lets no answer through that was asked for before another one of the same detection", () => {
  const newest = new NewestAnswers();
  const answer = (askedAt: number, ...detections: string[]) => {
    const through = newest.of({ detections, run: run({ alone: found }), askedAt, ms: 1 });
    return [through.detections, through.run.alone.map(({ detection }) => detection)];
  };
  expect(answer(2, "A")).toEqual([["A"], ["A", "B"]]);
  expect(answer(1, "A", "B")).toEqual([["B"], ["B"]]);
  expect(answer(2, "A", "B")).toEqual([
    ["A", "B"],
    ["A", "B"],
  ]);
});
