import { expect, it, vi } from "vitest";
import { StageClock } from "./progress.ts";

it("times stages from where they begin to where the next one does", () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(1000);
  const at = (ms: number) => now.mockReturnValue(ms);
  const clock = new StageClock("reading");
  at(3500);
  clock.enter("reading");
  clock.enter("estate");
  at(3750);
  clock.enter("report");
  at(4000);
  expect(clock.seconds()).toEqual({ reading: 2.5, estate: 0.25, report: 0.25 });
  now.mockRestore();
});
