import type { Coverage } from "./story.ts";

/** A shorter span between two captures is none: a rotated capture has one at each of its borders, as between any two packets. */
const SHORTEST_NS = 60_000_000_000n;
/** Of a thin capture it is so many times longer than the mean between its packets. */
const TIMES_LONGER = 16n;

/** Spans within the evidence that hold no packets: between its captures, and where traffic that was regular stopped. */
export function uncovered(coverage: Pick<Coverage, "captures" | "gaps">): {
  readonly from: string;
  readonly to: string;
}[] {
  const spans = coverage.captures
    .flatMap(({ tsFirst, tsLast, packets }) =>
      tsFirst === null || tsLast === null
        ? []
        : [{ first: BigInt(tsFirst), last: BigInt(tsLast), packets: BigInt(packets) }],
    )
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const lasting = spans.reduce((sum, { first, last }) => sum + last - first, 0n);
  const packets = spans.reduce((sum, each) => sum + each.packets, 0n);
  const usual = packets === 0n ? 0n : (TIMES_LONGER * lasting) / packets;
  const least = usual > SHORTEST_NS ? usual : SHORTEST_NS;
  const gaps: { from: string; to: string }[] = coverage.gaps.map(({ from, to }) => ({ from, to }));
  let end: bigint | null = null;
  for (const { first, last } of spans) {
    if (end !== null && first - end >= least) gaps.push({ from: end.toString(), to: first.toString() });
    if (end === null || last > end) end = last;
  }
  return gaps;
}
