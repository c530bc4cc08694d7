/** How to record. Checked by `checkOptions` before anything is opened. */
export interface RecordOptions {
  readonly interfaces: readonly string[];
  /** Capture filter in libpcap's language; "" for all. */
  readonly filter: string;
  /** Most octets kept of a frame. */
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** Kernel's buffer for each interface, octets. */
  readonly bufferOctets: number;
  /** A segment is closed when it has so many octets or is so old. */
  readonly rotateOctets: number;
  readonly rotateSeconds: number;
  /** Closed segments beyond this are deleted, oldest first; null for no bound. */
  readonly keepOctets: number | null;
  readonly keepSeconds: number | null;
  /** Recording pauses, with an alarm, while the disk has less than this free. */
  readonly leastFreeOctets: number;
  /** What was recorded is made durable so often, seconds. */
  readonly syncSeconds: number;
  /** Null: the best there is. */
  readonly driver: DriverName | null;
}

export const DRIVERS = ["dumpcap", "tcpdump", "pcap"] as const;
export type DriverName = (typeof DRIVERS)[number];

const MIB = 1024 * 1024;

export const RECORD_DEFAULTS: Omit<RecordOptions, "interfaces"> = {
  filter: "",
  snapLength: 262_144,
  promiscuous: true,
  bufferOctets: 64 * MIB,
  rotateOctets: 256 * MIB,
  rotateSeconds: 300,
  keepOctets: null,
  keepSeconds: null,
  leastFreeOctets: 512 * MIB,
  syncSeconds: 2,
  driver: null,
};
