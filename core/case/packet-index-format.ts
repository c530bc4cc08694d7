/**
 * Files of the packet index: for each run of analysis and capture file, `<run>-<capture>.frames`, a sequence of blocks; and for each run
 * `<run>.extra`, pairs of 64-bit floats (ordinal of a frame, session key) for frames that belong to further sessions. Little-endian.
 *
 * A block has up to `BLOCK_FRAMES` consecutive frames of one capture file: a header of 96 octets, then columns, each padded to 8 octets:
 *
 * | at | header field |
 * |---|---|
 * | 0 | "BTF1" |
 * | 4 | u32 frames |
 * | 8 | u32 extents |
 * | 12 | u32 bits of `WIDE` |
 * | 16 | f64 number of the first frame, 1-based |
 * | 24 | f64 least session key, -1 if no frame has one |
 * | 32 | f64 greatest session key |
 * | 40 | f64 file offset of the first frame |
 * | 48 | i64 time of the first frame, ns |
 * | 56 | u16 interface, u16 link type, for all frames unless they have columns |
 * | 60 | 4 octets, 0 |
 * | 64 | f64 least run ordinal |
 * | 72 | f64 greatest run ordinal |
 * | 80 | f64 octets of the whole block |
 * | 88 | 8 octets, 0 |
 *
 * Columns in this order, the second form where the bit of `WIDE` is set:
 *
 * | column | usual | wide |
 * |---|---|---|
 * | ordinals | extents: f64 row and f64 ordinal; the rows after it count on | u32 each: ordinal minus the least |
 * | sessions | u32: key minus the least, all ones for none | f64: key, -1 for none |
 * | lengths | u16: captured octets | u32 |
 * | gaps | u16: octets in the file between the end of the frame before and this one | f64 |
 * | times | i32: ns since the frame before | i64: ns since 1970 |
 * | wire | none: as captured | u32: octets on the wire |
 * | links | none: as the header says | u16 interface, u16 link type |
 */
export const BLOCK_FRAMES = 65_536;
export const BLOCK_HEADER = 96;
const MAGIC = 0x31465442; // "BTF1", little-endian
/** Relative session key of a frame without session. */
export const NO_SESSION = 0xffff_ffff;

/** Bits that say which columns of a block have their wide form. */
export const WIDE = { ordinals: 1, sessions: 2, lengths: 4, gaps: 8, times: 16, wire: 32, links: 64 } as const;

/** Header of a block. */
export interface BlockHeader {
  readonly frames: number;
  readonly extents: number;
  readonly wide: number;
  readonly firstFrame: number;
  readonly leastSession: number;
  readonly greatestSession: number;
  readonly firstOffset: number;
  readonly firstTime: bigint;
  readonly iface: number;
  readonly linkType: number;
  readonly leastOrdinal: number;
  readonly greatestOrdinal: number;
  readonly octets: number;
}

/** Where each column of a block begins, from the block's first octet. */
export interface BlockLayout {
  readonly ordinals: number;
  readonly sessions: number;
  readonly lengths: number;
  readonly gaps: number;
  readonly times: number;
  readonly wire: number;
  readonly links: number;
  readonly end: number;
}

export function blockLayout(frames: number, extents: number, wide: number): BlockLayout {
  const sessions = BLOCK_HEADER + (wide & WIDE.ordinals ? padded(frames * 4) : extents * 16);
  const lengths = sessions + padded(frames * (wide & WIDE.sessions ? 8 : 4));
  const gaps = lengths + padded(frames * (wide & WIDE.lengths ? 4 : 2));
  const times = gaps + padded(frames * (wide & WIDE.gaps ? 8 : 2));
  const wire = times + padded(frames * (wide & WIDE.times ? 8 : 4));
  const links = wire + padded(wide & WIDE.wire ? frames * 4 : 0);
  return {
    ordinals: BLOCK_HEADER,
    sessions,
    lengths,
    gaps,
    times,
    wire,
    links,
    end: links + padded(wide & WIDE.links ? frames * 4 : 0),
  };
}

export function writeBlockHeader(view: DataView, header: BlockHeader): void {
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.frames, true);
  view.setUint32(8, header.extents, true);
  view.setUint32(12, header.wide, true);
  view.setFloat64(16, header.firstFrame, true);
  view.setFloat64(24, header.leastSession, true);
  view.setFloat64(32, header.greatestSession, true);
  view.setFloat64(40, header.firstOffset, true);
  view.setBigInt64(48, header.firstTime, true);
  view.setUint16(56, header.iface, true);
  view.setUint16(58, header.linkType, true);
  view.setFloat64(64, header.leastOrdinal, true);
  view.setFloat64(72, header.greatestOrdinal, true);
  view.setFloat64(80, header.octets, true);
}

/** @returns null if this is no block header, or one that contradicts itself. */
export function readBlockHeader(view: DataView): BlockHeader | null {
  if (view.byteLength < BLOCK_HEADER || view.getUint32(0, true) !== MAGIC) return null;
  const header: BlockHeader = {
    frames: view.getUint32(4, true),
    extents: view.getUint32(8, true),
    wide: view.getUint32(12, true),
    firstFrame: view.getFloat64(16, true),
    leastSession: view.getFloat64(24, true),
    greatestSession: view.getFloat64(32, true),
    firstOffset: view.getFloat64(40, true),
    firstTime: view.getBigInt64(48, true),
    iface: view.getUint16(56, true),
    linkType: view.getUint16(58, true),
    leastOrdinal: view.getFloat64(64, true),
    greatestOrdinal: view.getFloat64(72, true),
    octets: view.getFloat64(80, true),
  };
  if (header.frames === 0 || header.frames > BLOCK_FRAMES || header.extents > header.frames) return null;
  return header.octets === blockLayout(header.frames, header.extents, header.wide).end ? header : null;
}

/** Path of the frames of one capture, without folder. */
export function framesFile(run: number, capture: number): string {
  return `${run}-${capture}.frames`;
}

/** Path of the further sessions of a run, without folder. */
export function extraFile(run: number): string {
  return `${run}.extra`;
}

/** What an index file's name says; capture null for a run's `extra`. Null if it is none. */
export function parseIndexName(name: string): { run: number; capture: number | null } | null {
  const match = /^(\d+)(?:-(\d+)\.frames|\.extra)$/.exec(name);
  if (match === null) return null;
  return { run: Number(match[1]), capture: match[2] === undefined ? null : Number(match[2]) };
}

function padded(octets: number): number {
  return (octets + 7) & ~7;
}
