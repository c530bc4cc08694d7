import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import { PacketDecoder } from "../core/net/decoder.ts";
import { NET_RECORDS } from "../core/net/records.ts";
import { ConnectionTracker } from "../core/net/tracker.ts";
import type { CellValue } from "../core/records/read-chunk.ts";
import { rowsOf } from "../core/records/read-chunk.ts";
import { ChunkedOutput } from "../core/records/record-output.ts";
import { allColumns } from "../core/records/record-type.ts";
import { zeekTsvLine } from "../core/records/zeek-log.ts";
import { corpusDir } from "./corpus.ts";
import type { ZeekBaseline } from "./zeek-baseline.ts";
import { zeekBaselines } from "./zeek-baseline.ts";
import { agreement, compareLog } from "./zeek-compare.ts";
import type { ZeekRow } from "./zeek-log.ts";

/** Modes in which Zeek's logs are those of its own scripts. */
const MODES = ["stock", "load", "observe"];
const TABLES = ["conn", "tunnel"];
/** Times are masked; services are the protocol analyzers' affair, and network and packets of a tunnel are our own. */
const NOT_COMPARED = new Set(["ts", "service"]);

const ledger = JSON.parse(readFileSync(new URL("ledgers/zeek-conn.json", import.meta.url), "utf8")) as {
  differences: Record<string, { why: string; lines: string[] }>;
};
const corpus = corpusDir();
const types = new Map(NET_RECORDS.map((type) => [type.name, type]));

describe.skipIf(corpus === null)("conn and tunnel agree with Zeek (skipped without the corpus)", () => {
  const baselines = zeekBaselines(corpus).filter(
    ({ log, mode, isFiltered, test }) =>
      TABLES.includes(log.name) && MODES.includes(mode) && !isFiltered && test !== "",
  );
  const sum = { equal: 0, cells: 0 };

  it.each(baselines.map((baseline, i) => [`${baseline.file} ${i}`, baseline] as const))(
    "%s: differences are the known ones",
    async (_, baseline) => {
      expect(await differencesOf(baseline, sum)).toEqual(ledger.differences[baseline.file]?.lines ?? []);
    },
  );

  it("knows no difference of a log that is not there", () => {
    const files = new Set(baselines.map(({ file }) => file));
    expect(Object.keys(ledger.differences).filter((file) => !files.has(file))).toEqual([]);
  });

  it("agrees in at least 97 of 100 fields", () => {
    expect(sum.equal / sum.cells).toBeGreaterThan(0.97);
  });
});

async function differencesOf(baseline: ZeekBaseline, sum: { equal: number; cells: number }): Promise<string[]> {
  const { log } = baseline;
  const type = types.get(log.name)!;
  const names = allColumns(type).map(([name]) => name);
  const line = zeekTsvLine(type);
  const ours: ZeekRow[] = [];
  const output = new ChunkedOutput((chunk) => {
    if (chunk.table !== log.name) return;
    for (const row of rowsOf(type, chunk)) ours.push(zeekRow(names, line(names.map((name) => row[name] as CellValue))));
  });
  const ignore = { opened(): void {}, data(): void {}, gap(): void {}, closed(): void {} };
  const tracker = new ConnectionTracker(ignore, output);
  const decoder = new PacketDecoder({ verifyChecksums: !baseline.ignoresChecksums });
  const captures = await openCaptures([baseline.trace]);
  for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
    tracker.process(decoder.decode(frames), 0, 1);
    captures.release(frames);
  }
  await captures.close();
  tracker.finish();
  output.flush();
  const compared = log.fields
    .map((field, i) => [field, log.types[i] ?? null] as const)
    .filter(([field]) => names.includes(field) && !NOT_COMPARED.has(field));
  const theirs = { ...log, fields: compared.map(([field]) => field), types: compared.map(([, kind]) => kind) };
  const comparison = compareLog(ours, theirs);
  const { equal, cells } = agreement(comparison);
  sum.equal += equal;
  sum.cells += cells;
  const differences: string[] = [];
  for (const [field, { compared: all, equal: same, examples }] of comparison.fields) {
    if (all !== same)
      differences.push(`${field}: ${all - same} of ${all}, as ${examples[0]!.ours} for ${examples[0]!.theirs}`);
  }
  if (comparison.missing.length > 0)
    differences.push(`only Zeek has ${comparison.missing.length}, as ${nameOf(comparison.missing[0]!)}`);
  if (comparison.extra.length > 0)
    differences.push(`only here are ${comparison.extra.length}, as ${nameOf(comparison.extra[0]!)}`);
  return differences;
}

function zeekRow(names: readonly string[], line: string): ZeekRow {
  const cells = line.trimEnd().split("\t");
  return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? "-"]));
}

function nameOf(row: ZeekRow): string {
  const fields = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "tunnel_type", "action"];
  return fields.flatMap((field) => (row[field] === undefined ? [] : [row[field]])).join(" ");
}
