import type { ByteReader } from "../../bytes/reader.ts";
import { QUIC_V2 } from "./initial-keys.ts";

export type PacketType = "initial" | "0-rtt" | "handshake" | "retry" | "unknown";

/** A packet with a long header. RFC 9000 17.2; positions are those of the reader. */
export interface LongPacket {
  readonly type: PacketType;
  readonly version: number;
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly start: number;
  /** Where the packet number is; for "retry" and "unknown" the end of the header. */
  readonly numberAt: number;
  readonly end: number;
}

const TYPES_V1: readonly PacketType[] = ["initial", "0-rtt", "handshake", "retry"];
/** RFC 9369 3.2 */
const TYPES_V2: readonly PacketType[] = ["retry", "initial", "0-rtt", "handshake"];
const MAX_ID = 20;

/** True if the next octet begins a packet with a long header. */
export function isLongHeader(r: ByteReader): boolean {
  return (r.peekU8() & 0xc0) === 0xc0 && r.left > 0;
}

/**
 * Reads a packet with a long header and leaves `r` behind it. Connection ids are borrowed.
 * @param isReadable Versions whose packets have the known form; of others only the header is read.
 * @returns null if it is malformed or cut short.
 */
export function readLongPacket(r: ByteReader, isReadable: (version: number) => boolean): LongPacket | null {
  const start = r.pos;
  const first = r.u8();
  const version = r.u32be();
  const destinationLength = r.u8();
  if (destinationLength > MAX_ID) return null;
  const destination = r.bytes(destinationLength);
  const sourceLength = r.u8();
  if (sourceLength > MAX_ID) return null;
  const source = r.bytes(sourceLength);
  if (r.truncated) return null;
  const types = version === QUIC_V2 ? TYPES_V2 : TYPES_V1;
  const type = isReadable(version) ? types[(first >> 4) & 3]! : "unknown";
  if (type === "retry" || type === "unknown") {
    const numberAt = r.pos;
    r.pos = r.end;
    return { type, version, destination, source, start, numberAt, end: r.end };
  }
  if (type === "initial") r.skip(readVarint(r));
  const length = readVarint(r);
  const numberAt = r.pos;
  r.skip(length);
  return r.truncated ? null : { type, version, destination, source, start, numberAt, end: r.pos };
}

/** Integer of variable length, exact up to 2^53. RFC 9000 16 */
export function readVarint(r: ByteReader): number {
  const first = r.u8();
  switch (first >> 6) {
    case 0:
      return first;
    case 1:
      return ((first & 0x3f) << 8) | r.u8();
    case 2:
      return (first & 0x3f) * 0x1000000 + r.u24be();
    default:
      return (first & 0x3f) * 2 ** 56 + r.u24be() * 2 ** 32 + r.u32be();
  }
}

/** What counts of an Initial packet's frames. */
export interface InitialFrames {
  /** Pieces of the handshake: offset and octets, borrowed. */
  readonly crypto: { readonly offset: number; readonly octets: Uint8Array }[];
  closes: boolean;
}

/** Reads the frames that Initial packets may have, up to the first that is none. RFC 9000 12.4 and 19 */
export function readInitialFrames(r: ByteReader): InitialFrames {
  const frames: InitialFrames = { crypto: [], closes: false };
  while (r.left > 0 && !r.truncated) {
    const type = r.u8();
    switch (type) {
      case 0x00: // PADDING
      case 0x01: // PING
        break;
      case 0x02:
      case 0x03: {
        readVarint(r);
        readVarint(r);
        const ranges = readVarint(r);
        readVarint(r);
        for (let i = 0; i < ranges * 2 && !r.truncated; i++) readVarint(r);
        if (type === 0x03) for (let i = 0; i < 3; i++) readVarint(r);
        break;
      }
      case 0x06: {
        const offset = readVarint(r);
        const octets = r.bytes(readVarint(r));
        if (!r.truncated) frames.crypto.push({ offset, octets });
        break;
      }
      case 0x1c:
      case 0x1d:
        frames.closes = true;
        return frames;
      default:
        return frames;
    }
  }
  return frames;
}
