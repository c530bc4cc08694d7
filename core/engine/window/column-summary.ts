import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { ColumnSummary, Narrowing } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { ColumnKind } from "../../records/record-type.ts";
import { allColumns, isListKind } from "../../records/record-type.ts";
import { rowText } from "../../records/row-text.ts";
import { recordTypeNamed } from "../record-types.ts";
import { recordCondition } from "./narrowing.ts";

const BINS = 24;
const LONGEST_VALUE = 200;
const NUMBERS: ReadonlySet<ColumnKind> = new Set<ColumnKind>(["count", "int", "double", "interval", "port", "time"]);

/** What a column holds in the records that a narrowing leaves. @throws BacktrailError `no-table`, `no-column`, `filter` */
export async function columnSummary(
  source: Case,
  { table, column, most, ...narrowing }: Narrowing & { table: string; column: string; most: number },
): Promise<ColumnSummary> {
  const type = recordTypeNamed(table);
  if (type === undefined) throw new BacktrailError("no-table", `There is no record type named ${table}.`);
  const kind = allColumns(type).find(([name]) => name === column)?.[1].kind;
  if (kind === undefined) throw new BacktrailError("no-column", `${table} has no column ${column}: choose another.`);
  const condition = await recordCondition(source, table, narrowing);
  if (condition === null) return { rows: 0, unset: 0, distinct: 0, values: [], bins: [] };
  const { where, parameters } = condition;
  const cell = isListKind(kind)
    ? `unnest(r.${quoteIdentifier(column)})`
    : kind === "time"
      ? `epoch_ns(r.${quoteIdentifier(column)})`
      : `r.${quoteIdentifier(column)}`;
  const of = `FROM ${quoteIdentifier(table)} AS r WHERE ${where}`;
  const set = `WITH cells AS (SELECT ${cell} AS value, r.ts ${of} AND r.${quoteIdentifier(column)} IS NOT NULL)`;
  const [counted, distinct, values, bins] = await Promise.all([
    source.store.rows(`SELECT count(*) AS n, count(r.${quoteIdentifier(column)}) AS filled ${of}`, parameters),
    source.store.rows(`${set} SELECT approx_count_distinct(value) AS n FROM cells`, parameters),
    kind === "time"
      ? []
      : source.store.rows(
          `${set}, grouped AS (SELECT left(CAST(value AS VARCHAR), ${LONGEST_VALUE}) AS value, count(*) AS n, min(epoch_ns(ts)) AS first, max(epoch_ns(ts)) AS last FROM cells GROUP BY 1)
           SELECT * FROM grouped ORDER BY n DESC, value LIMIT ${most}`,
          parameters,
        ),
    NUMBERS.has(kind) ? binsOf(source, set, parameters, kind) : [],
  ]);
  const rows = Number(counted[0]?.["n"] ?? 0);
  return {
    rows,
    unset: rows - Number(counted[0]?.["filled"] ?? 0),
    distinct: Math.max(Number(distinct[0]?.["n"] ?? 0), values.length < most ? values.length : 0),
    values: values.map((row) => ({
      value: kind === "interval" ? secondsOf(row["value"]) : rowText(row["value"]),
      rows: Number(row["n"]),
      first: rowText(row["first"]),
      last: rowText(row["last"]),
    })),
    bins,
  };
}

/** Even spans from the smallest value to the largest; sizes that spread over powers of ten are binned by their logarithm. */
async function binsOf(
  source: Case,
  set: string,
  parameters: Readonly<Record<string, string>>,
  kind: ColumnKind,
): Promise<ColumnSummary["bins"]> {
  const [ends] = await source.store.rows(
    `${set} SELECT CAST(min(value) AS DOUBLE) AS a, CAST(max(value) AS DOUBLE) AS b FROM cells`,
    parameters,
  );
  if (ends === undefined || ends["a"] === null) return [];
  const [a, b] = [Number(ends["a"]), Number(ends["b"])];
  const isLog = kind !== "time" && kind !== "port" && a >= 0 && b > 1000 && b > 100 * Math.max(1, a);
  const [low, high] = isLog ? [Math.log10(a + 1), Math.log10(b + 1)] : [a, b];
  const width = (high - low) / BINS || 1;
  const value = isLog ? "log10(CAST(value AS DOUBLE) + 1)" : "CAST(value AS DOUBLE)";
  const rows = await source.store.rows(
    `${set} SELECT least(${BINS - 1}, greatest(0, CAST(floor((${value} - ${low}) / ${width}) AS INTEGER))) AS bin, count(*) AS n FROM cells GROUP BY 1 ORDER BY 1`,
    parameters,
  );
  const found = new Map(rows.map((row) => [Number(row["bin"]), Number(row["n"])]));
  const edge = (i: number) => {
    const at = low + i * width;
    const plain = isLog ? 10 ** at - 1 : at;
    return kind === "interval"
      ? String(plain / 1e9)
      : kind === "double"
        ? String(plain)
        : BigInt(Math.round(plain)).toString();
  };
  return Array.from({ length: BINS }, (_, i) => ({ from: edge(i), to: edge(i + 1), rows: found.get(i) ?? 0 }));
}

function secondsOf(value: unknown): string {
  return String(Number(rowText(value)) / 1e9);
}
