/**
 * Frames of one capture file, as one block of octets and columns. Made by the capture readers, never changed afterwards.
 *
 * All arrays lie in SharedArrayBuffers so that every worker reads the same memory. Row `i` is frame `firstFrame + i`.
 * Rows of one batch come from one capture file and are in file order.
 */
export interface FrameBatch {
  /** Capture file in the evidence ledger, 1 for the first. */
  readonly capture: number;
  /** 1-based number, within its capture file, of the frame of row 0. */
  readonly firstFrame: number;
  /** Number of the frame of row 0 in the whole run (all captures in reading order), from 0. */
  readonly firstOrdinal: number;
  readonly count: number;
  /** The octets that `offset` refers to. */
  readonly bytes: Uint8Array;
  /** Where each frame begins in `bytes`. */
  readonly offset: Uint32Array;
  /** Octets captured of each frame. */
  readonly capLen: Uint32Array;
  /** Octets each frame had on the wire. */
  readonly wireLen: Uint32Array;
  /** Time of each frame in ns since 1970-01-01 UTC; monotonic only as far as the capture is. */
  readonly ts: BigInt64Array;
  /** Link type of each frame (LINKTYPE_* of tcpdump.org). */
  readonly linkType: Uint16Array;
  /** Interface of each frame: row of the capture's interface list (pcapng), 0 for pcap. */
  readonly iface: Uint16Array;
  /** Where each frame's octets begin in the capture file (in the uncompressed stream where it is compressed). */
  readonly fileOffset: Float64Array;
}
