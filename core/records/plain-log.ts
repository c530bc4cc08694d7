import { csvCell } from "./csv.ts";
import type { LogCell } from "./log-values.ts";
import { isoText, secondsText, terminalSafeJson } from "./log-values.ts";
import type { ColumnKind, RecordType } from "./record-type.ts";
import { allColumns, isListKind } from "./record-type.ts";

/**
 * Writes rows (cells in the order of `allColumns`) as JSON objects, one a line: times as ISO 8601 text with nine decimals,
 * intervals as whole ns, unset columns left out, and `rid` at the end.
 */
export function ndjsonLine(type: RecordType): (cells: readonly LogCell[]) => string {
  const columns = allColumns(type);
  const [uidAt, nAt] = ["uid", "n"].map((name) => columns.findIndex(([column]) => column === name));
  return (cells) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < columns.length; i++) {
      const [name, { kind }] = columns[i]!;
      const cell = cells[i]!;
      if (cell !== null) object[name] = kind === "time" ? isoText(cell as bigint) : jsonCell(cell);
    }
    object["rid"] = `${String(cells[uidAt!])}.${String(cells[nAt!])}`;
    return `${terminalSafeJson(object)}\n`;
  };
}

/** Whole numbers beyond 2^53 as text, because JSON numbers cannot hold them. */
function jsonCell(cell: LogCell): unknown {
  if (typeof cell === "bigint") return isSafe(cell) ? Number(cell) : String(cell);
  if (typeof cell === "object" && cell !== null) return cell.map(jsonCell);
  return cell;
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** First line of a CSV file (RFC 4180). */
export function csvHeader(type: RecordType): string {
  return `${[...allColumns(type).map(([name]) => csvText(name)), "rid"].join(",")}\r\n`;
}

/**
 * Writes rows as CSV (RFC 4180): times as ISO 8601 text, intervals as seconds with nine decimals, lists with "; " between their items, unset
 * cells empty. Text that a spreadsheet would take for a formula gets a `'` before it.
 */
export function csvLine(type: RecordType): (cells: readonly LogCell[]) => string {
  const columns = allColumns(type);
  const [uidAt, nAt] = ["uid", "n"].map((name) => columns.findIndex(([column]) => column === name));
  return (cells) => {
    const fields = columns.map(([, { kind }], i) => fieldOf(cells[i]!, kind));
    fields.push(csvText(`${String(cells[uidAt!])}.${String(cells[nAt!])}`));
    return `${fields.join(",")}\r\n`;
  };
}

function fieldOf(cell: LogCell, kind: ColumnKind): string {
  if (cell === null) return "";
  if (isListKind(kind)) {
    const items = cell as readonly (string | number | bigint | boolean)[];
    return csvText(
      items.map((item) => (kind === "vector[interval]" ? secondsText(item as number, 9) : String(item))).join("; "),
    );
  }
  switch (kind) {
    case "time":
      return isoText(cell as bigint);
    case "interval":
      return secondsText(cell as bigint, 9);
    case "string":
    case "enum":
    case "addr":
      return csvText(cell as string);
    default:
      return String(cell);
  }
}

/** A set cell; an empty text is told from an unset one by its quotes. */
function csvText(text: string): string {
  return text === "" ? '""' : csvCell(text);
}
