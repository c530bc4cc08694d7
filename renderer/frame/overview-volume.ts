import { max } from "d3-array";
import { scaleSqrt } from "d3-scale";
import { area, curveStepAfter } from "d3-shape";
import type { OverviewBucket } from "../../core/contracts/window.ts";

/** Places in the strip: volume into the estate and out of it lies at both sides of the middle. */
export const TOP = 12;
export const MIDDLE = 30;
export const BOTTOM = 46;

/**
 * Volume and sessions of each bucket as paths.
 * @param ends Of the time axis: buckets begin before the first packet and end behind the last.
 */
export function volumePaths(
  buckets: readonly OverviewBucket[],
  place: (ns: string) => number,
  [left, right]: readonly [number, number],
) {
  const estate = max(buckets, ({ octetsIn, octetsOut }) => Math.max(octetsIn, octetsOut)) ?? 0;
  const all = max(buckets, ({ sessions }) => sessions) ?? 0;
  const half = scaleSqrt([0, Math.max(1, estate)], [0, BOTTOM - MIDDLE]);
  const count = scaleSqrt([0, Math.max(1, all)], [0, BOTTOM - TOP]);
  const columns = buckets.map((bucket) => ({ bucket, x: place(bucket.from) }));
  const [a, b] = [columns[0], columns[1]];
  const end = columns.at(-1);
  if (a !== undefined && b !== undefined && end !== undefined)
    columns.push({ bucket: end.bucket, x: end.x + b.x - a.x });
  const within = (x: number) => Math.max(left, Math.min(right, x));
  const shape = (y0: number, y1: (bucket: OverviewBucket) => number) =>
    area<(typeof columns)[number]>()
      .x(({ x }) => within(x))
      .y0(y0)
      .y1(({ bucket }) => y1(bucket))
      .curve(curveStepAfter)
      .digits(1)(columns) ?? "";
  return {
    sessions: shape(BOTTOM, ({ sessions }) => BOTTOM - count(sessions)),
    into: shape(MIDDLE, ({ octetsIn }) => MIDDLE - half(octetsIn)),
    out: shape(MIDDLE, ({ octetsOut }) => MIDDLE + half(octetsOut)),
  };
}
