import { countOf, countText } from "../../core/contracts/text-forms.ts";
import { LONGEST_CELL } from "../../core/contracts/window.ts";

/** What a file of records got. */
export interface Saved {
  readonly file: string;
  readonly rows: readonly (readonly string[])[];
  /** Records that there were when the first and when the last of them were read. */
  readonly totals: readonly [first: number, last: number];
}

/** Says what was saved, and in what it is not what the table shows. */
export function savedSentence({ file, rows, totals: [total, last] }: Saved): string {
  const isAll = rows.length >= total;
  const cut = rows.reduce((sum, row) => sum + row.filter((cell) => cell.length > LONGEST_CELL).length, 0);
  const size = isAll
    ? countOf(rows.length, "record")
    : `the first ${countText(rows.length)} of ${countOf(total, "record")}`;
  return [
    `${file} saved with ${size}`,
    ...(last === total
      ? []
      : ["records came while it was written: some may be in it twice or not at all, so save it again when none come"]),
    ...(cut === 0
      ? []
      : [`${countOf(cut, "cell")} longer than ${countText(LONGEST_CELL)} characters, of which it has the beginning`]),
    ...(isAll && cut === 0 ? [] : ["backtrail query --json writes all"]),
  ].join("; ");
}
