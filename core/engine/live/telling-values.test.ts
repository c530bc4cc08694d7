import { describe, expect, it } from "vitest";
import { allColumns } from "../../records/record-type.ts";
import { RECORD_TYPES } from "../record-types.ts";
import { tellingValues } from "./telling-values.ts";

const named = (...names: readonly string[]) => RECORD_TYPES.filter(({ name }) => names.includes(name));

/** Columns of `dce_rpc` by which a query tells its rows. */
function toldOf(query: string, ...others: readonly string[]): Record<string, unknown> {
  const types = named("dce_rpc", ...others);
  const columns = allColumns(named("dce_rpc")[0]!);
  const told = tellingValues(query, types).get("dce_rpc")?.columns ?? [];
  return Object.fromEntries([...told].map(([place, values]) => [columns[place]![0], [...values]]));
}

describe("what tells a detection", () => {
  it("is what each part of its query compares a column with", () => {
    const query = `WITH a AS (SELECT uid FROM dce_rpc WHERE endpoint = 'svcctl' AND operation IN ('A', 'B'))
      SELECT * FROM dce_rpc d WHERE d.endpoint = 'samr' AND uid IN (SELECT uid FROM a)`;
    expect(toldOf(query)).toEqual({ endpoint: ["svcctl", "samr"] });
    expect(toldOf(`SELECT 1 FROM dce_rpc WHERE "id.resp_p" IN (135, 445)`)).toEqual({ "id.resp_p": [135, 445] });
  });

  it("is nothing where a row need not have it", () => {
    const conditions = [
      "endpoint = 'svcctl' OR sealed",
      "sealed OR endpoint = 'svcctl'",
      "NOT (endpoint = 'svcctl')",
      "endpoint NOT IN ('svcctl')",
      "endpoint IN ('svcctl', $other)",
      "endpoint = 'svcctl' AND sealed OR endpoint LIKE 'sam%'",
      "(opnum = 1 OR (sealed AND endpoint IN ('svcctl', 'samr')))",
      '"id.resp_p" = 445 OR sealed',
    ];
    for (const condition of conditions) expect(toldOf(`SELECT 1 FROM dce_rpc WHERE ${condition}`)).toEqual({});
    expect(toldOf("SELECT CASE WHEN sealed AND endpoint = 'svcctl' THEN 1 END FROM dce_rpc")).toEqual({});
    const joined = `SELECT 1 FROM dce_rpc d JOIN smb_operations s USING (uid) WHERE s."id.resp_p" = 445`;
    expect(toldOf(joined, "smb_operations")).toEqual({});
  });
});
