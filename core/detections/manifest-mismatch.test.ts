import { expect, it } from "vitest";
import { row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

const STORE = "10.0.5.2";

it("who changed what is read (BT-IN-007) is named by the change that has a name, not by who reads it", async () => {
  const tables = await RecordTables.create();
  try {
    await tables.change([
      {
        sql: `INSERT INTO manifests (id, path, format, generated, dated_by) VALUES (1, 'list', 'list', TIMESTAMP_NS '2024-03-01 10:00:00', 'manifest')`,
      },
      {
        sql: `INSERT INTO manifest_entries (manifest, line, path, original, sha256) VALUES (1, 1, 'd/a.vbk', 'd/a.vbk', 'b')`,
      },
    ]);
    const change = { share: "S", object: "d/a.vbk", outcome: "granted" };
    const stranger = "10.0.0.77";
    await row(tables, "archive_op", "2024-03-01 10:00:01", stranger, STORE, {
      ...change,
      operation: "truncate",
      actor: "CORP\\eve",
    });
    await row(tables, "archive_op", "2024-03-01 10:00:02", stranger, STORE, { ...change, operation: "write" });
    await row(tables, "object_version", "2024-03-01 10:00:09", "10.0.5.1", STORE, {
      share: "S",
      object: "d/a.vbk",
      direction: "read",
      state: "complete",
      sha256: "a",
      actor: "CORP\\veeam",
    });
    await tables.finish();
    await inferEstate(tables, parseScope(SCOPE));
    const { findings } = await runDetections(
      tables,
      DETECTIONS.filter(({ id }) => id === "BT-IN-007"),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ source: stranger, user: "CORP\\eve" });
  } finally {
    tables.close();
  }
});
