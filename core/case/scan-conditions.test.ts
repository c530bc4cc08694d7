import { describe, expect, it } from "vitest";
import { scansOf, withQuotedColumns } from "./scan-conditions.ts";

const scan = (table: string, filters?: string | string[]) => ({
  name: "SEQ_SCAN ",
  children: [],
  extra_info: { Table: table, ...(filters === undefined ? {} : { Filters: filters }) },
});

describe("the scans of a plan", () => {
  it("have what is pushed into them and what filters right above say, whichever of these there are", () => {
    const plan = [
      {
        name: "HASH_JOIN",
        children: [
          {
            name: "FILTER",
            children: [scan("recent.main.http", ["method='POST'", "optional: status_code IN (1, 2)"])],
            extra_info: { Expression: "regexp_matches(uri, 'x')" },
          },
          { name: "PROJECTION", children: [scan('"temp".main.conn_open')], extra_info: {} },
        ],
        extra_info: {},
      },
    ];
    expect(scansOf(JSON.stringify(plan))).toEqual([
      { table: "http", conditions: ["method='POST'", "regexp_matches(uri, 'x')"] },
      { table: "conn_open", conditions: [] },
    ]);
  });

  it("do not have what a filter says of something that was made of their rows", () => {
    const projected = { name: "PROJECTION", children: [scan("dns", "query='x'")], extra_info: {} };
    const plan = [{ name: "FILTER", children: [projected], extra_info: { Expression: "(n > 3)" } }];
    expect(scansOf(JSON.stringify(plan))).toEqual([{ table: "dns", conditions: ["query='x'"] }]);
  });
});

describe("columns of a condition", () => {
  it("are quoted outside of texts, where no function has their name", () => {
    const columns = new Set(["id.resp_p", "path", "lower"]);
    expect(withQuotedColumns("id.resp_p=445 AND lower(path) = 'path' AND lower", columns)).toBe(
      `"id.resp_p"=445 AND lower("path") = 'path' AND "lower"`,
    );
    expect(withQuotedColumns(`"path" = 'it''s path'`, columns)).toBe(`"path" = 'it''s path'`);
  });
});
