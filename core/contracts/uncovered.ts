import type { Coverage } from "./story.ts";

/** Spans within the evidence that hold no packets: between its captures, and where traffic that was regular stopped. */
export function uncovered(coverage: Coverage): { readonly from: string; readonly to: string }[] {
  const spans = coverage.captures
    .flatMap(({ tsFirst, tsLast }) => (tsFirst === null || tsLast === null ? [] : [[BigInt(tsFirst), BigInt(tsLast)]]))
    .sort(([a = 0n], [b = 0n]) => (a < b ? -1 : a > b ? 1 : 0));
  const gaps: { from: string; to: string }[] = coverage.gaps.map(({ from, to }) => ({ from, to }));
  let end: bigint | null = null;
  for (const [first = 0n, last = 0n] of spans) {
    if (end !== null && first > end) gaps.push({ from: end.toString(), to: first.toString() });
    if (end === null || last > end) end = last;
  }
  return gaps;
}
