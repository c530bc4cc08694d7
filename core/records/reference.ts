import { duckdbType } from "./duckdb-schema.ts";
import type { Column, RecordType } from "./record-type.ts";
import { allColumns, COMMON_COLUMNS } from "./record-type.ts";

/** A name that a filter may use, beside the columns. */
export interface ReferenceAlias {
  readonly name: string;
  readonly text: string;
  readonly tables: readonly string[];
}

/**
 * The reference page of all record types and their columns, in Markdown. The same declarations give the same text.
 * @param seen examples of columns that declare none, see `examplesOf`
 * @param specs specifications that a table's columns follow where they name none of their own
 */
export function referencePage(
  types: readonly RecordType[],
  aliases: readonly ReferenceAlias[] = [],
  seen: ReadonlyMap<string, string> = new Map(),
  specs: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  const sorted = [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = [
    "# Fields",
    "Every record table with its columns, made from the declarations in the code. A table is a Zeek log, a DuckDB table, a Parquet file and a " +
      "set of filter fields under the same names; columns marked \"own\" are not in Zeek's log of that name and follow Zeek's columns. " +
      "Counts have the unit named beside them, or none. " +
      "Times are ns since 1970-01-01 UTC, intervals are ns in the database and seconds in Zeek's logs.",
    `Tables: ${sorted.map(({ name }) => `[${code(name)}](#${name})`).join(", ")}.`,
    "## Columns of every table",
    table(
      Object.entries<Column>(COMMON_COLUMNS).concat([
        [
          "rid",
          {
            kind: "string",
            own: true,
            text: "Id by which findings name the record: uid, a dot, n",
            example: "C4J4Th3PJpwU.3",
          },
        ],
      ]),
    ),
  ];
  if (aliases.length > 0) {
    parts.push(
      "## Short names for filters",
      [
        "| name | stands for | tables |",
        "| --- | --- | --- |",
        ...aliases.map(({ name, text, tables }) => `| ${code(name)} | ${cell(text)} | ${tablesText(tables, types)} |`),
      ].join("\n"),
    );
  }
  for (const type of sorted)
    parts.push(
      `## ${type.name}`,
      `${sentence(type.text)} Version ${type.version}. ${sourceText(type, specs)}`,
      table(ownColumns(type, seen)),
    );
  return `${parts.join("\n\n")}\n`;
}

function ownColumns(type: RecordType, seen: ReadonlyMap<string, string>): [string, Column][] {
  return allColumns(type)
    .filter(([name]) => !(name in COMMON_COLUMNS) || name in type.columns)
    .map(([name, column]) => {
      const example = column.example ?? seen.get(`${type.name}.${name}`);
      return [name, example === undefined ? column : { ...column, example }];
    });
}

function table(columns: readonly [string, Column][]): string {
  if (columns.length === 0) return "No columns beside the common ones.";
  const rows = columns.map(([name, column]) => {
    const { kind, text, unit, example, source, own } = column;
    const notes = [
      unit === undefined ? "" : `in ${cell(unit)}`,
      example === undefined ? "" : `e.g. ${code(example)}`,
      source === undefined ? "" : cell(source),
      own ? "own" : "",
    ];
    return `| ${code(name)} | ${code(kind)} | ${code(duckdbType(kind))} | ${cell(sentence(text))} | ${notes.filter((note) => note !== "").join("; ")} |`;
  });
  return [
    "| column | Zeek type | DuckDB type | what it says | notes |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function sourceText(type: RecordType, specs: ReadonlyMap<string, readonly string[]>): string {
  const list = specs.get(type.name) ?? [];
  const origin = type.own ? "Not a log of Zeek's" : `Zeek's ${type.name}.log, but for columns marked "own"`;
  return list.length === 0 ? `${origin}.` : `${origin}; after ${list.join(", ")} where a column names no other source.`;
}

function tablesText(tables: readonly string[], types: readonly RecordType[]): string {
  return tables.length === types.length ? "all" : tables.map(code).join(", ");
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
