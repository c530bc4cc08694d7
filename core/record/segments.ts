import type { RecorderStatus } from "../contracts/recording.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { InterfaceCounts } from "./interface-counts.ts";
import type { LiveInterface } from "./live-interface.ts";
import type { Piece } from "./pcap-stream.ts";
import type { RecordOptions } from "./record-options.ts";
import type { SegmentStore } from "./segment-store.ts";

/** What segments are made with. */
export interface SegmentTools {
  readonly options: RecordOptions;
  readonly store: SegmentStore;
  readonly version: string;
  readonly interfaces: readonly LiveInterface[];
  readonly counts: InterfaceCounts;
  readonly alarms: AlarmBoard;
  /** The drivers write files, from which segments are made: what cannot be taken waits there. */
  readonly spools: boolean;
  /** A frame waits so long for earlier ones of other interfaces, ms. */
  readonly holdMs: number;
}

/** How segments come about: from frames that a driver gives out, or from files that it writes itself. */
export interface Segments {
  /** The one that is written; null while none is. */
  readonly open: RecorderStatus["segment"];
  /** Octets waiting to be written. */
  readonly queuedOctets: number;
  /** Before the interfaces are opened. @throws where no segment can be made. */
  begin(isFull: boolean): Promise<void>;
  /** Frames of an interface, by its place in the list. */
  piece(source: number, piece: Piece, unitNs: number): void;
  /** A file that the driver of an interface began. */
  begun(path: string): void;
  /** The driver of an interface ended, "" where it was asked to. @param isTold It said what it counted. */
  ended(reason: string, isTold: boolean): void;
  /** Resolves once all frames that were put into segments are on the disk, or counted as lost. */
  stored(): Promise<void>;
  /** When the first of the frames that wait for earlier ones came, ms of the monotonic clock; Infinity where none do. */
  readonly waitingSince: number;
  /** Grows with frames that could not be written and with whatever else went wrong with what should be on the disk. */
  readonly failures: number;
  /** Several times a second. */
  flush(): void;
  /** Once a second. @param isFull The disk has no room: nothing may be written. */
  look(isFull: boolean): Promise<void>;
  /** Once all interfaces have ended: closes what is open. */
  stop(): Promise<void>;
}

/** What the alarm `disk-slow` says. */
export function diskSlowText(spools: boolean): string {
  const waits = spools
    ? "what comes waits in the files of the drivers, and nothing is lost while there is room for them"
    : "the kernel's buffers hold what comes, and frames are lost once they are full";
  return `The disk does not keep up: ${waits}. Use a faster disk or a filter.`;
}
