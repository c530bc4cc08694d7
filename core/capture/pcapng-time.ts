/** How times of one interface become ns. draft-ietf-opsawg-pcapng 4.2, if_tsresol and if_tsoffset */
export interface TimeScale {
  /** ns in a unit where that is 1, 1000 or 1000000 and no offset is added; 0: use `exactNs`. */
  readonly quick: 0 | 1 | 1000 | 1_000_000;
  /** if_tsresol as stored. */
  readonly resolution: number;
  readonly offsetSeconds: bigint;
  /** True if a unit is shorter than 1 ns or no whole number of ns. */
  readonly loses: boolean;
}

/** if_tsresol where the option is missing: microseconds. */
export const USUAL_RESOLUTION = 6;

export function timeScale(resolution: number, offsetSeconds: bigint): TimeScale {
  const quick = offsetSeconds === 0n ? (QUICK.get(resolution) ?? 0) : 0;
  const loses = (resolution & 0x80) !== 0 ? resolution > 0x89 : resolution > 9;
  return { quick, resolution, offsetSeconds, loses };
}

/** ns since 1970 UTC of a 64-bit count of units, rounded down; not limited to 64 bits. */
export function exactNs(high: number, low: number, scale: TimeScale): bigint {
  const units = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const exponent = BigInt(scale.resolution & 0x7f);
  const offset = scale.offsetSeconds * 1_000_000_000n;
  if ((scale.resolution & 0x80) !== 0) return ((units * 1_000_000_000n) >> exponent) + offset;
  if (exponent <= 9n) return units * 10n ** (9n - exponent) + offset;
  return units / 10n ** (exponent - 9n) + offset;
}

/**
 * Bounds of a time: 2190-01-01 and 1900-01-01 UTC. 64 bits of ns reach further, but the span between any two times has to fit into them too, and
 * the database takes their largest value for infinity.
 */
export const LATEST_NS = 6_942_585_600_000_000_000n;
export const EARLIEST_NS = -2_208_988_800_000_000_000n;

const QUICK: ReadonlyMap<number, 1 | 1000 | 1_000_000> = new Map([
  [9, 1],
  [6, 1000],
  [3, 1_000_000],
]);
