import type { CaptureFile } from "./capture-file.ts";
import type { FrameBlock } from "./frame-block.ts";

/** Turns the octets of one capture format into rows. */
export interface FrameDecoder {
  /**
   * Decodes `block.bytes[start..end)` and appends rows to `block` until they are full or the octets end.
   * @param base Offset in the capture of `block.bytes[0]`.
   * @param final No more octets will come: everything is consumed, unless the rows are full.
   * @returns index behind what was consumed; the rest comes again, followed by more octets.
   */
  decode(block: FrameBlock, start: number, end: number, base: number, final: boolean): number;
}

/** Frame numbers are 32 bits. */
export const MOST_FRAMES = 0xffff_ffff;

/** Longest frame that any format may carry; a longer one is damage. */
export const MOST_FRAME_OCTETS = 64 * 1024 * 1024;

/** Most octets of a frame that all link types may have (as Wireshark's limit). */
export const USUAL_FRAME_OCTETS = 262_144;

/**
 * Adds rows `from..block.count` to what is known of the file.
 * @param timedFrom First of them that has a time.
 */
export function countRows(file: CaptureFile, block: FrameBlock, from: number, timedFrom = from): void {
  const rows = block.count;
  if (rows === from) return;
  const { ts32, capLen } = block;
  let octets = 0;
  let least = -1;
  let most = -1;
  let leastHigh = 0;
  let leastLow = 0;
  let mostHigh = 0;
  let mostLow = 0;
  for (let row = from; row < rows; row++) {
    octets += capLen[row]!;
    const high = ts32[2 * row + 1]!;
    const low = ts32[2 * row]! >>> 0;
    if (row < timedFrom) continue;
    if (least < 0 || high < leastHigh || (high === leastHigh && low < leastLow)) {
      least = row;
      leastHigh = high;
      leastLow = low;
    }
    if (most < 0 || high > mostHigh || (high === mostHigh && low > mostLow)) {
      most = row;
      mostHigh = high;
      mostLow = low;
    }
  }
  file.packets += rows - from;
  file.capturedOctets += octets;
  if (least < 0) return;
  const first = block.ts[least]!;
  const last = block.ts[most]!;
  if (file.tsFirst === null || first < file.tsFirst) file.tsFirst = first;
  if (file.tsLast === null || last > file.tsLast) file.tsLast = last;
}
