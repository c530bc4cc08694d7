import { dirname, relative } from "node:path";
import { analyzeInline } from "../../core/engine/run-inline.ts";
import { recordTypeNamed } from "../../core/engine/record-types.ts";
import type { DceRpcRow } from "../../core/protocols/dce-rpc/records.ts";
import { zeekLogRows } from "../../core/protocols/dce-rpc/records.ts";
import type { PostgresqlRow } from "../../core/protocols/postgresql/records.ts";
import { isInZeekLog as isPostgresqlInZeekLog } from "../../core/protocols/postgresql/records.ts";
import type { SocksRow } from "../../core/protocols/socks/records.ts";
import { isInZeekLog as isSocksInZeekLog } from "../../core/protocols/socks/records.ts";
import type { CellValue } from "../../core/records/read-chunk.ts";
import { allColumns } from "../../core/records/record-type.ts";
import { zeekTsvLine } from "../../core/records/zeek-log.ts";
import type { ZeekBaseline } from "../zeek-baseline.ts";
import { compareLog, HASHES, UidPairs } from "../zeek-compare.ts";
import type { LogComparison } from "../zeek-compare.ts";
import type { ZeekLog, ZeekRow } from "../zeek-log.ts";
import { UNSET } from "../zeek-log.ts";
import { comparedFields, comparedRows, zeekWeirdRows } from "./scope.ts";

/** A log of Zeek's and how far ours agrees. */
export interface ComparedLog {
  readonly baseline: ZeekBaseline;
  /** Capture, as the corpus names it. */
  readonly trace: string;
  readonly comparison: LogComparison;
}

type Row = Readonly<Record<string, CellValue>>;

/** True if the test ran several captures and this log is of none of the connections of the one that the manifest names. */
export function isOfAnotherCapture({ baseline, comparison }: ComparedLog): boolean {
  return baseline.runs > 1 && comparison.matched === 0;
}

/** Analyses each capture once for each way of taking checksums, and compares all logs that Zeek wrote of it. */
export async function compareAll(corpus: string, baselines: readonly ZeekBaseline[]): Promise<ComparedLog[]> {
  const compared: ComparedLog[] = [];
  for (const group of groupsOf(baselines, ({ trace, ignoresChecksums }) => `${trace} ${String(ignoresChecksums)}`)) {
    const { trace, ignoresChecksums } = group[0]!;
    // Zeek drops no copies of a mirror port; both are to read the same packets.
    const options = { verifyChecksums: !ignoresChecksums, keepDuplicates: true };
    const { rows, failures } = await analyzeInline([trace], options);
    if (failures.length > 0) throw new Error(`${trace}: an analyzer threw: ${failures[0]!.message}`);
    // conn has every uid, so it goes first; logs of one test are of one run, and their uids go together.
    const sorted = [...group].sort((a, b) => Number(b.log.name === "conn") - Number(a.log.name === "conn"));
    for (const run of groupsOf(sorted, ({ file }) => dirname(file))) {
      const uids = new UidPairs();
      for (const baseline of run) {
        const comparison = compareOne(baseline, rows, uids);
        compared.push({ baseline, trace: relative(corpus, trace), comparison });
      }
    }
  }
  return compared.sort((a, b) => (a.baseline.file < b.baseline.file ? -1 : 1));
}

function compareOne(baseline: ZeekBaseline, rows: ReadonlyMap<string, readonly Row[]>, uids: UidPairs): LogComparison {
  const { log } = baseline;
  const fields = comparedFields(baseline);
  const types = fields.map((field) => log.types[log.fields.indexOf(field)] ?? null);
  const ours = zeekRows(log.name, rowsOfZeekLog(log.name, rows));
  const theirs = { ...log, fields, types, rows: comparedRows(log) };
  const saysNothing = log.name === "files" ? isHashNotAskedFor : baseline.isBare ? isUnnamedService : undefined;
  const comparison = compareLog(ours, theirs, uids, saysNothing);
  if (!baseline.isBare) return comparison;
  return { ...comparison, extra: comparison.extra.filter((row) => isOfLoggedConnection(row, log)) };
}

/** Rows that Zeek's log of that name would have by default; some tables of ours tell more. */
function rowsOfZeekLog(log: string, all: ReadonlyMap<string, readonly Row[]>): readonly Row[] {
  const rows = all.get(log) ?? [];
  if (log === "kerberos") {
    // Zeek reads no tickets in headers of HTTP.
    const http = new Set((all.get("http") ?? []).map((row) => row["uid"]));
    return rows.filter((row) => !http.has(row["uid"]));
  }
  if (log === "weird") return zeekWeirdRows(rows);
  if (log !== "dce_rpc") return rows.filter((row) => isOfZeekLog(log, row));
  return zeekLogRows(rows as unknown as (DceRpcRow & { uid: string })[]).map((at) => rows[at]!);
}

function isOfZeekLog(log: string, row: Row): boolean {
  switch (log) {
    case "smb_mapping":
      return row["outcome"] === "confirmed";
    case "postgresql":
      return isPostgresqlInZeekLog(row as unknown as PostgresqlRow);
    case "socks":
      return isSocksInZeekLog(row as unknown as SocksRow);
    default:
      return true;
  }
}

/** A hash that Zeek did not reckon. */
function isHashNotAskedFor(field: string, cell: string, row: ZeekRow): boolean {
  const name = field.toUpperCase();
  return cell === UNSET && HASHES.includes(name) && !(row["analyzers"] ?? name).includes(name);
}

/** Where only some of Zeek's scripts ran, an unset service says that nobody looked. */
function isUnnamedService(field: string, cell: string): boolean {
  return field === "service" && cell === UNSET;
}

/**
 * Where only some scripts ran, a connection that Zeek logs nothing of may be one whose carrier it did not follow (a pipe
 * of SMB); a connection log has them all.
 */
function isOfLoggedConnection(row: ZeekRow, log: ZeekLog): boolean {
  const fields = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"].filter((field) => log.fields.includes(field));
  if (log.name === "conn" || fields.length < 4) return true;
  const isSame = (a: ZeekRow, b: ZeekRow, other: readonly string[]) =>
    fields.every((field, i) => a[field] === b[other[i]!]);
  const turned = ["id.resp_h", "id.resp_p", "id.orig_h", "id.orig_p"];
  return log.rows.some((theirs) => isSame(row, theirs, fields) || isSame(row, theirs, turned));
}

function groupsOf<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function zeekRows(table: string, rows: readonly Row[]): ZeekRow[] {
  const type = recordTypeNamed(table)!;
  const names = allColumns(type).map(([name]) => name);
  const line = zeekTsvLine(type);
  return rows.map((row) => {
    const cells = line(names.map((name) => row[name] ?? null))
      .slice(0, -1)
      .split("\t");
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? UNSET]));
  });
}
