import type { FrameBatch } from "../capture/frame-batch.ts";
import type { PacketBatch } from "../net/packet-batch.ts";

/**
 * Sessions by frame instead of by packet. A frame with packets inside packets belongs to several sessions: the others come
 * as pairs of run ordinal and key, after those of `extra`.
 */
export function frameSessions(
  batch: PacketBatch,
  sessions: Float64Array,
  extra: readonly Float64Array[],
): { sessions: Float64Array; further: Float64Array } {
  const { count, firstOrdinal } = batch.frames;
  const byFrame = new Float64Array(count).fill(-1);
  const further: number[] = [];
  for (let row = 0; row < batch.count; row++) {
    const key = sessions[row]!;
    if (key < 0) continue;
    const frame = batch.frame[row]!;
    if (byFrame[frame]! < 0) byFrame[frame] = key;
    else if (byFrame[frame] !== key) further.push(firstOrdinal + frame, key);
  }
  for (const pairs of extra) for (const value of pairs) further.push(value);
  return { sessions: byFrame, further: Float64Array.from(further) };
}

/** Octets that the frames had on the wire. */
export function wireOctets(frames: FrameBatch): number {
  let sum = 0;
  for (let i = 0; i < frames.count; i++) sum += frames.wireLen[i]!;
  return sum;
}
