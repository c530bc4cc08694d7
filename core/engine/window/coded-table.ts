import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { TakeNumbers } from "../../case/store-sql.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { Codes } from "./coded-scan.ts";
import { codesFor, widthFor } from "./coded-scan.ts";
import { KindList, MOST_COMBINED } from "./kind-list.ts";

/** Columns in which many sessions are alike: those that are the same in all of them are of one kind. The first two must be among them. */
const KIND_COLUMNS = ["id.orig_h", "id.resp_h", "id.resp_p", "proto", "service", "conn_state"];
/** Columns that are kept for each session. Volume needs the first two; others are left out where there is no room. */
const OWN_COLUMNS = ["orig_bytes", "resp_bytes", "id.orig_p", "duration"];
/** Octets that all of it may take, on the way there too: some 20 for each session, and some 50 for each kind. */
const MOST_OCTETS = 320 * 1024 * 1024;
/** What a session takes until all are put kind by kind, besides a second copy of one column: its kind. */
const OCTETS_OF_PLACE = 4;
const OCTETS_OF_KIND = 50;
const OCTETS_OF_VALUE = 24;
/** Values of a column of its own; where there are more, most sessions have another one. */
const MOST_VALUES = 2_000_000;

/** Even spans of time. */
export interface Spans {
  readonly from: bigint;
  readonly width: bigint;
  readonly count: number;
}

/** A column as codes: of each kind, or of each session. */
export interface CodedColumn {
  /** Temporary table with a row for each value: the value under the column's name, and its `code`. */
  readonly values: string;
  readonly count: number;
  readonly codes: Codes;
}

/** Sessions kind by kind, in columns. */
export interface CodedTable {
  readonly kinds: number;
  /** Where the sessions of each kind begin, and at the end where the last ones end. */
  readonly starts: Uint32Array;
  readonly ofKind: ReadonlyMap<string, CodedColumn>;
  readonly own: ReadonlyMap<string, CodedColumn>;
  readonly spans: Spans;
  readonly span: Uint16Array;
  /** Octets by the codes of `orig_bytes` and `resp_bytes`; 0 where there is no value. */
  readonly sent: Float64Array;
  readonly received: Float64Array;
}

interface Values {
  readonly name: string;
  readonly table: string;
  readonly count: number;
}

/** @throws BacktrailError `out-of-memory` */
export async function codeSessions(source: Case, spans: Spans): Promise<CodedTable> {
  const { sessions, ofKind, ofEach, octets } = await planOf(source);
  const list = new KindList(ofKind.map(({ count }) => count));
  const kinds = new Uint32Array(sessions);
  const [span, ...codes]: [Uint16Array, ...Codes[]] = [
    new Uint16Array(sessions),
    ...ofEach.map(({ count }) => codesFor(count, sessions)),
  ];
  let at = 0;
  await readCodes(source, spans, ofKind, ofEach, ([spanOf, combined, ...codesOf]) => {
    if (at + spanOf!.length > sessions) throw new Error("sessions came while they were read");
    list.number(combined!, kinds, at);
    if (octets + OCTETS_OF_KIND * list.count > MOST_OCTETS) throw tooMuch();
    put(span, spanOf!, at);
    for (const [i, into] of codes.entries()) put(into, codesOf[i]!, at);
    at += spanOf!.length;
  });
  // Rows that are read as they come end without an error where memory does.
  if (at !== sessions) throw tooMuch();
  const starts = list.starts();
  const places = placesOf(kinds, starts);
  // Each takes the place of what it was made of, so that no more than one is there twice.
  for (const [i, of] of codes.entries()) codes[i] = moved(of, places);
  const column = ({ table, count }: Values, of: Codes): CodedColumn => ({ values: `temp.${table}`, count, codes: of });
  return {
    kinds: list.count,
    starts,
    ofKind: new Map(ofKind.map((of, i) => [of.name, column(of, list.codes(i))])),
    own: new Map(ofEach.map((of, i) => [of.name, column(of, codes[i]!)])),
    spans,
    span: moved(span, places),
    sent: await octetsOf(source, ofEach[0]!),
    received: await octetsOf(source, ofEach[1]!),
  };
}

function tooMuch(): BacktrailError {
  return new BacktrailError("out-of-memory", "The sessions of this case take too much memory to be kept kind by kind.");
}

/** Gives back what the database keeps of codes that are not used. */
export async function dropCodes(source: Case, columns = [...KIND_COLUMNS, ...OWN_COLUMNS]): Promise<void> {
  for (const name of columns) await source.store.rowsApart("sessions", `DROP TABLE IF EXISTS temp.${tableOf(name)}`);
}

