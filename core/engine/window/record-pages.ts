import type { Case } from "../../case/case.ts";
import { placesOfRecords } from "../../case/query.ts";
import type { QueryValue } from "../../case/result-values.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { isoTime } from "../../contracts/text-forms.ts";
import type { Narrowing, Subject, TextPage } from "../../contracts/window.ts";
import { LONGEST_CELL } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { Column, ColumnKind, RecordType } from "../../records/record-type.ts";
import { allColumns } from "../../records/record-type.ts";
import { queryRows } from "../query-case.ts";
import { RECORD_TYPES, recordTypeNamed } from "../record-types.ts";
import { storyOf } from "../story-of.ts";
import { recordCondition } from "./narrowing.ts";
import type { SpanIndex } from "./span-index.ts";

/** Records of one table that the Inspector shows of one subject. */
const MOST_RECORDS = 200;
/** How long SQL that was typed in the window may run: nobody else can stop it. */
const TYPED_MS = 60_000;

export interface RecordRequest extends Narrowing {
  readonly table: string;
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  readonly first: number;
  readonly count: number;
}

/** @throws BacktrailError `no-table`, `no-column`, `filter` */
export async function recordsPage(source: Case, index: SpanIndex, request: RecordRequest): Promise<TextPage> {
  const { table, sort, first, count } = request;
  const type = recordTypeNamed(table);
  if (type === undefined) throw new BacktrailError("no-table", `There is no record type named ${table}.`);
  const columns = columnsOf(type);
  if (sort !== null && !columns.some(([name]) => name === sort.column))
    throw new BacktrailError("no-column", `${table} has no column ${sort.column}: sort by another.`);
  const condition = await recordCondition(source, table, request);
  if (condition === null) return { columns: describe(columns), rows: [], total: 0 };
  const { where, parameters } = condition;
  const isDescending = sort?.descending === true;
  const place = await index.place(table, condition, isDescending, first, count);
  if (place === null) return { columns: describe(columns), rows: [], total: 0 };
  const direction = isDescending ? " DESC" : "";
  const keys = ["r.ts", "r.uid", "r.n"].map((key) => key + direction);
  const isByTime = sort === null || sort.column === "ts";
  if (!isByTime) keys.unshift(`r.${quoteIdentifier(sort.column)}${direction} NULLS LAST`);
  const [narrowed, skip] = isByTime ? [place.where, place.skip] : [where, first];
  const from = `FROM ${quoteIdentifier(table)} AS r WHERE ${narrowed} ORDER BY ${keys.join(", ")} LIMIT ${count} OFFSET ${skip}`;
  const rows = first >= place.total ? [] : await textRows(source, type, from, parameters);
  return { columns: describe(columns), rows, total: place.total };
}

/** The records of a finding or a session, table by table. @throws BacktrailError `no-finding` */
export async function recordsOf(
  source: Case,
  { kind, id }: Subject,
): Promise<{ readonly table: string; readonly page: TextPage }[]> {
  const byTable = kind === "finding" ? await tablesOfFinding(source, id) : await tablesOfSession(source, id);
  const groups = [];
  for (const [table, { where, parameters, total }] of byTable) {
    const type = recordTypeNamed(table)!;
    const from = `FROM ${quoteIdentifier(table)} AS r WHERE ${where} ORDER BY r.ts, r.uid, r.n LIMIT ${MOST_RECORDS}`;
    const rows = await textRows(source, type, from, parameters);
    groups.push({ table, page: { columns: describe(columnsOf(type)), rows, total } });
  }
  return groups;
}

interface TablePart {
  readonly where: string;
  readonly parameters: Record<string, string>;
  readonly total: number;
}

