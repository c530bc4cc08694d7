import { isoTime, terminalSafe } from "../../contracts/text-forms.ts";
import type { QueryRows } from "../../case/query.ts";
import type { QueryValue } from "../../case/result-values.ts";
import { queryRows } from "../../engine/query-case.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, positive } from "../options.ts";
import { note, print, tableText } from "../terminal.ts";

/** Rows shown to people unless they ask for more. */
const ROWS_SHOWN = 200;

export function queryCommand() {
  return command(
    "query",
    "rows by SQL or by a filter (docs/filter.md)",
    "backtrail query --case ./incident-7 'dst in backup and port = 445'\n  backtrail query --case ./incident-7 'SELECT service, count(*) FROM conn GROUP BY ALL'",
  )
    .argument("<query>", "SQL that only reads, or a filter")
    .addOption(caseOption())
    .option("--limit <n>", `rows at the most (default: ${ROWS_SHOWN} for people, all with --json)`, positive)
    .option("--json", "one JSON object a line")
    .action(async (query: string, options: { case: string; limit?: number; json?: boolean }) => {
      await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        let left = options.limit ?? (options.json === true ? Infinity : ROWS_SHOWN);
        let any = false;
        for await (const rows of queryRows(opened, query)) {
          const shown = options.json === true ? await printLines(rows, left) : await printTable(rows, left);
          any ||= shown > 0;
          left -= shown;
          if (left <= 0) break;
        }
        if (!any && options.json !== true) print("No rows.\n");
        if (left <= 0 && options.limit === undefined)
          note(`Only the first ${ROWS_SHOWN} rows are shown: --limit shows more, --json all.`);
      });
    });
}

async function printLines(rows: QueryRows, most: number): Promise<number> {
  let count = 0;
  for (let batch = await rows.next(); batch !== null && count < most; batch = await rows.next()) {
    for (const row of batch.slice(0, most - count)) {
      const object: Record<string, unknown> = rows.table === null ? {} : { _table: rows.table };
      rows.columns.forEach((name, i) => {
        object[name] = jsonValue(row[i]!, rows.types[i]!);
      });
      print(`${terminalSafe(JSON.stringify(object))}\n`);
      count++;
    }
  }
  rows.close();
  return count;
}

async function printTable(rows: QueryRows, most: number): Promise<number> {
  const cells: string[][] = [];
  for (let batch = await rows.next(); batch !== null && cells.length < most; batch = await rows.next()) {
    for (const row of batch.slice(0, most - cells.length))
      cells.push(row.map((value, i) => cellText(value, rows.types[i]!)));
  }
  rows.close();
  if (cells.length === 0) return 0;
  if (rows.table !== null) print(`${rows.table}\n`);
  // Columns that no row has say nothing to a person.
  const used = rows.columns.map((_, i) => rows.table === null || cells.some((row) => row[i] !== ""));
  const keep = (row: readonly string[]) => row.filter((_, i) => used[i]!);
  print(`${tableText(keep(rows.columns), cells.map(keep))}\n`);
  return cells.length;
}

function jsonValue(value: QueryValue, type: string): unknown {
  if (typeof value === "bigint") return type.startsWith("TIMESTAMP") ? isoTime(value) : value.toString();
  return Array.isArray(value) ? value.map((item: QueryValue) => jsonValue(item, type)) : value;
}

function cellText(value: QueryValue, type: string): string {
  if (value === null) return "";
  const plain = jsonValue(value, type);
  if (Array.isArray(plain))
    return plain.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(",");
  return typeof plain === "string" ? plain : JSON.stringify(plain);
}
