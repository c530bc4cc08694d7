import { isoTime } from "../../contracts/text-forms.ts";

/** RFC 3339 with six digits of the second, cut: "2024-03-01T02:14:07.123456Z". */
export function microsecondTime(ns: bigint | string): string {
  return `${isoTime(ns).slice(0, -4)}Z`;
}

/** Whole units of `step` ns since 1970, towards the past. */
export function wholeUnits(ns: bigint | string, step: bigint): bigint {
  const value = BigInt(ns);
  const rest = ((value % step) + step) % step;
  return (value - rest) / step;
}

export const MICROSECOND = 1000n;
export const MILLISECOND = 1_000_000n;
export const SECOND = 1_000_000_000n;

/** Whole milliseconds since 1970 as a number: exact for 285,000 years. */
export function epochMs(ns: bigint | string): number {
  return Number(wholeUnits(ns, MILLISECOND));
}