async function tablesOfFinding(source: Case, id: string): Promise<Map<string, TablePart>> {
  const finding = (await storyOf(source)).findings.find((each) => each.id === id);
  if (finding === undefined)
    throw new BacktrailError("no-finding", `There is no finding ${id} in this case: reload the page.`);
  const places = await placesOfRecords(source.store, finding.records);
  const tables = new Map<string, TablePart>();
  for (const table of new Set(places.map((place) => place.table))) {
    const own = places.filter((place) => place.table === table);
    tables.set(table, {
      where:
        "r.uid IN (SELECT unnest(CAST($uids::JSON AS VARCHAR[]))) AND r.rid IN (SELECT unnest(CAST($rids::JSON AS VARCHAR[])))",
      parameters: {
        rids: JSON.stringify(own.map(({ rid }) => rid)),
        uids: JSON.stringify([...new Set(own.map(({ uid }) => uid))]),
      },
      total: own.length,
    });
  }
  return tables;
}

async function tablesOfSession(source: Case, uid: string): Promise<Map<string, TablePart>> {
  const parts = RECORD_TYPES.map(
    ({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${quoteIdentifier(name)} WHERE uid = $uid`,
  );
  const rows = await source.store.rows(`SELECT * FROM (${parts.join(" UNION ALL ")}) WHERE rows > 0`, { uid });
  return new Map(
    rows.map((row) => [
      String(row["name"] as string),
      { where: "r.uid = $uid", parameters: { uid }, total: Number(row["rows"]) },
    ]),
  );
}

/** Rows of SQL or of a filter that a person typed, at most `most` of them; `total` is then how many were read. */
export async function typedRows(
  source: Case,
  text: string,
  most: number,
): Promise<TextPage & { readonly more: boolean }> {
  for await (const query of queryRows(source, text, TYPED_MS)) {
    try {
      const rows: string[][] = [];
      let more = false;
      for (let part = await query.next(); part !== null && !more; part = await query.next()) {
        for (const row of part) {
          if (rows.length === most) more = true;
          else rows.push(row.map((value, i) => cellText(value, kindOfType(query.types[i] ?? ""))));
        }
      }
      const columns = query.columns.map((name, i) => ({
        name,
        kind: kindOfType(query.types[i] ?? ""),
        text: query.types[i] ?? "",
      }));
      return { columns, rows, total: rows.length, more };
    } finally {
      query.close();
    }
  }
  return { columns: [], rows: [], total: 0, more: false };
}

function kindOfType(type: string): ColumnKind {
  if (type.startsWith("TIMESTAMP")) return "time";
  return /INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !type.endsWith("[]") ? "double" : "string";
}

function columnsOf(type: RecordType): [string, Column][] {
  return [...allColumns(type), ["rid", { kind: "string", text: "Id of the record" }]];
}

function describe(columns: readonly [string, Column][]): TextPage["columns"] {
  return columns.map(([name, { kind, text }]) => ({ name, kind, text }));
}

async function textRows(
  source: Case,
  type: RecordType,
  from: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string[][]> {
  const columns = columnsOf(type);
  const names = columns.map(([name]) => `r.${quoteIdentifier(name)}`).join(", ");
  const kinds = columns.map(([, { kind }]) => kind);
  const cells = await source.store.cells(`SELECT ${names} ${from}`, parameters);
  return cells.map((row) => row.map((value, i) => cellText(value, kinds[i]!)));
}

function cellText(value: QueryValue, kind: Column["kind"]): string {
  if (value === null) return "";
  if (kind === "time" && typeof value === "bigint") return isoTime(value);
  if (kind === "interval") return secondsText(BigInt(value as bigint));
  const text = Array.isArray(value)
    ? value.map((item) => (typeof item === "object" ? jsonText(item) : String(item))).join(", ")
    : typeof value === "object"
      ? jsonText(value)
      : String(value);
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL)}… (${text.length} characters)`;
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part)) ?? "";
}

/** Whole ns as seconds, as Zeek writes an interval: "0.00612". */
function secondsText(ns: bigint): string {
  const [sign, size] = ns < 0n ? ["-", -ns] : ["", ns];
  const fraction = (size % 1_000_000_000n)
    .toString()
    .padStart(9, "0")
    .replace(/(?<!0)0+$/, "");
  return `${sign}${size / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}
