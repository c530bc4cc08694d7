import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogCell } from "./log-values.ts";
import { doubleText, isoText, secondsText } from "./log-values.ts";
import { csvCell } from "./csv.ts";
import { csvHeader, csvLine, ndjsonLine } from "./plain-log.ts";
import { allColumns, recordType } from "./record-type.ts";
import { zeekFooter, zeekHeader, zeekJsonLine, zeekText, zeekTsvLine } from "./zeek-log.ts";

const type = recordType({
  name: "example",
  text: "An example",
  version: 1,
  layout: "connection",
  columns: {
    took: { kind: "interval", text: "a" },
    ratio: { kind: "double", text: "a" },
    ok: { kind: "bool", text: "a" },
    name: { kind: "string", text: "a" },
    names: { kind: "vector[string]", text: "a" },
    waits: { kind: "vector[interval]", text: "a" },
    extra: { kind: "count", own: true, text: "a" },
  },
});

function row(over: Record<string, LogCell> = {}): LogCell[] {
  const cells: Record<string, LogCell> = {
    ts: 1_700_000_000_123_456_789n,
    uid: "CabcdefghijK",
    "id.orig_h": "10.0.0.1",
    "id.orig_p": 49152,
    "id.resp_h": "::1",
    "id.resp_p": 445,
    took: 1_500_000,
    ratio: 0.5,
    ok: true,
    name: "x",
    names: ["a", "b"],
    waits: [1_000_000_000, 5],
    extra: 7,
    n: 3,
    capture: 1,
    frame: 10,
    last_capture: 1,
    last_frame: 12,
    ...over,
  };
  return allColumns(type).map(([name]) => cells[name]!);
}

const HOSTILE = "=cmd|' /C calc'!A0\u001b]0;x\u0007\u009b31m\u202e,\"\r\n\t\\x41";

describe("Zeek's TSV", () => {
  it("has Zeek's header, types, footer and values", () => {
    expect(zeekHeader(type, 1_700_000_000_123)).toBe(
      [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\texample",
        "#open\t2023-11-14-22-13-20",
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttook\tratio\tok\tname\tnames\twaits\textra\tn\tcapture\tframe\tlast_capture\tlast_frame",
        "#types\ttime\tstring\taddr\tport\taddr\tport\tinterval\tdouble\tbool\tstring\tvector[string]\tvector[interval]\tcount\tcount\tcount\tcount\tcount\tcount",
        "",
      ].join("\n"),
    );
    expect(zeekFooter(0)).toBe("#close\t1970-01-01-00-00-00\n");
    expect(zeekTsvLine(type)(row())).toBe(
      "1700000000.123457\tCabcdefghijK\t10.0.0.1\t49152\t::1\t445\t0.001500\t0.5\tT\tx\ta,b\t1.000000,0.000000\t7\t3\t1\t10\t1\t12\n",
    );
    expect(zeekTsvLine(type, { decimals: 9 })(row())).toContain("1700000000.123456789\t");
    expect(zeekTsvLine(type)(row({ took: null, ratio: 2, ok: false, name: null, names: [], waits: null }))).toContain(
      "\t-\t2.0\tF\t-\t(empty)\t-\t",
    );
  });

  it("escapes text as Zeek does", () => {
    expect(zeekText("")).toBe("(empty)");
    expect(zeekText("-")).toBe("\\x2d");
    expect(zeekText("(empty)")).toBe("\\x28empty)");
    expect(zeekText("--")).toBe("--");
    expect(zeekText("a,b")).toBe("a,b");
    expect(zeekText("a,b", true)).toBe("a\\x2cb");
    expect(zeekText("tab\there")).toBe("tab\\x09here");
    expect(zeekText("\\\\srv\\share")).toBe("\\\\\\\\srv\\\\share");
    expect(zeekText("naïve — 日本")).toBe("naïve — 日本");
    expect(zeekText("\u009a\u00fc\u0000")).toBe("\\x9a\\xfc\\x00");
    expect(zeekText("日\u009b")).toBe("日\\xc2\\x9b");
    expect(zeekText("a\u202eb")).toBe("a\\xe2\\x80\\xaeb");
  });

  it("keeps one line a row and one field a column whatever the text, and the text can be had back", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.string({ unit: "binary" }),
          fc.constantFrom(HOSTILE, "-", "(empty)"),
        ),
        (text) => {
          const name = text.replace(/\p{Surrogate}/gu, "?");
          const line = zeekTsvLine(type)(row({ name, names: [name, "x"] }));
          expect(line.split("\n")).toHaveLength(2);
          const fields = line.trimEnd().split("\t");
          expect(fields).toHaveLength(allColumns(type).length);
          expect(fields[10]!.split(",")).toHaveLength(2);
          const back = fields[9] === "(empty)" ? "" : unescaped(fields[9]!);
          const isOctets = /[\u0080-\u009f]/.test(name) && !/[^\u0000-\u00ff]/.test(name);
          expect(back).toEqual(
            isOctets ? Buffer.from(name, "latin1").toString("latin1") : Buffer.from(name, "utf8").toString("latin1"),
          );
        },
      ),
    );
  });
});

