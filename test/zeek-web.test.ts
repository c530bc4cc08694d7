import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { PROTOCOLS } from "../core/protocols/index.ts";
import type { CellValue } from "../core/records/read-chunk.ts";
import type { RecordType } from "../core/records/record-type.ts";
import { allColumns } from "../core/records/record-type.ts";
import { zeekTsvLine } from "../core/records/zeek-log.ts";
import { comparedFields } from "./conformance/scope.ts";
import { corpusDir } from "./corpus.ts";
import type { ZeekBaseline } from "./zeek-baseline.ts";
import { zeekBaselines } from "./zeek-baseline.ts";
import { compareLog } from "./zeek-compare.ts";
import type { ZeekRow } from "./zeek-log.ts";

const TABLES = ["dns", "http", "ssl", "x509", "ssh", "quic"];
/** Modes in which Zeek's logs are those of its own scripts. */
const MODES = ["stock", "load", "observe"];
/** Evidence of the run, or of files, which are followed elsewhere. */
const NOT_COMPARED = new Set(["ts", "uid", "orig_fuids", "resp_fuids"]);

const types = new Map<string, RecordType>(PROTOCOLS.flatMap(({ records }) => records.map((type) => [type.name, type])));
const ledger = JSON.parse(readFileSync(new URL("ledgers/zeek-web.json", import.meta.url), "utf8")) as {
  differences: Record<string, { why: string; lines: string[] }>;
};

const corpus = corpusDir();

describe.skipIf(corpus === null)(
  "dns, http, ssl, x509, ssh and quic agree with Zeek (skipped without the corpus)",
  () => {
    const baselines = zeekBaselines(corpus).filter(
      ({ log, mode }) => TABLES.includes(log.name) && MODES.includes(mode),
    );

    it.each(baselines.map((baseline) => [baseline.file, baseline] as const))(
      "%s: differences are the known ones",
      async (file, baseline) => {
        expect(await differencesOf(baseline)).toEqual(ledger.differences[file]?.lines ?? []);
      },
    );

    it("knows no difference of a log that is not there", () => {
      const files = new Set(baselines.map(({ file }) => file));
      expect(Object.keys(ledger.differences).filter((file) => !files.has(file))).toEqual([]);
    });
  },
);

async function differencesOf(baseline: ZeekBaseline): Promise<string[]> {
  const { log } = baseline;
  const type = types.get(log.name)!;
  const fields = log.fields.map((field, i) => [field, log.types[i] ?? null] as const);
  const inScope = comparedFields(baseline);
  const compared = fields.filter(([field]) => inScope.includes(field) && !NOT_COMPARED.has(field));
  const result = await analyzeInline([baseline.trace], { verifyChecksums: !baseline.ignoresChecksums });
  expect(result.failures).toEqual([]);
  const line = zeekTsvLine(type);
  const names = allColumns(type).map(([name]) => name);
  const ours = (result.rows.get(log.name) ?? []).map((row) =>
    zeekRow(names, line(names.map((name) => row[name] as CellValue))),
  );
  const theirs = { ...log, fields: compared.map(([field]) => field), types: compared.map(([, kind]) => kind) };
  const comparison = compareLog(ours, theirs);
  const differences: string[] = [];
  for (const [field, { compared: cells, equal, examples }] of comparison.fields) {
    if (cells === equal) continue;
    differences.push(`${field}: ${cells - equal} of ${cells}, as ${examples[0]!.ours} for ${examples[0]!.theirs}`);
  }
  for (const row of comparison.missing) differences.push(`only Zeek has ${nameOf(row)}`);
  for (const row of comparison.extra) differences.push(`only here is ${nameOf(row)}`);
  return differences;
}

function zeekRow(names: readonly string[], line: string): ZeekRow {
  const cells = line.trimEnd().split("\t");
  return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? "-"]));
}

function nameOf(row: ZeekRow): string {
  const fields = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "trans_id", "trans_depth", "fingerprint"];
  return fields.flatMap((field) => (row[field] === undefined ? [] : [row[field]])).join(" ");
}
