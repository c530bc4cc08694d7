import type { Case } from "../../case/case.ts";
import { compileFilter } from "../../case/filter/compile.ts";
import type { QueryValue } from "../../case/result-values.ts";
import type { Api, ApiMethod, Handlers, TextPage } from "../../contracts/api.ts";
import type { Problem, Result } from "../../contracts/result.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { countText, isoTime } from "../../contracts/text-forms.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { Column } from "../../records/record-type.ts";
import { allColumns } from "../../records/record-type.ts";
import { evidenceRows } from "../evidence-rows.ts";
import { filterTimes } from "../filter-times.ts";
import { RECORD_TYPES, recordTypeNamed } from "../record-types.ts";
import { reportModel } from "../report-model.ts";
import { storyOf } from "../story-of.ts";
import { verifyCase } from "../verify-case.ts";
import { checkedCall } from "./checked-call.ts";
import { rowText } from "../../records/row-text.ts";

/** Everything that a window may ask of an open case. Served over Electron's bridge and over loopback HTTP alike. */
export function apiHandlers(source: Case): Handlers {
  return {
    "case.view": async () => {
      const { story, volume, journalIntact } = await reportModel(source);
      const counts = RECORD_TYPES.map(
        ({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${quoteIdentifier(name)}`,
      );
      const filled = await source.store.rows(`SELECT * FROM (${counts.join(" UNION ALL ")}) WHERE rows > 0`);
      const tables = filled.map((row) => {
        const name = rowText(row["name"]);
        return { name, text: recordTypeNamed(name)!.text, rows: Number(row["rows"]) };
      });
      return {
        folder: source.folder,
        story,
        volume,
        tables,
        journal: { entries: source.journal.entries.length, ok: journalIntact },
      };
    },
    "records.page": (arg) => recordsPage(source, arg),
    "finding.evidence": async ({ finding: id }) => {
      const story = await storyOf(source);
      const finding = story.findings.find((each) => each.id === id);
      if (finding === undefined)
        throw new BacktrailError("no-finding", `There is no finding ${id} in this case: reload the page.`);
      const { rows } = await evidenceRows(source, [finding]);
      return {
        columns: EVIDENCE_COLUMNS,
        rows: rows.map((row) => [
          isoTime(row.ts),
          row.table,
          row.rid,
          String(row.capture),
          row.frame === row.lastFrame ? String(row.frame) : `${row.frame} to ${row.lastFrame}`,
          row.fileOffset === null ? "in a compressed file" : countText(row.fileOffset),
        ]),
        total: finding.recordCount,
      };
    },
    "case.verify": () => {
      const { ok, evidence, journal } = verifyCase(source);
      const lines = evidence.map(
        ({ number, path, state, difference }) =>
          `capture ${number} ${path}: ${state}${difference === null ? "" : `, ${difference}`}`,
      );
      lines.push(
        journal.ok
          ? `journal: intact, ${journal.entries} entries`
          : `journal: broken at line ${journal.firstBad?.line ?? 0}, ${journal.firstBad?.reason ?? ""}`,
      );
      return Promise.resolve({ ok, lines });
    },
  };
}

/** Answers one call: checks the name and the argument, turns what is thrown into a Problem. Never rejects. */
export async function answer(handlers: Handlers, method: unknown, arg: unknown): Promise<Result<unknown>> {
  const checked = checkedCall(method, arg);
  if (!checked.ok) return checked;
  try {
    const handler = handlers[checked.value.method] as (arg: Api[ApiMethod][0]) => Promise<unknown>;
    return { ok: true, value: await handler(checked.value.arg) };
  } catch (error) {
    if (error instanceof BacktrailError) return refused(error.code, error.message);
    return refused("fault", `A fault in Backtrail itself: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function refused(code: string, message: string): { ok: false; error: Problem } {
  return { ok: false, error: { code, message } };
}

const EVIDENCE_COLUMNS: TextPage["columns"] = [
  { name: "ts", kind: "time", text: "When the record's event was seen" },
  { name: "table", kind: "string", text: "Record table" },
  { name: "rid", kind: "string", text: "Id of the record" },
  { name: "capture", kind: "count", text: "Capture in the evidence ledger" },
  { name: "frames", kind: "string", text: "Frames in the capture, as Wireshark counts" },
  { name: "file offset", kind: "count", text: "Where the first frame begins in the capture file" },
];

async function recordsPage(
  source: Case,
  { table, filter, latestFirst, first, count }: Api["records.page"][0],
): Promise<TextPage> {
  const type = recordTypeNamed(table);
  if (type === undefined) throw new BacktrailError("no-table", `There is no record type named ${table}.`);
  let where = "true";
  let parameters: Readonly<Record<string, string>> = {};
  if (filter.trim() !== "") {
    const compiled = compileFilter(filter, [type], filterTimes(source));
    if (!compiled.ok) throw new BacktrailError("filter", compiled.error.message);
    where = compiled.value[0]!.where;
    parameters = compiled.value[0]!.parameters;
  }
  const columns: [string, Column][] = [...allColumns(type), ["rid", { kind: "string", text: "Id of the record" }]];
  const from = `FROM ${quoteIdentifier(table)} AS r WHERE ${where}`;
  const [counted] = await source.store.rows(`SELECT count(*) AS n ${from}`, parameters);
  const names = columns.map(([name]) => `r.${quoteIdentifier(name)}`).join(", ");
  const order = ["r.ts", "r.uid", "r.n"].map((column) => (latestFirst ? `${column} DESC` : column)).join(", ");
  const rows = await source.store.rows(
    `SELECT ${names} ${from} ORDER BY ${order} LIMIT ${count} OFFSET ${first}`,
    parameters,
  );
  return {
    columns: columns.map(([name, { kind, text }]) => ({ name, kind, text })),
    rows: rows.map((row) => columns.map(([name, { kind }]) => cellText(row[name] ?? null, kind))),
    total: Number(counted?.["n"] ?? 0),
  };
}

function cellText(value: QueryValue, kind: Column["kind"]): string {
  if (value === null) return "";
  if (kind === "time") return isoTime(BigInt(value as bigint));
  if (kind === "interval") return secondsText(BigInt(value as bigint));
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whole ns as seconds, as Zeek writes an interval: "0.00612". */
function secondsText(ns: bigint): string {
  const [sign, size] = ns < 0n ? ["-", -ns] : ["", ns];
  const fraction = (size % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  return `${sign}${size / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}
