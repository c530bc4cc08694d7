import type { EntryChange, Manifest, ManifestEntry } from "./manifest.ts";
import { entryOf, PLAIN, timeOf } from "./manifest.ts";

const CHANGES: Readonly<Record<string, EntryChange>> = { Added: "added", Removed: "removed", Modified: "changed" };

/** Report of open-source Tripwire as text: below each heading the names, in quotation marks. */
export function readTripwire(text: string): Manifest | null {
  if (!/Tripwire\(R\).*Integrity Check Report/.test(text.slice(0, 4096))) return null;
  const entries: ManifestEntry[] = [];
  let change: EntryChange | null = null;
  text.split(/\r?\n/).forEach((line, i) => {
    const heading = /^(Added|Removed|Modified)(?: Objects)?:\s*$/.exec(line.trim())?.[1];
    if (heading !== undefined) change = CHANGES[heading]!;
    else if (/^(?:Rule Name|Object Summary|Object Detail|Error Report)/.test(line.trim())) change = null;
    const name = change === null ? undefined : /^\s*"(.+)"\s*$/.exec(line)?.[1];
    if (name !== undefined && change !== null) entries.push(entryOf(name, i + 1, { change }));
  });
  return {
    ...PLAIN,
    format: "Tripwire report",
    tool: "Tripwire",
    host: /^Host name:\s*(\S+)/m.exec(text)?.[1] ?? null,
    generated: timeOf(/^Report created on:\s*(\S.*)$/m.exec(text)?.[1]),
    entries,
  };
}
