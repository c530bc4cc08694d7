import { basename } from "node:path";
import type { Case } from "../../case/case.ts";
import type { Finding } from "../../contracts/finding.ts";
import type { TimeSpan } from "../../record/segment-store.ts";
import { isClosing, spanOf } from "../../record/segment-store.ts";
import { hasTimeIn } from "../../record/sorted-times.ts";

/** Segments that findings told before may spare. */
const MOST_SPARED = 1000;

/** A segment and where in time its frames lie. */
interface TimedSegment extends TimeSpan {
  readonly name: string;
}

/** Names of the segments, oldest first, in which findings begin or end, or of which nobody knows the time; the latest where they are many. */
export function segmentsOfEnds(
  { journal, ledger }: Pick<Case, "journal" | "ledger">,
  findings: readonly Finding[],
): readonly string[] {
  if (findings.length === 0) return [];
  const read = new Map(ledger.summaries().map((capture) => [basename(capture.path), capture]));
  const segments = journal.entries.flatMap((entry) => {
    if (!isClosing(entry) || entry.object === null) return [];
    const { tsFirst, tsLast } = read.get(entry.object) ?? entry.detail;
    return [{ name: entry.object, ...spanOf({ tsFirst, tsLast }) }];
  });
  return namesAt(segments, findings);
}

function namesAt(segments: readonly TimedSegment[], findings: readonly Finding[]): readonly string[] {
  const ends = BigUint64Array.from(findings.flatMap(({ tsFirst, tsLast }) => [BigInt(tsFirst), BigInt(tsLast)])).sort();
  const names = segments.filter((segment) => hasTimeIn(ends, segment)).map(({ name }) => name);
  return [...new Set(names)].sort().slice(-MOST_SPARED);
}
