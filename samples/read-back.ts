import { readFile } from "node:fs/promises";

/** A frame as it stands in a capture this folder wrote; offsets into `bytes`. */
export interface ReadFrame {
  /** 1 for the first. */
  readonly number: number;
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
}

/** Frames of a pcapng of one section with nanoseconds, read without the code that wrote it. Throws on any other block. */
export async function readFrames(path: string): Promise<readonly ReadFrame[]> {
  const file = await readFile(path);
  const frames: ReadFrame[] = [];
  for (let at = 0; at < file.length;) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (file.readUInt32LE(at + length - 4) !== length) throw new Error(`block at ${at} does not end with its length`);
    if (type === 6) {
      const timeNs = (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16));
      const captured = file.readUInt32LE(at + 20);
      if (captured !== file.readUInt32LE(at + 24)) throw new Error(`frame at ${at} is cut`);
      frames.push({ number: frames.length + 1, timeNs, bytes: file.subarray(at + 28, at + 28 + captured) });
    } else if (type !== 0x0a0d0d0a && type !== 1) throw new Error(`unexpected block type ${type} at ${at}`);
    at += length;
  }
  return frames;
}

/** Checksum over octets as RFC 1071 describes it, word by word; 0 if the octets hold a right checksum. */
export function plainChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] ?? 0) << 8) + (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** The parts of an IPv4 or IPv6 frame that tests look at; null for other frames. */
export function packetOf(
  frame: Uint8Array,
): { from: string; to: string; protocol: number; fromPort: number; toPort: number; segment: Uint8Array } | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x0800) return null;
  const end = 14 + view.getUint16(16);
  const segment = frame.subarray(34, end);
  return {
    from: frame.subarray(26, 30).join("."),
    to: frame.subarray(30, 34).join("."),
    protocol: frame[23] ?? 0,
    fromPort: view.getUint16(34),
    toPort: view.getUint16(36),
    segment,
  };
}
