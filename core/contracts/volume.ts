/** Octets that entered and left the backup estate in one span of time. */
export interface VolumeBucket {
  /** Begin of the span, ns since 1970-01-01 UTC as text. */
  readonly from: string;
  readonly octetsIn: number;
  readonly octetsOut: number;
}
