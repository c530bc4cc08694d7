import type { Manifest, ManifestEntry } from "./manifest.ts";
import { digestNamed, entryOf, joinDigests, MOST_COLUMNS, PLAIN, sizeOf, timeOf } from "./manifest.ts";

const PATHS = ["path", "file", "filename", "name", "fullname"];
const SIZES = ["size", "length", "bytes", "octets"];
const TIMES = ["mtime", "modified", "lastwritetime", "lastwritetimeutc"];
const DIGESTS = ["md5", "sha1", "sha256", "sha512", "sha-1", "sha-256"];

/** Comma-separated values whose first line names a path and a digest, in the names that most tools give them. */
export function readCsvList(text: string): Manifest | null {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const header = cellsOf(lines[0] ?? "").map((cell) => cell.trim().toLowerCase());
  const at = (names: readonly string[]): number => header.findIndex((name) => names.includes(name));
  const path = at(PATHS);
  const digests = header.flatMap((name, i) => (DIGESTS.includes(name) ? [[name, i] as const] : []));
  const [algorithm, digest] = [at(["algorithm"]), at(["digest", "hash"])];
  if (path < 0 || (digests.length === 0 && (algorithm < 0 || digest < 0))) return null;
  const [size, time] = [at(SIZES), at(TIMES)];
  const entries: ManifestEntry[] = [];
  let passedOver = 0;
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line === "") continue;
    const cells = cellsOf(line);
    const name = cells[path];
    if (name === undefined || name === "") {
      passedOver++;
      continue;
    }
    const found = digests.flatMap(([called, column]) => (cells[column] ? [digestNamed(called, cells[column])] : []));
    if (algorithm >= 0 && cells[algorithm] && cells[digest]) found.push(digestNamed(cells[algorithm], cells[digest]));
    entries.push(
      entryOf(name, i + 1, { size: sizeOf(cells[size]), mtime: timeOf(cells[time]), digests: joinDigests(found) }),
    );
  }
  return { ...PLAIN, format: "CSV", entries, passedOver };
}

/** RFC 4180 2, a line a record. What stands between a closing quotation mark and the next comma is left out. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= line.length && cells.length < MOST_COLUMNS;) {
    const closing = line[at] === '"' ? closingMark(line, at + 1) : -1;
    const comma = line.indexOf(",", closing < 0 ? at : closing);
    const end = comma < 0 ? line.length : comma;
    cells.push(closing < 0 ? line.slice(at, end) : line.slice(at + 1, closing).replaceAll('""', '"'));
    at = end + 1;
  }
  return cells;
}

/** Place of the first quotation mark that is not doubled; -1 if there is none. */
function closingMark(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at;
}
