import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordTypeNamed } from "../core/engine/record-types.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { allColumns } from "../core/records/record-type.ts";
import { zeekHeader, zeekTsvLine } from "../core/records/zeek-log.ts";
import { RECORDED, recordedNames } from "./recorded-samples.ts";

const names = recordedNames();
const listed = readFileSync(join(RECORDED, "README.md"), "utf8");

// One command writes the expected logs anew: npx vitest run test/recorded.test.ts -u
describe.each(names.length > 0 ? names : ["(none)"])("recorded sample %s", (name) => {
  it.skipIf(name === "(none)")("is listed, with the script that made it", () => {
    expect(listed).toContain(`| \`${name}\` `);
    expect(existsSync(join(RECORDED, `${name}.sh`))).toBe(true);
  });

  it.skipIf(name === "(none)")("gives the expected records", async () => {
    const { rows, failures } = await analyzeInline([join(RECORDED, `${name}.pcapng`)]);
    expect(failures).toEqual([]);
    for (const [table, list] of rows) {
      const type = recordTypeNamed(table)!;
      const columns = allColumns(type).map(([column]) => column);
      const line = zeekTsvLine(type, { decimals: 9 });
      const text = zeekHeader(type, 0) + list.map((row) => line(columns.map((column) => row[column] ?? null))).join("");
      await expect(text).toMatchFileSnapshot(join(RECORDED, "expected", name, `${table}.log`));
    }
  });

  it.skipIf(name === "(none)")("gives them whatever the number of shards and the size of chunks", async () => {
    const path = join(RECORDED, `${name}.pcapng`);
    const whole = await analyzeInline([path]);
    const parted = await analyzeInline([path], { shards: 5, chunkOctets: 1000 });
    expect([...parted.rows.keys()].sort()).toEqual([...whole.rows.keys()].sort());
    for (const [table, rows] of whole.rows) expect(parted.rows.get(table), table).toEqual(rows);
  });
});
