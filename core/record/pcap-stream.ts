/** Whole pcap records that came together, not yet written. `at` moves on as they are taken. */
export interface Piece {
  readonly octets: Buffer;
  readonly end: number;
  at: number;
  /** When it came, ms of the monotonic clock. */
  readonly arrived: number;
}

export const FILE_HEADER = 24;
export const RECORD_HEADER = 16;
/** No link layer has longer frames (as libpcap's own limit). */
export const MOST_FRAME_OCTETS = 262_144;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

/**
 * Cuts the octets of a driver, a pcap stream in the byte order of this machine, into pieces of whole records. The octets are looked
 * at, never changed or copied, except for the record that two reads share.
 */
export class PcapStream {
  /** LINKTYPE_* of the stream; null until its header came. */
  linkType: number | null = null;
  /** ns that one unit of a record's second time field is. */
  unitNs = 1000;
  #carry: Buffer | null = null;

  /**
   * Takes octets.
   * @returns whole records; null if there are none yet.
   * @throws Error when it is no pcap stream: nothing behind that can be trusted.
   */
  push(octets: Buffer, arrived: number): Piece | null {
    const all = this.#carry === null ? octets : Buffer.concat([this.#carry, octets]);
    this.#carry = null;
    let at = 0;
    if (this.linkType === null) {
      if (all.length < FILE_HEADER) return this.#keep(all);
      this.#readHeader(all);
      at = FILE_HEADER;
    }
    const start = at;
    while (all.length - at >= RECORD_HEADER) {
      const captured = all.readUInt32LE(at + 8);
      if (captured > MOST_FRAME_OCTETS) throw new Error(`a frame of ${captured} octets cannot be`);
      if (all.length - at < RECORD_HEADER + captured) break;
      at += RECORD_HEADER + captured;
    }
    if (at < all.length) this.#keep(all.subarray(at));
    return at === start ? null : { octets: all, at: start, end: at, arrived };
  }

  #keep(rest: Buffer): null {
    this.#carry = rest;
    return null;
  }

  #readHeader(all: Buffer): void {
    this.unitNs = unitOf(all);
    this.linkType = all.readUInt32LE(20) & 0x0fff_ffff;
  }
}

/** Header of a pcap stream. @param unitNs 1 or 1000. */
export function pcapHeader(linkType: number, snapLength: number, unitNs: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER);
  header.writeUInt32LE(unitNs === 1 ? NANOSECONDS : MICROSECONDS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/**
 * ns that one unit of a record's second time field is, by the header of a pcap stream.
 * @throws Error when it is no such header.
 */
function unitOf(header: Buffer): number {
  const magic = header.readUInt32LE(0);
  if (magic !== MICROSECONDS && magic !== NANOSECONDS)
    throw new Error(`it does not begin like a pcap stream but with ${magic.toString(16)}`);
  return magic === NANOSECONDS ? 1 : 1000;
}

const WORD = 0x1_0000_0000;
const HALF = 0x1_0000;

/**
 * Time of the record at `at` in ns since 1970 UTC, as two 32-bit halves in `into`: a double could not hold it, and a bigint for
 * each frame would cost more than all else.
 */
export function recordTime(octets: Buffer, at: number, unitNs: number, into: { high: number; low: number }): void {
  const seconds = octets.readUInt32LE(at);
  const fraction = octets.readUInt32LE(at + 4) * unitNs;
  const upper = Math.floor(seconds / HALF) * 1e9;
  const lower = (seconds % HALF) * 1e9 + fraction + (upper % HALF) * HALF;
  into.high = Math.floor(upper / HALF) + Math.floor(lower / WORD);
  into.low = lower % WORD;
}
