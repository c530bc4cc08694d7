// The process itself: what it does where the case is not there.
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import type { FromAnalysis } from "./analysis-messages.ts";

const ENTRY = fileURLToPath(new URL("../../../dist/core/engine/live/analysis-process.js", import.meta.url));
const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("makes no case where that of its recording was moved away", async () => {
  const folder = join(scratch.path, "away.case");
  const child = fork(ENTRY);
  const said: FromAnalysis[] = [];
  child.on("message", (message: FromAnalysis) => said.push(message));
  const setup = { folder, workers: 1, intervalMs: 1000, shedOctets: 1e9, leastFreeOctets: 0 };
  child.send({ kind: "start", setup: { ...setup, scope: null, trainingSeconds: null } });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(said).toMatchObject([{ kind: "refused", code: "no-case" }]);
  expect([code, existsSync(folder)]).toEqual([3, false]);
});
