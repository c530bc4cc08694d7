import type { CellValue } from "../../core/records/read-chunk.ts";

export type Row = Readonly<Record<string, CellValue>>;

/** One thing that tshark tells of a capture and so do we: their values, over a whole capture and in any order, are to be the same. */
export interface AgreedField {
  /** Names of tshark's fields that say it; values of all of them go together. */
  readonly tshark: readonly string[];
  /** Our table. */
  readonly table: string;
  /** What it is called in the ledger and the page. */
  readonly name: string;
  /** What one row of ours says of it: no, one or several values. */
  readonly ours: (row: Row) => readonly string[];
  /** tshark's value in our form; null for one that we leave out on purpose. */
  readonly theirs?: (text: string) => string | null;
}

/** The text of a cell as a list of one, nothing where it is unset. */
export const cell =
  (column: string) =>
  (row: Row): readonly string[] =>
    row[column] === null || row[column] === undefined ? [] : [asText(row[column])];

/** The items of a list cell. */
export const items =
  (column: string) =>
  (row: Row): readonly string[] =>
    Array.isArray(row[column]) ? row[column].map(asText) : [];

function asText(value: unknown): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

/** Only the rows that fit. */
export const where =
  (fits: (row: Row) => boolean, values: AgreedField["ours"]): AgreedField["ours"] =>
  (row) =>
    fits(row) ? values(row) : [];
