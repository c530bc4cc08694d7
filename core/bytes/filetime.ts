const TICKS_1601_TO_1970 = 116_444_736_000_000_000n;
const LAST_TICK = 208_678_000_000_000_000n; // about the year 2262, the end of int64 nanoseconds

/**
 * Windows FILETIME (100 ns since 1601-01-01 UTC) as ns since 1970-01-01 UTC. [MS-DTYP] 2.3.3
 * @returns null for "not set" (0, -1) and for times that int64 nanoseconds cannot hold.
 */
export function filetimeToNs(ticks: bigint): bigint | null {
  if (ticks < TICKS_1601_TO_1970 - 92_000_000_000_000_000n || ticks > LAST_TICK) return null;
  return (ticks - TICKS_1601_TO_1970) * 100n;
}