function tableOf(name: string): string {
  return `coded_${name.replace(".", "_")}`;
}

/** Which columns are kept how. @throws BacktrailError `out-of-memory` */
async function planOf(source: Case) {
  const many = OWN_COLUMNS.map((name, i) => `approx_count_distinct(${quoteIdentifier(name)}) AS c${i}`);
  const [row] = await source.store.rows(`SELECT count(*) AS sessions, ${many.join(", ")} FROM conn`);
  const sessions = Number(row?.["sessions"] ?? 0);
  const [ofKind, ofEach]: [Values[], Values[]] = [[], []];
  let [octets, combined, widest] = [(2 + OCTETS_OF_PLACE) * sessions, 1, 2];
  const keep = (values: Values): boolean => {
    const width = widthFor(values.count);
    const more = width * sessions + OCTETS_OF_VALUE * values.count;
    if (octets + more + Math.max(widest, width) * sessions > MOST_OCTETS) return false;
    octets += more;
    widest = Math.max(widest, width);
    ofEach.push(values);
    return true;
  };
  const alike: Values[] = [];
  for (const name of KIND_COLUMNS) alike.push(await valuesOf(source, name));
  for (const [i, name] of OWN_COLUMNS.entries()) {
    const isKept = Number(row?.[`c${i}`] ?? 0) <= MOST_VALUES && keep(await valuesOf(source, name));
    if (isKept) continue;
    if (i < 2) throw tooMuch();
    await dropCodes(source, [name]);
  }
  for (const values of alike) {
    if (combined * values.count <= MOST_COMBINED) {
      combined *= values.count;
      ofKind.push(values);
      octets += OCTETS_OF_VALUE * values.count;
    } else if (!keep(values)) await dropCodes(source, [values.name]);
  }
  octets += widest * sessions;
  if (octets > MOST_OCTETS || ofKind.length < 2) throw tooMuch();
  return { sessions, ofKind, ofEach, octets };
}

/** Numbers the values of a column. */
async function valuesOf(source: Case, name: string): Promise<Values> {
  const table = tableOf(name);
  const cell = quoteIdentifier(name);
  const [made] = await source.store.rowsApart(
    "sessions",
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     SELECT CAST(row_number() OVER () - 1 AS UINTEGER) AS code, ${cell} FROM (SELECT DISTINCT ${cell} FROM conn)`,
  );
  return { name, table, count: Number(made?.["Count"] ?? 0) };
}

async function readCodes(
  source: Case,
  { from, width }: Spans,
  ofKind: readonly Values[],
  ofEach: readonly Values[],
  take: TakeNumbers,
): Promise<void> {
  const joins = [...ofKind, ...ofEach].map(({ name, table }) => {
    const cell = quoteIdentifier(name);
    return `JOIN ${table} ON ${table}.${cell} IS NOT DISTINCT FROM r.${cell}`;
  });
  const combined = ofKind.reduce((sum, { table, count }) => `(${sum} * ${count} + ${table}.code)`, "CAST(0 AS DOUBLE)");
  const codes = ofEach.map(({ table }) => `${table}.code`).join(", ");
  const sql = `SELECT CAST((epoch_ns(r.ts) - ${from}) // ${width} AS UINTEGER), ${combined}, ${codes} FROM conn AS r ${joins.join(" ")}`;
  await source.store.numbers(sql, {}, take, "streamed");
}

function put(into: Codes, values: Uint32Array | Float64Array, at: number): void {
  for (let i = 0; i < values.length; i++) into[at + i] = values[i]!;
}

/** Where each session goes when they are put kind by kind. */
function placesOf(kinds: Uint32Array, starts: Uint32Array): Uint32Array {
  const next = starts.slice();
  for (let i = 0; i < kinds.length; i++) kinds[i] = next[kinds[i]!]!++;
  return kinds;
}

function moved<T extends Codes>(values: T, places: Uint32Array): T {
  const into = values.slice() as T;
  for (let i = 0; i < values.length; i++) into[places[i]!] = values[i]!;
  return into;
}

async function octetsOf(source: Case, { name, table, count }: Values): Promise<Float64Array> {
  const octets = new Float64Array(count);
  const sql = `SELECT code, CAST(coalesce(${quoteIdentifier(name)}, 0) AS DOUBLE) FROM temp.${table}`;
  await source.store.numbers(sql, {}, ([codes, value]) => {
    for (let i = 0; i < codes!.length; i++) octets[codes![i]!] = value![i]!;
  });
  return octets;
}
