import { expect, it } from "vitest";
import { someFinding } from "../../../test/some-finding.ts";
import { notAsked, withdrawnOf } from "./withdrawn.ts";

it("is what was told and has no part in anything that stands", () => {
  const told = (id: string, ...records: readonly string[]) => someFinding({ id, records });
  const before = [told("F-1", "C1.1"), told("F-2", "C2.1"), told("F-3", "C3.1", "C3.2")];
  const now = [told("F-1", "C1.1", "C1.2"), told("F-4", "C3.2", "C4.1")];
  expect(withdrawnOf(before, now).map(({ id }) => id)).toEqual(["F-2"]);
  expect(withdrawnOf(now, now)).toEqual([]);
});

it("is nothing that a detection told for which memory does not suffice now", () => {
  const missing = [someFinding({ id: "F-1", detection: "A" }), someFinding({ id: "F-2", detection: "B" })];
  const unasked = notAsked(missing, [{ detection: "A", title: "a", reason: "memory" }]);
  expect(unasked.map(({ id }) => id)).toEqual(["F-1"]);
});
