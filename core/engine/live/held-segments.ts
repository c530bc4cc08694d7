import { basename, dirname, resolve } from "node:path";
import type { Case } from "../../case/case.ts";
import { placesOfRecords } from "../../case/query.ts";
import type { Finding } from "../../contracts/finding.ts";
import { RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";

/** Records looked up at once. */
const BATCH = 2000;

/** Names of the segments that hold the frames of the records behind findings. */
export async function heldSegments(source: Case, findings: readonly Finding[]): Promise<string[]> {
  const folder = resolve(source.folder, RECORDING_FILES.folder);
  const segments = new Map<number, string>();
  for (const { number, path } of source.ledger.summaries())
    if (dirname(path) === folder && segmentNumber(basename(path)) !== null) segments.set(number, basename(path));
  const records = [...new Set(findings.flatMap((finding) => finding.records))];
  const held = new Set<string>();
  for (let from = 0; from < records.length; from += BATCH) {
    for (const place of await placesOfRecords(source.store, records.slice(from, from + BATCH)))
      for (let capture = place.capture; capture <= place.lastCapture; capture++) {
        const name = segments.get(capture);
        if (name !== undefined) held.add(name);
      }
  }
  return [...held].sort();
}
