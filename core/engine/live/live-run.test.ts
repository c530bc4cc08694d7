import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import { createWorkspace } from "../workspace.ts";
import { LiveRun } from "./live-run.ts";
import type { RecordingLosses } from "./recording-losses.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("keeps what a finished run counted where the analysis ends right after it", async () => {
  const target = await createWorkspace(join(scratch.path, "case"));
  const losses = { ownDropped: 0, gaps: () => [], sentences: () => [] } as unknown as RecordingLosses;
  const run = new LiveRun(
    target,
    1,
    undefined,
    losses,
    { append: () => undefined, appendOpen: () => undefined },
    false,
  );
  await run.begin();
  run.limit("Something was left out.");
  const rows = target.store.rows.bind(target.store);
  vi.spyOn(target.store, "rows").mockImplementation((sql, parameters) =>
    sql.includes("is_binding") ? Promise.reject(new Error("out of memory")) : rows(sql, parameters),
  );
  await expect(run.settle()).rejects.toThrow("out of memory");
  await run.stop();
  const documents = await rows(
    "SELECT name FROM documents WHERE CAST(whole AS VARCHAR) LIKE '%Something was left out.%'",
  );
  expect(documents).toEqual([{ name: "coverage of run 1" }]);
  target.close();
});
