import type { ByteReader } from "../../bytes/reader.ts";

/** What standard INQUIRY data says of a unit. SPC-5 6.7.2 */
export interface InquiryData {
  readonly deviceType: number;
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
}

/** A range of blocks. */
export interface BlockRange {
  readonly lba: number;
  readonly blocks: number;
}

/** Null if it is too short to name the product. */
export function parseInquiry(r: ByteReader): InquiryData | null {
  const deviceType = r.u8() & 0x1f;
  r.skip(7);
  const vendor = text(r, 8);
  const product = text(r, 16);
  const revision = text(r, 4);
  return r.truncated ? null : { deviceType, vendor, product, revision };
}

/** Serial number of a unit: vital product data page 80h. SPC-5 7.7.16 */
export function parseSerialNumber(r: ByteReader): string | null {
  r.skip(1);
  if (r.u8() !== 0x80) return null;
  const octets = r.u16be();
  const serial = text(r, Math.min(octets, 128));
  return r.truncated || serial === "" ? null : serial;
}

/** Size of a unit: READ CAPACITY(10) and (16). SBC-4 5.19, 5.20 */
export function parseCapacity(r: ByteReader, isLong: boolean): { blocks: number; blockOctets: number } | null {
  const last = isLong ? r.u64beNumber() : r.u32be();
  const blockOctets = r.u32be();
  if (r.truncated || blockOctets === 0 || blockOctets > MOST_BLOCK_OCTETS || !Number.isSafeInteger(last + 1))
    return null;
  return { blocks: last + 1, blockOctets };
}

/** Blocks of disks have 512 or 4096 octets; nothing has more than this. */
const MOST_BLOCK_OCTETS = 1 << 24;
/** Ranges of one UNMAP that are read; devices allow a few hundred. */
const MOST_RANGES = 1024;

/** The ranges that UNMAP is told to give up. SBC-4 5.32.2 */
export function parseUnmap(r: ByteReader): BlockRange[] {
  r.skip(2);
  const listOctets = r.u16be();
  r.skip(4);
  const ranges: BlockRange[] = [];
  const count = Math.min(MOST_RANGES, Math.floor(listOctets / 16));
  for (let i = 0; i < count && r.left >= 16; i++) {
    const lba = r.u64beNumber();
    const blocks = r.u32be();
    r.skip(4);
    if (Number.isSafeInteger(lba)) ranges.push({ lba, blocks });
  }
  return ranges;
}

/** Logical unit number as the eight octets of SAM-6 4.7 say it; in hexadecimal where it is none of the simple forms. */
export function parseLun(r: ByteReader): string {
  const start = r.pos;
  const first = r.u8();
  const second = r.u8();
  const rest = r.u32be() + r.u16be();
  if (rest === 0 && first === 0) return String(second);
  if (rest === 0 && first >> 6 === 1) return String(((first & 0x3f) << 8) | second);
  r.pos = start;
  return `0x${r.hex(8)}`;
}

/** Numbers of units in a REPORT LUNS answer. SPC-5 6.33 */
export function parseLunList(r: ByteReader): string[] {
  const octets = r.u32be();
  r.skip(4);
  const luns: string[] = [];
  for (let i = 0; i < Math.min(octets / 8, MOST_RANGES) && r.left >= 8; i++) luns.push(parseLun(r));
  return luns;
}

/** Persistent reservation keys of PERSISTENT RESERVE OUT: own and the one acted on. SPC-5 6.16.3 */
export function parseReservationKeys(r: ByteReader): { own: string; other: string } | null {
  const own = r.hex(8);
  const other = r.hex(8);
  return r.truncated ? null : { own, other };
}

function text(r: ByteReader, octets: number): string {
  return r.latin1(octets).replaceAll("\0", " ").trim();
}
