import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";

/** A frame to write. */
export interface GeneratedFrame {
  /** ns since 1970 UTC. */
  readonly ts: bigint;
  readonly wireLength: number;
  readonly bytes: Uint8Array;
}

export interface PcapShape {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly magic?: number;
  /** Octets of a record header. */
  readonly recordOctets?: number;
  readonly version?: readonly [major: number, minor: number];
  readonly snapLength?: number;
  readonly linkType?: number;
  /** The length on the wire comes first. */
  readonly swapLengths?: boolean;
  readonly extraHeader?: number;
}

/** The frames as a pcap file of that shape. */
export function asPcap(frames: readonly GeneratedFrame[], shape: PcapShape): Uint8Array {
  const le = shape.littleEndian;
  const header = new Uint8Array(24 + (shape.extraHeader ?? 0));
  const view = new DataView(header.buffer);
  view.setUint32(0, shape.magic ?? (shape.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4), le);
  view.setUint16(4, shape.version?.[0] ?? 2, le);
  view.setUint16(6, shape.version?.[1] ?? 4, le);
  view.setUint32(16, shape.snapLength ?? 262_144, le);
  view.setUint32(20, shape.linkType ?? 1, le);
  const parts: Uint8Array[] = [header];
  for (const frame of frames) {
    const record = new Uint8Array((shape.recordOctets ?? 16) + frame.bytes.length);
    const r = new DataView(record.buffer);
    r.setUint32(0, Number(frame.ts / 1_000_000_000n), le);
    r.setUint32(4, Number(frame.ts % 1_000_000_000n) / (shape.nanoseconds ? 1 : 1000), le);
    r.setUint32(shape.swapLengths === true ? 12 : 8, frame.bytes.length, le);
    r.setUint32(shape.swapLengths === true ? 8 : 12, frame.wireLength, le);
    record.set(frame.bytes, shape.recordOctets ?? 16);
    parts.push(record);
  }
  return Buffer.concat(parts);
}

/** One block of a pcapng file. */
export function pcapngBlock(type: number, body: Uint8Array, littleEndian: boolean): Uint8Array {
  const octets = 12 + body.length + (-body.length & 3);
  const block = new Uint8Array(octets);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, octets, littleEndian);
  block.set(body, 8);
  view.setUint32(octets - 4, octets, littleEndian);
  return block;
}

/** Fields one after another: [octets, value]. */
export function fields(
  littleEndian: boolean,
  ...values: readonly (readonly [1 | 2 | 4 | 8, number | bigint])[]
): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [octets]) => sum + octets, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [octets, value] of values) {
    if (octets === 1) view.setUint8(at, Number(value));
    else if (octets === 2) view.setUint16(at, Number(value), littleEndian);
    else if (octets === 4) view.setUint32(at, Number(value), littleEndian);
    else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), littleEndian);
    at += octets;
  }
  return bytes;
}

/** An option with its padding. */
export function option(littleEndian: boolean, code: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([fields(littleEndian, [2, code], [2, bytes.length]), bytes, new Uint8Array(-bytes.length & 3)]);
}

export function sectionBlock(littleEndian: boolean, ...options: readonly Uint8Array[]): Uint8Array {
  const fixed = fields(littleEndian, [4, 0x1a2b3c4d], [2, 1], [2, 0], [8, -1n]);
  return pcapngBlock(0x0a0d0d0a, Buffer.concat([fixed, ...options]), littleEndian);
}

export function interfaceBlock(
  littleEndian: boolean,
  linkType: number,
  snapLength: number,
  ...options: readonly Uint8Array[]
): Uint8Array {
  const fixed = fields(littleEndian, [2, linkType], [2, 0], [4, snapLength]);
  return pcapngBlock(1, Buffer.concat([fixed, ...options]), littleEndian);
}

/** Enhanced packet block with the time as a count of the interface's units. */
export function packetBlock(
  littleEndian: boolean,
  interfaceId: number,
  units: bigint,
  frame: Pick<GeneratedFrame, "bytes" | "wireLength">,
  ...options: readonly Uint8Array[]
): Uint8Array {
  const body = Buffer.concat([
    fields(
      littleEndian,
      [4, interfaceId],
      [4, Number((units >> 32n) & 0xffff_ffffn)],
      [4, Number(units & 0xffff_ffffn)],
      [4, frame.bytes.length],
      [4, frame.wireLength],
    ),
    frame.bytes,
    new Uint8Array(-frame.bytes.length & 3),
    ...options,
  ]);
  return pcapngBlock(6, body, littleEndian);
}

/** The frames as a pcapng file of one section and one Ethernet interface. */
export function asPcapng(frames: readonly GeneratedFrame[], littleEndian: boolean, resolution: 6 | 9): Uint8Array {
  const unit = resolution === 9 ? 1n : 1000n;
  return Buffer.concat([
    sectionBlock(littleEndian),
    interfaceBlock(littleEndian, 1, 0, option(littleEndian, 9, Uint8Array.of(resolution))),
    ...frames.map((frame) => packetBlock(littleEndian, 0, frame.ts / unit, frame)),
  ]);
}

/** gzip of two members. */
export function asGzip(bytes: Uint8Array): Uint8Array {
  const half = bytes.length >> 1;
  return Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]);
}

/** zstd frames that store blocks as they are, with a frame to skip between them. RFC 8878 */
export function asStoredZstd(bytes: Uint8Array): Uint8Array {
  const frame = (part: Uint8Array): Uint8Array => {
    const blocks: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38)];
    for (let at = 0; at === 0 || at < part.length; at += 100_000) {
      const block = part.subarray(at, at + 100_000);
      const head = (block.length << 3) | (at + 100_000 >= part.length ? 1 : 0);
      blocks.push(Uint8Array.of(head & 0xff, (head >> 8) & 0xff, head >> 16), block);
    }
    return Buffer.concat(blocks);
  };
  const skipped = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
  const half = bytes.length >> 1;
  return Buffer.concat([frame(bytes.subarray(0, half)), skipped, frame(bytes.subarray(half))]);
}

/** An LZ4 frame of independent blocks that are stored as they are. */
export function asStoredLz4(bytes: Uint8Array): Uint8Array {
  // FLG: version 1, independent blocks; BD: 64 KiB; HC: second octet of XXH32 of both
  const parts: Uint8Array[] = [Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const block = bytes.subarray(at, at + 65_536);
    parts.push(fields(true, [4, (block.length | 0x8000_0000) >>> 0]), block);
  }
  parts.push(new Uint8Array(4));
  return Buffer.concat(parts);
}

/** Packs with a command that reads standard input; null if it is not installed. */
export function packedBy(command: string, args: readonly string[], bytes: Uint8Array): Uint8Array | null {
  try {
    return execFileSync(command, args, { input: bytes, maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "ignore"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
