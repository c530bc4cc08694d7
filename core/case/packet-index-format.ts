/**
 * Files of the packet index: for each run of analysis and capture file, `<run>-<capture>.frames`, a sequence of blocks; and for each run
 * `<run>.extra`, pairs of 64-bit floats (ordinal of a frame, session key) for frames that belong to further sessions. Little-endian.
 *
 * A block has up to `BLOCK_FRAMES` consecutive frames of one capture file: a header of 64 octets, then columns, each padded to 8 octets:
 *
 * | at | header field |
 * |---|---|
 * | 0 | "BTF1" |
 * | 4 | u32 frames |
 * | 8 | u32 extents |
 * | 12 | u32 flags: 1 = session keys are 64-bit floats |
 * | 16 | f64 number of the first frame, 1-based |
 * | 24 | f64 file offset that the offsets count from |
 * | 32 | f64 least session key, -1 if no frame has one |
 * | 40 | f64 greatest session key |
 * | 48 | f64 octets of the whole block |
 * | 56 | 8 octets, 0 |
 *
 * Columns: extents (f64 row, f64 run ordinal of that row; the following rows count on), sessions (u32: key minus the least one, or f64: key;
 * all ones or -1 where the frame has none), offsets (u32), captured octets (u32).
 */
export const BLOCK_FRAMES = 65_536;
export const BLOCK_HEADER = 64;
const MAGIC = 0x31465442; // "BTF1", little-endian
const FLAG_WIDE = 1;
/** Relative session key of a frame without session. */
export const NO_SESSION = 0xffff_ffff;

/** Header of a block. */
export interface BlockHeader {
  readonly frames: number;
  readonly extents: number;
  readonly wide: boolean;
  readonly firstFrame: number;
  readonly baseOffset: number;
  readonly leastSession: number;
  readonly greatestSession: number;
  readonly octets: number;
}

/** Where each column of a block begins, from the block's first octet. */
export interface BlockLayout {
  readonly extents: number;
  readonly sessions: number;
  readonly offsets: number;
  readonly lengths: number;
  readonly end: number;
}

export function blockLayout(frames: number, extents: number, wide: boolean): BlockLayout {
  const sessions = BLOCK_HEADER + extents * 16;
  const offsets = sessions + padded(frames * (wide ? 8 : 4));
  const lengths = offsets + padded(frames * 4);
  return { extents: BLOCK_HEADER, sessions, offsets, lengths, end: lengths + padded(frames * 4) };
}

export function writeBlockHeader(view: DataView, header: BlockHeader): void {
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.frames, true);
  view.setUint32(8, header.extents, true);
  view.setUint32(12, header.wide ? FLAG_WIDE : 0, true);
  view.setFloat64(16, header.firstFrame, true);
  view.setFloat64(24, header.baseOffset, true);
  view.setFloat64(32, header.leastSession, true);
  view.setFloat64(40, header.greatestSession, true);
  view.setFloat64(48, header.octets, true);
}

/** @returns null if this is no block header, or one that contradicts itself. */
export function readBlockHeader(view: DataView): BlockHeader | null {
  if (view.byteLength < BLOCK_HEADER || view.getUint32(0, true) !== MAGIC) return null;
  const header: BlockHeader = {
    frames: view.getUint32(4, true),
    extents: view.getUint32(8, true),
    wide: (view.getUint32(12, true) & FLAG_WIDE) !== 0,
    firstFrame: view.getFloat64(16, true),
    baseOffset: view.getFloat64(24, true),
    leastSession: view.getFloat64(32, true),
    greatestSession: view.getFloat64(40, true),
    octets: view.getFloat64(48, true),
  };
  if (header.frames === 0 || header.frames > BLOCK_FRAMES || header.extents === 0 || header.extents > header.frames)
    return null;
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
