import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecordTables } from "../../test/record-tables.ts";
import { ATTACK_NAMES } from "../contracts/attack-names.ts";
import { DETECTIONS } from "./index.ts";
import { detectionRows } from "./judge.ts";
import { placeholders } from "./sentence.ts";
import { withSlices } from "./slices.ts";

let tables: RecordTables;
beforeAll(async () => {
  tables = await RecordTables.create();
});
afterAll(() => tables.close());

/** First rows by query: many detections are blind to the same. */
const counted = new Map<string, Promise<unknown>>();

function firstRow(query: string): Promise<unknown> {
  let row = counted.get(query);
  if (row === undefined) counted.set(query, (row = tables.rows(query).then(([first]) => first)));
  return row;
}

describe("every detection", () => {
  it("has an id of its own", () => {
    const ids = DETECTIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(DETECTIONS.map((detection) => [detection.id, detection] as const))(
    "%s runs and gives what its words need",
    async (_, detection) => {
      const parameters: Record<string, string | number> = {
        ...detection.parameters,
        learned: "",
        ...(detection.learningDays > 0 ? { learning_days: detection.learningDays } : {}),
      };
      const query = withSlices(detection.query);
      await expect(detectionRows(tables, { ...detection, query }, parameters)).resolves.toEqual([]);
      const literal = (value: string | number) => (typeof value === "number" ? String(value) : `'${value}'`);
      const sql = query.replace(/\$([a-z_]+)/g, (whole, name: string) =>
        name in parameters ? literal(parameters[name] ?? 0) : whole,
      );
      const columns = new Map(
        (await tables.rows(`DESCRIBE ${sql}`)).map((row) => [String(row["column_name"]), String(row["column_type"])]),
      );
      expect(columns.get("ts")).toMatch(/^TIMESTAMP/);
      expect(columns.get("records")).toBe("VARCHAR[]");
      for (const name of ["source", "target"]) expect(columns.get(name)).toMatch(/^(VARCHAR|INTEGER|"NULL")$/);
      for (const name of placeholders(detection.explanation)) {
        expect(columns.has(name) || name in parameters || name === "user", `{${name}}`).toBe(true);
      }
      for (const { query } of detection.blindTo) if (query !== null) expect(await firstRow(query)).toHaveProperty("n");
      expect(detection.id).toMatch(/^BT-(IA|DI|CA|LM|AD|CO|TI|C2|EX|IN|DR|BL)-\d{3}$/);
      for (const technique of detection.attack) {
        expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/);
        expect(ATTACK_NAMES[technique], `${technique} has a name`).toBeDefined();
      }
      expect(detection.confidence).toBeGreaterThan(0.05);
      expect(detection.samples.some(({ findings }) => findings === 0)).toBe(true);
    },
  );
});
