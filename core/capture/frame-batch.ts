/**
 * Frames as one block of octets and columns. Made by the capture readers, never changed until it is released.
 *
 * All arrays lie in SharedArrayBuffers so that every worker reads the same memory; arrays may be longer than `count`.
 * Rows come in the order of analysis. With several captures, rows of more than one may alternate in a batch; rows of one
 * capture always keep its file order. After `CaptureSet.release(batch)` the same memory is filled with other frames.
 */
export interface FrameBatch {
  /** Names the batch to `CaptureSet.release`, also from a copy that was posted to another thread. */
  readonly id: number;
  /** Number of the frame of row 0 in the whole run (all captures in reading order), from 0; row `i` has `+ i`. */
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
  /** Capture file of each frame: its number in `CaptureSet.captures`, 1 for the first. */
  readonly capture: Uint16Array;
  /** 1-based number of each frame within its capture file, as Wireshark counts. */
  readonly frame: Uint32Array;
  /** Link type of each frame (LINKTYPE_* of tcpdump.org). */
  readonly linkType: Uint16Array;
  /** Interface of each frame: row of the capture's interface list (pcapng), 0 for pcap. */
  readonly iface: Uint16Array;
  /** Where each frame's octets begin in the capture file (in the uncompressed stream where it is compressed). */
  readonly fileOffset: Float64Array;
}
