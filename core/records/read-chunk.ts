import type { RecordType } from "./record-type.ts";
import { allColumns } from "./record-type.ts";
import type { ColumnValues, TableChunk } from "./table-chunk.ts";

/** A cell as JavaScript has it: 64-bit integers as bigint, lists as arrays, `null` where unset. */
export type CellValue = string | number | bigint | boolean | null | readonly (string | number | bigint | boolean)[];

/** The value of one cell. */
export function cellAt(chunk: TableChunk, column: number, row: number): CellValue {
  const { valid, values } = chunk.columns[column]!;
  if (valid !== null && valid[row] === 0) return null;
  return valueAt(values, row);
}

/** The different values of a column of texts. */
export function textsIn(chunk: TableChunk, column: number): readonly string[] {
  const { values } = chunk.columns[column]!;
  return values.form === "text" ? values.dictionary : [];
}

/** Rows of a chunk as objects, for tests and small tables; `rid` included. */
export function rowsOf(type: RecordType, chunk: TableChunk): Record<string, CellValue>[] {
  const names = allColumns(type).map(([name]) => name);
  const rows: Record<string, CellValue>[] = [];
  for (let row = 0; row < chunk.rows; row++) {
    const object: Record<string, CellValue> = {};
    for (let column = 0; column < names.length; column++) object[names[column]!] = cellAt(chunk, column, row);
    object["rid"] = `${String(object["uid"])}.${String(object["n"])}`;
    rows.push(object);
  }
  return rows;
}

function valueAt(values: ColumnValues, row: number): Exclude<CellValue, null> {
  switch (values.form) {
    case "int64":
    case "double":
    case "port":
      return values.data[row]!;
    case "bool":
      return values.data[row] === 1;
    case "text":
      return values.dictionary[values.ids[row]!]!;
    case "list": {
      const items: (string | number | bigint | boolean)[] = [];
      for (let at = values.offsets[row]!; at < values.offsets[row + 1]!; at++) {
        items.push(valueAt(values.items, at) as string | number | bigint | boolean);
      }
      return items;
    }
  }
}
