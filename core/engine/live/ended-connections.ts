import type { EndedRows } from "../../case/open-rows.ts";
import { TOLD_OPEN } from "../../case/open-rows.ts";
import { addTo } from "../../contracts/grouping.ts";
import { conn } from "../../net/records.ts";
import { textsIn } from "../../records/read-chunk.ts";
import { allColumns } from "../../records/record-type.ts";
import type { TableChunk } from "../../records/table-chunk.ts";

/** Records of connections have the same columns first. */
const UID = allColumns(conn).findIndex(([name]) => name === "uid");

/** True if its rows may end what is told of connections that are open. */
export function endsSomething({ table }: TableChunk): boolean {
  return tablesEndedBy(table).length > 0;
}

/** What is not to be told as it stands any more, by the records that came. */
export function endedIn(chunks: readonly TableChunk[]): EndedRows {
  const ended = new Map<string, string[]>();
  for (const chunk of chunks)
    for (const table of tablesEndedBy(chunk.table)) for (const uid of textsIn(chunk, UID)) addTo(ended, table, uid);
  return ended;
}

/** A connection has ended once its row of `conn` is there. */
function tablesEndedBy(table: string): readonly string[] {
  return table === conn.name ? TOLD_OPEN : TOLD_OPEN.filter((name) => name === table);
}
