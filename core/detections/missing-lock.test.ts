import { expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

it("objects without a date (BT-IN-015) are compared with what those with one kept before each, wherever others lie between", async () => {
  const tables = await RecordTables.create();
  try {
    const upload = (minute: number, days: number | null): Promise<void> => {
      const clock = `2024-03-01 10:${String(minute).padStart(2, "0")}:00`;
      const until = days === null ? null : `2024-03-${String(1 + days).padStart(2, "0")}T10:${clock.slice(14)}Z`;
      return row(tables, "object_store", clock, "10.0.5.1", "10.0.5.2", {
        n: minute,
        operation: "PutObject",
        status_code: 200,
        bucket: "main",
        key: `k${minute}`,
        lock_mode: until === null ? null : "COMPLIANCE",
        retain_until: until,
      });
    };
    for (let i = 0; i < 10; i++) await upload(i, 14);
    await upload(10, null);
    for (let i = 11; i < 40; i++) await upload(i, 20);
    for (let i = 40; i < 46; i++) await upload(i, null);
    await tables.finish();
    await inferEstate(tables, parseScope(SCOPE));
    const { findings } = await runDetections(
      tables,
      DETECTIONS.filter(({ id }) => id === "BT-IN-015"),
    );
    expect(findings.map(({ explanation }) => explanation)).toEqual([
      expect.stringMatching(/uploaded 6 objects to main .* 39 objects were locked, for 20 days in the median/),
    ]);
  } finally {
    tables.close();
  }
});
