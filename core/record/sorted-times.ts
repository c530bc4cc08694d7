/** Where in ascending values the first is that is not less. */
export function firstFrom(ascending: BigUint64Array, value: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether one of ascending times, ns since 1970 UTC, lies in a part of time. */
export function hasTimeIn(
  ascending: BigUint64Array,
  { fromNs, untilNs }: { readonly fromNs: bigint; readonly untilNs: bigint },
): boolean {
  const time = ascending[firstFrom(ascending, fromNs)];
  return time !== undefined && time <= untilNs;
}
