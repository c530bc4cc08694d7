import type { DriverName, RecordOptions } from "./record-options.ts";

/** What a driver counted since it was opened. */
export interface DriverCounters {
  /** Frames that passed the filter, as the kernel counts them. */
  readonly received: number;
  readonly kernelDropped: number;
}

/** What an open interface tells the recorder. */
export interface DriverEvents {
  /** Octets of a pcap stream: its header first, then records. The buffer belongs to the receiver. */
  data(octets: Buffer): void;
  /** A driver that writes files began this one; the one before it is whole. */
  begun(path: string): void;
  /** Nothing more will come; the reason is the driver's own words, "" after `stop`. */
  ended(reason: string): void;
}

/** What of a file of frames is to be given out. */
export interface LeftFrames {
  /** Whole pcap records with times in ns. */
  readonly records: Buffer;
  readonly linkType: number;
  /** Why what is behind cannot be read; null if nothing is there that is whole. */
  readonly damage: string | null;
}

/** A file that a recorder before this one left. */
export interface LeftFile {
  readonly path: string;
  /** Says what of it is in no segment. */
  examine(): Promise<LeftFrames>;
}

/** What waits in the files of a driver. */
export interface Backlog {
  readonly octets: number;
  /** For so long something did without a break, ms. */
  readonly ms: number;
  /** It is what a recorder before this one left, and what comes waits behind it. */
  readonly isLeft: boolean;
}

/** One interface, open for recording. */
export interface OpenInterface {
  /** Null where the driver cannot tell (yet). */
  readonly counters: DriverCounters | null;
  /** Asks for fresh counters; they come a moment later. */
  refresh(): void;
  /** Stops taking octets: the kernel's buffer holds what comes. */
  pause(): void;
  resume(): void;
  /** Ends recording; `ended` comes once all octets were given out. */
  stop(): void;
}

/** Files that a driver writes are so named until the recorder names them as segments. */
export const INCOMING = "incoming";

/** In the folder of the segments: names the process that writes there what comes from an interface while there is one. */
export function writerLock(iface: string): string {
  return `writer-${iface}.lock`;
}

/** True for the name of such a file. */
export function isWriterLock(name: string): boolean {
  return name.startsWith("writer-") && name.endsWith(".lock");
}

/** A way to get frames from an interface. */
export interface CaptureDriver {
  readonly name: DriverName;
  /** True if it writes pcapng segments to the disk itself; false if it gives its octets out. */
  readonly writesSegments: boolean;
  /** True if it writes files to the disk from which segments are made: nothing is lost that waits there. */
  readonly spools: boolean;
  /** Frames are given out no later than so long after they came, ms: those of other interfaces wait for them. */
  readonly lateMs: number;
  /** Version text; null if it is not installed or does not load, and why. */
  version(): Promise<{ readonly version: string } | { readonly missing: string }>;
  /**
   * Tries interface and filter without recording.
   * @returns the driver's own message if either is refused, else null.
   */
  check(name: string, options: RecordOptions): Promise<string | null>;
  /** @param folder Where the segments are. */
  open(name: string, options: RecordOptions, folder: string, events: DriverEvents): OpenInterface;
}
