import type { CaptureFile } from "../capture/capture-file.ts";
import type { DecodeCounters } from "../net/decode-counters.ts";
import { countOf } from "../contracts/text-forms.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { GapMeter } from "./gap-meter.ts";
import { limitSentences, lossSentence } from "./limits.ts";
import type { PoolCounters } from "./shard-pool.ts";

/** What one run of analysis counted and the record tables do not say. Kept with the case, as JSON. */
export interface RunCoverage {
  readonly packets: number;
  /** Octets on the wire. */
  readonly octets: number;
  readonly cutPackets: number;
  readonly duplicatePackets: number;
  readonly droppedPackets: number | null;
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  readonly limits: readonly string[];
  /** False if it was cancelled. */
  readonly complete: boolean;
}

/** Sums up a run. */
export function runCoverage(
  captures: readonly CaptureFile[],
  decoded: DecodeCounters,
  octets: number,
  shards: PoolCounters,
  failures: readonly AnalyzerFailure[],
  gaps: GapMeter,
  complete: boolean,
): RunCoverage {
  return {
    packets: decoded.frames,
    octets,
    cutPackets: decoded.cut,
    duplicatePackets: shards.duplicates,
    droppedPackets: dropped(captures),
    gaps: gaps.gaps().map(({ from, to }) => ({ from: from.toString(), to: to.toString() })),
    limits: [
      ...metadataLimits(captures),
      ...decodeLimits(decoded),
      ...limitSentences(shards.limits),
      ...shards.losses.map(lossSentence),
      ...failureLimits(failures),
      ...(complete ? [] : [CANCELLED]),
    ],
    complete,
  };
}

const CANCELLED = "Analysis was cancelled before the end of the captures; what follows covers the part that was read.";

function dropped(captures: readonly CaptureFile[]): number | null {
  let sum: number | null = null;
  for (const { interfaces } of captures) {
    for (const { statistics } of interfaces) {
      const counts = [statistics?.dropped ?? null, statistics?.osDropped ?? null].filter((count) => count !== null);
      if (counts.length > 0) sum = (sum ?? 0) + counts.reduce((total, count) => total + Number(count), 0);
    }
  }
  return sum;
}

/** What the blocks of capture files say beside frames, as far as it was not kept. */
export function metadataLimits(captures: readonly CaptureFile[]): string[] {
  const omitted = captures.reduce((sum, { metadataOmitted }) => sum + metadataOmitted, 0);
  if (omitted === 0) return [];
  return [
    `${countOf(omitted, "comment, name, description or secret", "comments, names, descriptions and secrets")} in capture files left out or cut short because there were too many or they were too long.`,
  ];
}

function decodeLimits(decoded: DecodeCounters): string[] {
  const limits: string[] = [];
  for (const [name, frames] of decoded.unsupported)
    limits.push(`${countOf(frames, "frame")} of link type ${name}, which is not read.`);
  if (decoded.fragmentsDropped > 0) {
    limits.push(
      `${countOf(decoded.fragmentsDropped, "fragmented datagram")} given up because too many were open or their parts contradict.`,
    );
  }
  if (decoded.tooDeep > 0) limits.push(`${countOf(decoded.tooDeep, "packet")} inside more tunnels than are followed.`);
  if (decoded.tunnelsDropped > 0)
    limits.push(`${countOf(decoded.tunnelsDropped, "tunnel")} forgotten because too many were open.`);
  if (decoded.arpForgotten > 0)
    limits.push(
      `${countOf(decoded.arpForgotten, "note")} of ARP forgotten because too many hosts spoke; who claims whose address may not have been told.`,
    );
  return limits;
}

function failureLimits(failures: readonly AnalyzerFailure[]): string[] {
  if (failures.length === 0) return [];
  const first = failures[0]!;
  return [
    `${countOf(failures.length, "analyzer")} failed and gave up its connection, the first (${first.protocol}) at frame ${first.frame} of capture ${first.capture}.`,
  ];
}
