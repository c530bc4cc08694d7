import type { Finding } from "./finding.ts";

/** Order by time, then by id. */
export function inTimeOrder(a: Finding, b: Finding): number {
  const apart = BigInt(a.tsFirst) - BigInt(b.tsFirst);
  if (apart !== 0n) return apart < 0n ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
