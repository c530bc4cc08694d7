import type { Manifest, ManifestEntry } from "./manifest.ts";
import { digestNamed, entryOf, joinDigests, PLAIN, sizeOf, timeOf } from "./manifest.ts";

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

/** RFC 4180 2, a line a record. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((found) =>
    found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'),
  );
}
