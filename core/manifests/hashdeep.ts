import type { EntryChange, Manifest, ManifestEntry } from "./manifest.ts";
import { digestNamed, entryOf, joinDigests, PLAIN, sizeOf } from "./manifest.ts";

const FIRST_LINE = /^%%%% HASHDEEP-(\d+\.\d+)/;
const COLUMNS = /^%%%% (size,.+)$/;
/** What an audit (`hashdeep -a -vv`) says became of the file whose name stands before it. */
const OUTCOME = /: (Moved from|Known file not used|No match|Changed)\b/g;
const CHANGES: Readonly<Record<string, EntryChange>> = {
  "Moved from": "changed",
  Changed: "changed",
  "Known file not used": "removed",
  "No match": "added",
};

/** hashdeep's list of known files. Columns are those that its second line names, the file name last. */
export function readHashdeep(text: string): Manifest | null {
  const version = FIRST_LINE.exec(text)?.[1];
  if (version === undefined) return null;
  const lines = text.split(/\r?\n/);
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
    // The name may hold such words itself: the last ones count.
    let end = 0;
    let change: EntryChange | undefined;
    for (const found of line.matchAll(OUTCOME)) [end, change] = [found.index, CHANGES[found[1]!]];
    if (end > 0 && change !== undefined) entries.push(entryOf(line.slice(0, end), i + 1, { change }));
  });
  return { ...PLAIN, format: "hashdeep audit", tool: "hashdeep", entries };
}
