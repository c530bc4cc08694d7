const MIB = 1024 * 1024;
/** With less nothing can be written that is whole, whatever was asked for. */
const LEAST_FREE_OCTETS = MIB;

/** Octets that must be free on the disk. */
export interface DiskBounds {
  /** With less nothing is recorded; */
  readonly least: number;
  /** with so much it is again, or it would begin and end every second. */
  readonly goOn: number;
  /** With less the analysis writes nothing, as the recorder may need it; */
  readonly analysis: number;
  /** with so much it does again. */
  readonly analysisGoesOn: number;
}

/** @param leastFreeOctets As it was asked for. */
export function diskBounds(leastFreeOctets: number): DiskBounds {
  const least = Math.max(LEAST_FREE_OCTETS, leastFreeOctets);
  const beyond = Math.min(least, 1024 * MIB);
  return {
    least,
    goOn: least + Math.min(least * 0.1, 128 * MIB),
    analysis: least + beyond,
    analysisGoesOn: least + beyond * 1.2,
  };
}
