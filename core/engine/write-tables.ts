import type { Case } from "../case/case.ts";
import type { LogOptions, WrittenLog } from "../case/logs.ts";
import { writeLogs } from "../case/logs.ts";
import { isoTime } from "../contracts/text-forms.ts";
import { fileName, TIME_ZONE } from "../report/exports/origin.ts";
import { filterTimes } from "./filter-times.ts";
import { TOOL } from "./version.ts";

/** Writes record tables as files into a folder and their hashes into the journal. */
export async function writeTables(
  source: Case,
  folder: string,
  options: Omit<LogOptions, "origin">,
): Promise<WrittenLog[]> {
  const files = await writeLogs(source.store, folder, { ...options, origin: originOf(source) });
  if (source.isReadOnly) return files;
  for (const { path, sha256, rows, table } of files)
    source.journal.append("exported", { object: path, sha256, detail: { table, rows, format: options.format } });
  return files;
}

function originOf(source: Case): Record<string, string> {
  const { start, end } = filterTimes(source);
  const captures = source.ledger.entries.map(({ number, path, sha256 }) => ({ number, name: fileName(path), sha256 }));
  return {
    tool: TOOL.name,
    version: TOOL.version,
    case_id: source.info.id,
    case_name: source.info.name,
    captures: JSON.stringify(captures),
    filter: "none: the whole table",
    ...(start === null || end === null ? {} : { first_packet: isoTime(start), last_packet: isoTime(end) }),
    time_zone: TIME_ZONE,
  };
}
