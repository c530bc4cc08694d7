import { firstFrom } from "../contracts/ascending.ts";

/** Whether one of ascending times, ns since 1970 UTC, lies in a part of time. */
export function hasTimeIn(
  ascending: BigUint64Array,
  { fromNs, untilNs }: { readonly fromNs: bigint; readonly untilNs: bigint },
): boolean {
  const time = ascending[firstFrom(ascending, fromNs)];
  return time !== undefined && time <= untilNs;
}
