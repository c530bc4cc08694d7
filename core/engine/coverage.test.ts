import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../test/sample-captures.ts";
import { caseCoverage, forgetOpenRun, saveLiveCoverage } from "./coverage.ts";
import type { RunCoverage } from "./run-coverage.ts";
import { createWorkspace } from "./workspace.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const GAP = { from: "1000", to: "2000" };

function counted(packets: number, limits: readonly string[]): RunCoverage {
  const none = { octets: 0, cutPackets: 0, duplicatePackets: 0 };
  return { ...none, packets, droppedPackets: 5, gaps: [GAP], limits, complete: true };
}

it("counts what a recording read and lost once, whatever crashes and starts again come between", async () => {
  const target = await createWorkspace(join(scratch.path, "case"));
  const { store } = target;
  const said = async () => {
    const { packets, droppedPackets, gaps, limits } = await caseCoverage(target);
    return { packets, droppedPackets, gaps, limits };
  };
  const lost = (limit: string) => ({ droppedPackets: 60, gaps: [GAP], limits: [limit] });
  const first = await target.beginAnalysis([]);
  await saveLiveCoverage(store, first, counted(137, ["a"]), lost("not known yet"), false);
  expect(await said()).toEqual({ packets: 137, droppedPackets: 65, gaps: [GAP], limits: ["a", "not known yet"] });
  await target.finishAnalysis([]);
  await saveLiveCoverage(store, first, counted(137, ["a"]), lost("not known yet"), true);
  await target.beginAnalysis([]);
  await saveLiveCoverage(store, first, counted(274, ["a", "b"]), lost("not known yet"), false);
  expect(await said()).toMatchObject({ packets: 274, droppedPackets: 65, limits: ["a", "b", "not known yet"] });
  // It crashes, and what came after the first run is read again.
  await target.discardAnalysis("crash");
  expect(await said()).toMatchObject({ packets: 137, limits: ["a", "not known yet"] });
  await forgetOpenRun(store);
  const again = await target.beginAnalysis([]);
  expect(await said()).toMatchObject({ packets: 137 });
  await saveLiveCoverage(store, again, { ...counted(137, ["b"]), droppedPackets: null }, lost("never told"), false);
  const all = { packets: 274, droppedPackets: 65, gaps: [GAP], limits: ["a", "b", "never told"] };
  expect(await said()).toEqual(all);
  await target.finishAnalysis([]);
  await saveLiveCoverage(store, again, { ...counted(137, ["b"]), droppedPackets: null }, lost("never told"), true);
  expect(await said()).toEqual(all);
  target.close();
});
