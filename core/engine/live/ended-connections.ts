import { conn } from "../../net/records.ts";
import { allColumns } from "../../records/record-type.ts";
import type { TableChunk } from "../../records/table-chunk.ts";

const UID = allColumns(conn).findIndex(([name]) => name === "uid");

/** uids of the connections that rows of `conn` are of. */
export function endedIn(chunk: TableChunk): readonly string[] {
  const { values } = chunk.columns[UID]!;
  return values.form === "text" ? values.dictionary : [];
}