/** Octets of an escaped text, one character each. */
function unescaped(text: string): string {
  return Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/\\(?:x([0-9a-f]{2})|(\\))/g, (_, code: string | undefined) =>
      code === undefined ? "\\" : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

describe("JSON and CSV", () => {
  it("write Zeek's JSON without unset columns", () => {
    expect(zeekJsonLine(type)(row({ took: null, name: 'q"\u0001\u009a' }))).toBe(
      '{"ts":1700000000.123457,"uid":"CabcdefghijK","id.orig_h":"10.0.0.1","id.orig_p":49152,"id.resp_h":"::1","id.resp_p":445,"ratio":0.5,"ok":true,' +
        '"name":"q\\"\\u0001\\\\x9a","names":["a","b"],"waits":[1.000000,0.000000],"extra":7,"n":3,"capture":1,"frame":10,"last_capture":1,"last_frame":12}\n',
    );
  });

  it("keep every nanosecond in our own JSON", () => {
    const object = JSON.parse(ndjsonLine(type)(row({ extra: 2n ** 60n, ratio: null }))) as Record<string, unknown>;
    expect(object).toMatchObject({
      ts: "2023-11-14T22:13:20.123456789Z",
      took: 1_500_000,
      extra: "1152921504606846976",
      rid: "CabcdefghijK.3",
    });
    expect(object).not.toHaveProperty("ratio");
    expect(ndjsonLine(type)(row({ name: HOSTILE }))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it("write CSV that no spreadsheet takes for a formula", () => {
    expect(csvHeader(type)).toMatch(/^ts,uid,id\.orig_h,.*,last_frame,rid\r\n$/);
    expect(csvLine(type)(row({ name: null, took: -5n, names: ["=1", "b"], waits: [] }))).toBe(
      `2023-11-14T22:13:20.123456789Z,CabcdefghijK,10.0.0.1,49152,::1,445,-0.000000005,0.5,true,,'=1; b,"",7,3,1,10,1,12,CabcdefghijK.3\r\n`,
    );
    for (const start of ["=", "+", "-", "@", "\t", "\r"]) expect(csvCell(`${start}1`).replace(/^"/, "")).toMatch(/^'/);
    expect(csvCell('a"b')).toBe('"a""b"');
    expect(csvCell(HOSTILE)).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202e]/);
  });

  it("write numbers and times exactly", () => {
    expect([secondsText(-1_500n, 6), secondsText(-400n, 6), secondsText(999_999_999n, 6), secondsText(5, 9)]).toEqual([
      "-0.000002",
      "0.000000",
      "1.000000",
      "0.000000005",
    ]);
    expect([isoText(-1n), isoText(0n)]).toEqual(["1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00.000000000Z"]);
    expect([doubleText(1), doubleText(0.25), doubleText(1e-9), doubleText(-3.14159265)]).toEqual([
      "1.0",
      "0.25",
      "0.0",
      "-3.141593",
    ]);
  });
});
