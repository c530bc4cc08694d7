import { ByteReader } from "../bytes/reader.ts";
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  readInterface,
  SECTION_HEADER,
} from "../capture/pcapng-blocks.ts";
import { MOST_FRAME_OCTETS, RECORD_HEADER } from "./pcap-stream.ts";

/** Header and trailer of an enhanced packet block, and where in it the frame is. draft-ietf-opsawg-pcapng 4.3 */
const BLOCK_OVERHEAD = 32;
const FRAME_AT = 28;
/** No block of a driver is longer. */
const MOST_BLOCK_OCTETS = MOST_FRAME_OCTETS + 65_536;
const HALF = 0x1_0000;
/** A pcap record has its time in 32 bits of seconds. */
const MOST_SECONDS = 0xffff_ffff;

/** Turns pcapng of one interface, as dumpcap writes it in the byte order of this machine, into pcap records with times in ns. */
export class PcapngRecords {
  /** LINKTYPE_* of the interface; null until its block came. */
  linkType: number | null = null;
  /** Why nothing behind can be read; null while all can. */
  damage: string | null = null;
  /** Units of a time in a second, and ns in a unit. */
  #units = { second: 1e6, ns: 1000 };
  /** Octets of whole blocks that were taken. */
  #taken = 0;
  #carry: Buffer = Buffer.alloc(0);

  /** Takes octets. @returns the whole records that came with them. */
  push(octets: Buffer): Buffer {
    const all = this.#carry.length === 0 ? octets : Buffer.concat([this.#carry, octets]);
    const records = Buffer.allocUnsafeSlow(all.length);
    let filled = 0;
    let at = 0;
    while (this.damage === null && all.length - at >= 12) {
      const length = all.readUInt32LE(at + 4);
      const isSection = all.readUInt32LE(at) === SECTION_HEADER;
      if (isSection && all.readUInt32BE(at + 8) === BYTE_ORDER_MAGIC)
        this.#refuse("it is not in the byte order of this machine");
      else if (length < 12 || (length & 3) !== 0 || length > MOST_BLOCK_OCTETS) this.#refuse("there is no block");
      else if (all.length - at < length) break;
      else filled = this.#block(all.subarray(at, at + length), records, filled);
      if (this.damage !== null) break;
      at += length;
      this.#taken += length;
    }
    this.#carry = all.subarray(at);
    return records.subarray(0, filled);
  }

  #block(block: Buffer, records: Buffer, filled: number): number {
    const type = block.readUInt32LE(0);
    if (this.#taken === 0 && type !== SECTION_HEADER) this.#refuse("it does not begin like pcapng");
    else if (type === SECTION_HEADER && block.readUInt32LE(8) !== BYTE_ORDER_MAGIC) this.#refuse("there is no section");
    else if (type === INTERFACE_DESCRIPTION) this.#interface(block);
    else if (type === ENHANCED_PACKET) return this.#packet(block, records, filled);
    return filled;
  }

  #interface(block: Buffer): void {
    const r = new ByteReader(block);
    r.seek(8, block.length - 4);
    const description = readInterface(r, true, 0, 0)?.description;
    const exponent = description?.timeResolution ?? -1;
    if (description === undefined || ![3, 6, 9].includes(exponent) || description.timeOffset !== 0n)
      return this.#refuse("there is no interface that can be read");
    this.linkType = description.linkType;
    this.#units = { second: 10 ** exponent, ns: 10 ** (9 - exponent) };
  }

  #packet(block: Buffer, records: Buffer, filled: number): number {
    const isShort = block.length < BLOCK_OVERHEAD;
    const captured = isShort ? 0 : block.readUInt32LE(20);
    const { second, ns } = this.#units;
    // In pieces of 16 bits: a double does not hold all 64.
    const low = isShort ? 0 : block.readUInt32LE(16);
    const upper = isShort ? 0 : block.readUInt32LE(12) * HALF + Math.floor(low / HALF);
    const lower = (upper % second) * HALF + (low % HALF);
    const seconds = Math.floor(upper / second) * HALF + Math.floor(lower / second);
    if (
      isShort ||
      this.linkType === null ||
      captured > block.length - BLOCK_OVERHEAD ||
      captured > MOST_FRAME_OCTETS ||
      seconds > MOST_SECONDS
    ) {
      this.#refuse("there is no frame");
      return filled;
    }
    records.writeUInt32LE(seconds, filled);
    records.writeUInt32LE((lower % second) * ns, filled + 4);
    records.writeUInt32LE(captured, filled + 8);
    records.writeUInt32LE(block.readUInt32LE(24), filled + 12);
    block.copy(records, filled + RECORD_HEADER, FRAME_AT, FRAME_AT + captured);
    return filled + RECORD_HEADER + captured;
  }

  #refuse(why: string): void {
    this.damage = `${why} at its octet ${this.#taken}`;
  }
}
