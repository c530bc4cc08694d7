import type { Api } from "../../core/contracts/api.ts";
import type { TextPage } from "../../core/contracts/window.ts";
import { download } from "../charts/save-figure.ts";
import { call } from "../data/client.ts";
import { csvOf } from "../data/csv.ts";
import { savedSentence } from "./saved-sentence.ts";

/** Rows that one file gets, for the page does not hold a case; they are read so many at a time. */
const MOST_ROWS = 20_000;
const AT_ONCE = 1000;

type Request = Omit<Api["records.page"][0], "first" | "count">;

/**
 * Saves the rows of a table as CSV, in the order in which they are shown.
 * @param columns Names of those to save.
 * @returns what was done, in a sentence.
 */
export async function saveRecords(request: Request, columns: readonly string[]): Promise<string> {
  const rows: string[][] = [];
  let head: TextPage | null = null;
  let last = 0;
  while (rows.length < Math.min(MOST_ROWS, head?.total ?? 1)) {
    const page = await call("records.page", { ...request, first: rows.length, count: AT_ONCE });
    if (!page.ok) return `Nothing was saved. ${page.error.message}`;
    head ??= page.value;
    last = page.value.total;
    if (page.value.rows.length === 0) break;
    const places = columns.map((name) => head!.columns.findIndex((column) => column.name === name));
    rows.push(...page.value.rows.map((row) => places.map((place) => row[place] ?? "")));
  }
  const file = `${request.table}.csv`;
  const described = head?.columns.filter(({ name }) => columns.includes(name)) ?? [];
  download(new Blob([csvOf({ columns: described, rows })], { type: "text/csv" }), file);
  return savedSentence({ file, rows, totals: [head?.total ?? 0, last] });
}
