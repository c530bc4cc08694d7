import type { Finding } from "../../../core/contracts/finding.ts";

/** What the timeline shows, in ns since 1970. */
export type Span = readonly [from: bigint, to: bigint];

const SHORTEST_NS = 1_000_000n;

/** The narrowed range; else the span of the findings with a margin, since a capture of weeks hides an hour. */
export function wholeSpan(
  from: string | null,
  to: string | null,
  findings: readonly Finding[],
  first: string | null,
  last: string | null,
): Span {
  const [begin, end] = [BigInt(first ?? 0), BigInt(last ?? 1)];
  if (from !== null || to !== null) return [BigInt(from ?? begin), BigInt(to ?? end)];
  if (findings.length === 0) return [begin, end];
  let [a, b] = [BigInt(findings[0]!.tsFirst), BigInt(findings[0]!.tsLast)];
  for (const { tsFirst, tsLast } of findings) {
    if (BigInt(tsFirst) < a) a = BigInt(tsFirst);
    if (BigInt(tsLast) > b) b = BigInt(tsLast);
  }
  const margin = (b - a) / 30n + 1_000_000_000n;
  return [a - margin, b + margin];
}

export function zoomed([from, to]: Span, factor: number, share: number): Span {
  const width = to - from;
  const wanted = BigInt(Math.round(Number(width) * factor));
  const next = wanted < SHORTEST_NS ? SHORTEST_NS : wanted;
  const anchor = from + BigInt(Math.round(Number(width) * share));
  const begin = anchor - BigInt(Math.round(Number(next) * share));
  return [begin, begin + next];
}
