import { quoteIdentifier } from "../records/duckdb-schema.ts";

/** How a plan reads a table once: rows that do not meet all conditions are left out before anything else is done with them. */
export interface Scan {
  readonly table: string;
  /** As the database prints them, which need not be SQL. */
  readonly conditions: readonly string[];
}

interface PlanNode {
  readonly name: string;
  readonly children?: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

/** What is left out where that is quick, besides what the other conditions say. */
const OPTIONAL = "optional: ";

/** The scans of a plan. @param json Answer to EXPLAIN (FORMAT json). */
export function scansOf(json: string): Scan[] {
  return (JSON.parse(json) as PlanNode[]).flatMap((node) => scansBelow(node, []));
}

/** @param filters What filters that stand right above say of the same rows. */
function scansBelow({ name, children = [], extra_info: info = {} }: PlanNode, filters: readonly string[]): Scan[] {
  if (name.trim() === "FILTER") {
    const own = textsOf(info["Expression"] ?? info["Expressions"]);
    return children.flatMap((child) => scansBelow(child, [...filters, ...own]));
  }
  const { Table: table, Filters: pushed } = info;
  const below = children.flatMap((child) => scansBelow(child, []));
  if (typeof table !== "string") return below;
  // What costs least to look at comes first.
  const conditions = [...textsOf(pushed), ...filters].filter((text) => !text.startsWith(OPTIONAL));
  return [...below, { table: bareName(table), conditions }];
}

function textsOf(info: unknown): string[] {
  return [info].flat().filter((text) => typeof text === "string");
}

/** The last part of a table's name, without quotes. */
function bareName(table: string): string {
  return table.slice(table.lastIndexOf(".") + 1).replaceAll('"', "");
}

/** A condition as a plan prints it with the names of columns quoted, as some are no words of SQL ("id.resp_p"). */
export function withQuotedColumns(condition: string, columns: ReadonlySet<string>): string {
  return condition.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][\w.]*/g, (text, at: number) => {
    const isCalled = condition[at + text.length] === "(";
    return columns.has(text) && !isCalled ? quoteIdentifier(text) : text;
  });
}
