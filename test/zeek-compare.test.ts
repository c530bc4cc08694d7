import { describe, expect, it } from "vitest";
import { corpusDir } from "./corpus.ts";
import { zeekBaselines } from "./zeek-baseline.ts";
import { agreement, compareLog, UidPairs } from "./zeek-compare.ts";
import { cellItems, cellValue, parseZeekJson, parseZeekText, type ZeekRow } from "./zeek-log.ts";

const TEXT = [
  "### BTest baseline data",
  "#separator \\x09",
  "#path\tconn",
  "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tservice\tduration\ttunnel_parents\tnote",
  "#types\ttime\tstring\taddr\tport\taddr\tport\tset[string]\tinterval\tset[string]\tstring",
  "XXXXXXXXXX.XXXXXX\tC1\t10.0.0.1\t5\t10.0.0.2\t53\tdns,tls\t0.014360\t-\ta\\x09b",
  "XXXXXXXXXX.XXXXXX\tC2\t10.0.0.1\t6\t10.0.0.2\t53\t(empty)\t-\tC1\t\\x2d",
  "#close\tXXXX",
].join("\n");

const OURS: ZeekRow[] = [
  row("1.5", "Cb", "6", "(empty)", "-", "Ca", "\\x2d"),
  row("1.0", "Ca", "5", "tls,dns", "0.0143604", "-", "a\\x09b"),
];

function row(
  ts: string,
  uid: string,
  port: string,
  service: string,
  duration: string,
  parents: string,
  note: string,
): ZeekRow {
  return {
    ts,
    uid,
    "id.orig_h": "10.0.0.1",
    "id.orig_p": port,
    "id.resp_h": "10.0.0.2",
    "id.resp_p": "53",
    service,
    duration,
    tunnel_parents: parents,
    note,
  };
}

describe("Zeek logs", () => {
  it("are read with escapes, unset and empty cells", () => {
    const [log] = parseZeekText(TEXT, "?");
    expect(log).toMatchObject({ name: "conn", rows: [{ uid: "C1" }, { uid: "C2" }] });
    expect(cellValue(log!.rows[0]!["note"]!)).toBe("a\tb");
    expect(cellValue(log!.rows[1]!["note"]!)).toBe("-");
    expect(cellValue("-")).toBeNull();
    expect(cellItems("a\\x2cb,c")).toEqual(["a,b", "c"]);
    const json = parseZeekJson('{"ts":1.5,"id_orig_h":"::1","AA":false,"answers":["a","b"]}\n{"rtt":2}', "dns");
    expect(json.rows).toEqual([
      { ts: "1.5", "id.orig_h": "::1", AA: "F", answers: "a,b", rtt: "-" },
      { ts: "-", "id.orig_h": "-", AA: "-", answers: "-", rtt: "2" },
    ]);
    expect(parseZeekText("uid\tname\nC1\tx", "weird")).toEqual([
      { name: "weird", fields: ["uid", "name"], types: [null, null], rows: [{ uid: "C1", name: "x" }] },
    ]);
  });

  it("agree with our rows whatever their order and uids", () => {
    const [log] = parseZeekText(TEXT, "?");
    const result = compareLog(OURS, log!);
    expect([...result.fields].filter(([, f]) => f.equal !== f.compared)).toEqual([]);
    expect(agreement(result)).toEqual({ equal: 18, cells: 18 });
  });

  it("show each cell that differs, and rows that one side lacks", () => {
    const [log] = parseZeekText(TEXT, "?");
    const uids = new UidPairs();
    uids.join("Cx", "C1");
    const wrong = [{ ...OURS[1]!, duration: "0.014362", note: "-" }, row("9", "Cq", "77", "-", "-", "-", "-")];
    const result = compareLog(wrong, log!, uids);
    const different = [...result.fields].filter(([, f]) => f.equal !== f.compared).map(([field]) => field);
    expect(different).toEqual(["uid", "duration", "note"]);
    expect(result.missing.map((r) => r["uid"])).toEqual(["C2"]);
    expect(result.extra.map((r) => r["uid"])).toEqual(["Cq"]);
    expect(agreement(result)).toEqual({ equal: 6, cells: 9 + 20 });
  });

  it("match the likest rows of one connection", () => {
    const log = parseZeekText("id.orig_h\tquery\tanswer\na\tone\t1\na\ttwo\t2\na\tthree\t3", "dns")[0]!;
    const ours = [
      { "id.orig_h": "a", query: "two", answer: "2" },
      { "id.orig_h": "a", query: "three", answer: "4" },
    ];
    const result = compareLog(ours, log);
    expect(result.missing).toEqual([{ "id.orig_h": "a", query: "one", answer: "1" }]);
    expect(result.fields.get("answer")).toMatchObject({ compared: 2, equal: 1 });
  });
});

const corpus = corpusDir();
describe.skipIf(corpus === null)("Zeek logs of the corpus (skipped: the corpus is absent)", () => {
  it("are all read, and each agrees with itself", () => {
    const baselines = zeekBaselines(corpus);
    expect(baselines.length).toBeGreaterThan(400);
    for (const { file, log } of baselines) {
      const { equal, cells } = agreement(compareLog(log.rows, log));
      expect([file, equal]).toEqual([file, cells]);
    }
  });
});
