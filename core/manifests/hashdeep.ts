import type { EntryChange, Manifest, ManifestEntry } from "./manifest.ts";
import { digestNamed, entryOf, joinDigests, PLAIN, sizeOf } from "./manifest.ts";

const FIRST_LINE = /^%%%% HASHDEEP-(\d+\.\d+)/;
const COLUMNS = /^%%%% (size,.+)$/;
/** Lines of an audit (`hashdeep -a -vv`): what became of a file. */
const AUDIT = /^(.+): (?:(Moved from|Known file not used|No match|Changed)\b.*)$/;
const CHANGES: Readonly<Record<string, EntryChange>> = {
  "Moved from": "changed",
  Changed: "changed",
  "Known file not used": "removed",
  "No match": "added",
};

/** hashdeep's list of known files. Columns are those that its second line names, the file name last. */
export function readHashdeep(text: string): Manifest | null {
  const lines = text.split(/\r?\n/);
  const version = FIRST_LINE.exec(lines[0] ?? "")?.[1];
  if (version === undefined) return null;
  const columns = COLUMNS.exec(lines[1] ?? "")?.[1]?.split(",") ?? [];
  const entries: ManifestEntry[] = [];
  let passedOver = 0;
  for (const [i, line] of lines.entries()) {
    if (i < 2 || line === "" || line.startsWith("#")) continue;
    const cells = line.split(",");
    // The name may hold commas itself.
    const name = cells.slice(columns.length - 1).join(",");
    if (cells.length < columns.length || name === "") {
      passedOver++;
      continue;
    }
    const digests = joinDigests(columns.slice(1, -1).map((column, at) => digestNamed(column, cells[at + 1]!)));
    entries.push(entryOf(name, i + 1, { size: sizeOf(cells[0]), digests }));
  }
  return { ...PLAIN, format: "hashdeep", tool: "hashdeep", version, entries, passedOver };
}

/** What an audit of hashdeep printed. */
export function readHashdeepAudit(text: string): Manifest | null {
  if (!/^hashdeep: Audit (?:passed|failed)/m.test(text)) return null;
  const entries: ManifestEntry[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    const found = AUDIT.exec(line);
    const change = found === null ? undefined : CHANGES[found[2]!];
    if (found !== null && change !== undefined) entries.push(entryOf(found[1]!, i + 1, { change }));
  });
  return { ...PLAIN, format: "hashdeep audit", tool: "hashdeep", entries };
}
