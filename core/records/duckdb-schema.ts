import type { Column, ColumnKind, RecordType } from "./record-type.ts";
import { allColumns, isListKind } from "./record-type.ts";
import { itemKind } from "./table-chunk.ts";

/** DuckDB type of a column kind; see the table in `record-type.ts`. */
export function duckdbType(kind: ColumnKind): string {
  if (isListKind(kind)) return `${duckdbType(itemKind(kind))}[]`;
  switch (kind) {
    case "time":
      return "TIMESTAMP_NS";
    case "interval":
    case "int":
      return "BIGINT";
    case "count":
      return "UBIGINT";
    case "double":
      return "DOUBLE";
    case "port":
      return "USMALLINT";
    case "bool":
      return "BOOLEAN";
    case "addr":
    case "string":
    case "enum":
      return "VARCHAR";
    default:
      return kind satisfies never;
  }
}

/** `name` as an SQL identifier, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `text` as an SQL string literal, whatever characters it has. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Column beside those of `allColumns`: the ingest that wrote the row, so that an unfinished one can be taken back. */
export const INGEST_COLUMN = "ingest";

/** Column computed when read: the id by which findings name a record. */
export const RID_COLUMN = "rid";

/**
 * Statement that creates a record type's table: `allColumns` in order, then `ingest`, then `rid`
 * (`uid || '.' || n`, computed when read; it takes no space).
 */
export function createTableSql(type: RecordType): string {
  const columns = allColumns(type).map(([name, column]) => `${quoteIdentifier(name)} ${duckdbType(column.kind)}`);
  columns.push(`${INGEST_COLUMN} UINTEGER`);
  columns.push(`${RID_COLUMN} VARCHAR GENERATED ALWAYS AS (uid || '.' || n) VIRTUAL`);
  return `CREATE TABLE ${quoteIdentifier(type.name)} (\n  ${columns.join(",\n  ")}\n)`;
}

/** Columns that a query over a record type may name: `allColumns` and `rid`. */
export function queryColumns(type: RecordType): [name: string, column: Column][] {
  return [
    ...allColumns(type),
    [
      RID_COLUMN,
      {
        kind: "string",
        own: true,
        text: "Id by which findings name the record: uid, a dot, n",
        example: "C4J4Th3PJpwU.3",
      },
    ],
  ];
}
