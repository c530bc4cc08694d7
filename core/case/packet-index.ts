import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BacktrailError } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";
import type { BlockHeader } from "./packet-index-format.ts";
import {
  BLOCK_HEADER,
  blockLayout,
  extraFile,
  framesFile,
  NO_SESSION,
  parseIndexName,
  readBlockHeader,
} from "./packet-index-format.ts";

/** Frames of one capture file, in file order. */
export interface LocatedFrames {
  readonly capture: number;
  /** 1-based frame numbers. */
  readonly frames: Float64Array;
  /** Where each frame's octets begin in the file (in the uncompressed stream where it is compressed). */
  readonly offsets: Float64Array;
  /** Captured octets of each frame. */
  readonly lengths: Uint32Array;
  /** Place of each frame in the run's reading order. */
  readonly ordinals: Float64Array;
}

/** Part of a run to look at: from one frame to another, both included. */
export interface FrameSpan {
  readonly from: { readonly capture: number; readonly frame: number };
  readonly to: { readonly capture: number; readonly frame: number };
}

interface Block extends BlockHeader {
  /** Where the block begins in its file. */
  readonly at: number;
  /** Pairs of row and ordinal. */
  readonly ordinals: Float64Array;
}

interface CaptureIndex {
  readonly run: number;
  readonly capture: number;
  readonly path: string;
  readonly blocks: readonly Block[];
}

/**
 * Finds the frames of sessions, and where frames lie in the capture files. Reads only the columns it needs; keeps none.
 * Session keys belong to a run: those of two runs have nothing to do with each other.
 */
export class PacketIndex {
  readonly #folder: string;
  readonly #captures = new Map<number, CaptureIndex>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens the index of the finished runs.
   * @param captures Captures of each run; a capture of two runs belongs to the later one.
   * @throws BacktrailError `index-damaged` when a file is not whole.
   */
  static open(
    folder: string,
    runs: readonly { readonly id: number; readonly captures: readonly number[] }[],
  ): PacketIndex {
    const index = new PacketIndex(folder);
    for (const run of runs) {
      for (const capture of run.captures) {
        const path = join(folder, framesFile(run.id, capture));
        index.#captures.set(capture, { run: run.id, capture, path, blocks: existsSync(path) ? readBlocks(path) : [] });
      }
    }
    return index;
  }

  /** Run that a capture's frames were indexed in; undefined if it was not. */
  runOf(capture: number): number | undefined {
    return this.#captures.get(capture)?.run;
  }

  /** Frames of a capture, 0 if it is not indexed. */
  frameCount(capture: number): number {
    const last = this.#captures.get(capture)?.blocks.at(-1);
    return last === undefined ? 0 : last.firstFrame + last.frames - 1;
  }

  /** Keys of the sessions that a frame belongs to. */
  sessionsAt(capture: number, frame: number): number[] {
    const index = this.#captures.get(capture);
    const block = index?.blocks.find(
      (candidate) => frame >= candidate.firstFrame && frame < candidate.firstFrame + candidate.frames,
    );
    if (index === undefined || block === undefined) return [];
    const row = frame - block.firstFrame;
    const keys: number[] = [];
    withFile(index.path, (file) => {
      const at = block.at + blockLayout(block.frames, block.extents, block.wide).sessions;
      const view = readPart(file, at + row * (block.wide ? 8 : 4), block.wide ? 8 : 4, index.path);
      const value = block.wide ? view.getFloat64(0, true) : view.getUint32(0, true);
      if (block.wide ? value >= 0 : value !== NO_SESSION) keys.push(block.wide ? value : value + block.leastSession);
    });
    const ordinal = ordinalOf(block, row);
    this.#eachExtra(index.run, (extraOrdinal, key) => {
      if (extraOrdinal === ordinal && !keys.includes(key)) keys.push(key);
    });
    return keys;
  }

  /**
   * All frames of the sessions with these keys, by capture number, each frame once.
   * @param span Where they can be at most, if known (a conn record's first and last frame): only that part is read.
   */
  framesOf(run: number, keys: Iterable<number>, span?: FrameSpan): LocatedFrames[] {
    const wanted = new Set(keys);
    const bounds = span === undefined ? null : this.#ordinalBounds(run, span);
    const extra = new Set<number>();
    if (wanted.size > 0) {
      this.#eachExtra(run, (ordinal, key) => {
        if (wanted.has(key)) extra.add(ordinal);
      });
    }
    const found: LocatedFrames[] = [];
    const sorted = Float64Array.from(extra).sort();
    for (const index of this.#ofRun(run)) {
      const gathered = new Gathered(index.capture);
      const blocks = index.blocks.filter((block) => bounds === null || overlaps(block, bounds.first, bounds.last));
      const extraBlocks = index.blocks.filter((block) => !blocks.includes(block) && hasOrdinal(block, sorted));
      if (blocks.length + extraBlocks.length === 0) continue;
      withFile(index.path, (file) => {
        for (const block of index.blocks) {
          const rows = blocks.includes(block) ? rowsOfSessions(file, index.path, block, wanted) : [];
          const all = mergeRows(rows, rowsOfOrdinals(block, sorted));
          if (all.length > 0) locateRows(file, index.path, block, all, gathered);
        }
      });
      if (gathered.count > 0) found.push(gathered.done());
    }
    return found;
  }

  /** Where frames of a capture lie; frames that the index does not have are left out. */
  locate(capture: number, frames: Iterable<number>): LocatedFrames {
    const gathered = new Gathered(capture);
    const index = this.#captures.get(capture);
    if (index === undefined) return gathered.done();
    const sorted = [...new Set(frames)].sort((a, b) => a - b);
    withFile(index.path, (file) => {
      let next = 0;
      for (const block of index.blocks) {
        const rows: number[] = [];
        for (; next < sorted.length && sorted[next]! < block.firstFrame + block.frames; next++) {
          if (sorted[next]! >= block.firstFrame) rows.push(sorted[next]! - block.firstFrame);
        }
        if (rows.length > 0) locateRows(file, index.path, block, rows, gathered);
      }
    });
    return gathered.done();
  }

  #ofRun(run: number): CaptureIndex[] {
    return [...this.#captures.values()].filter((index) => index.run === run).sort((a, b) => a.capture - b.capture);
  }

  #ordinalBounds(run: number, span: FrameSpan): { first: number; last: number } {
    const of = ({ capture, frame }: FrameSpan["from"], otherwise: number): number => {
      const index = this.#captures.get(capture);
      if (index === undefined || index.run !== run) return otherwise;
      const block = index.blocks.find(
        (candidate) => frame >= candidate.firstFrame && frame < candidate.firstFrame + candidate.frames,
      );
      return block === undefined ? otherwise : ordinalOf(block, frame - block.firstFrame);
    };
    const [a, b] = [of(span.from, 0), of(span.to, Infinity)];
    return { first: Math.min(a, b), last: Math.max(a, b) };
  }

  #eachExtra(run: number, take: (ordinal: number, key: number) => void): void {
    const path = join(this.#folder, extraFile(run));
    if (!existsSync(path)) return;
    withFile(path, (file) => {
      const block = new Float64Array(2 * 65_536);
      const octets = new Uint8Array(block.buffer);
      for (let at = 0; ;) {
        const got = readSync(file, octets, 0, octets.length, at);
        for (let i = 0; i + 1 < got / 8; i += 2) take(block[i]!, block[i + 1]!);
        if (got < octets.length) return;
        at += got;
      }
    });
  }
}

/** Removes index files of runs that are not part of the case. */
export function removeOtherRuns(folder: string, runs: ReadonlySet<number>): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const parsed = parseIndexName(name);
    if (parsed !== null && !runs.has(parsed.run)) rmSync(join(folder, name), { force: true });
  }
}

function readBlocks(path: string): Block[] {
  const blocks: Block[] = [];
  withFile(path, (file) => {
    const { size } = fstatSync(file);
    for (let at = 0; at < size;) {
      const header = readBlockHeader(readPart(file, at, BLOCK_HEADER, path));
      if (header === null || at + header.octets > size) throw damaged(path, at);
      const extents = readPart(file, at + BLOCK_HEADER, header.extents * 16, path);
      const ordinals = new Float64Array(header.extents * 2);
      for (let i = 0; i < ordinals.length; i++) ordinals[i] = extents.getFloat64(i * 8, true);
      blocks.push({ ...header, at, ordinals });
      at += header.octets;
    }
  });
  return blocks;
}

/** Rows of a block whose session is wanted, ascending. */
function rowsOfSessions(file: number, path: string, block: Block, wanted: ReadonlySet<number>): number[] {
  const near = [...wanted].filter((key) => key >= block.leastSession && key <= block.greatestSession);
  const rows: number[] = [];
  if (near.length === 0 || block.leastSession < 0) return rows;
  const at = block.at + blockLayout(block.frames, block.extents, block.wide).sessions;
  const view = readPart(file, at, block.frames * (block.wide ? 8 : 4), path);
  if (block.wide) {
    const column = new Float64Array(view.buffer, view.byteOffset, block.frames);
    for (let row = 0; row < block.frames; row++) if (wanted.has(column[row]!)) rows.push(row);
    return rows;
  }
  const column = new Uint32Array(view.buffer, view.byteOffset, block.frames);
  const relative = near.map((key) => key - block.leastSession);
  if (relative.length === 1) {
    const only = relative[0]!;
    for (let row = 0; row < column.length; row++) if (column[row] === only) rows.push(row);
    return rows;
  }
  // Most frames are of other sessions: a table over the low bits turns them away without a set look-up.
  const maybe = new Uint8Array(65_536);
  const exact = new Set(relative);
  for (const key of relative) maybe[key & 0xffff] = 1;
  for (let row = 0; row < column.length; row++) {
    const key = column[row]!;
    if (maybe[key & 0xffff] === 1 && exact.has(key)) rows.push(row);
  }
  return rows;
}

function locateRows(file: number, path: string, block: Block, rows: readonly number[], gathered: Gathered): void {
  const layout = blockLayout(block.frames, block.extents, block.wide);
  const first = rows[0]!;
  const count = rows.at(-1)! - first + 1;
  const offsets = readPart(file, block.at + layout.offsets + first * 4, count * 4, path);
  const lengths = readPart(file, block.at + layout.lengths + first * 4, count * 4, path);
  for (const row of rows) {
    const at = (row - first) * 4;
    gathered.add(
      block.firstFrame + row,
      block.baseOffset + offsets.getUint32(at, true),
      lengths.getUint32(at, true),
      ordinalOf(block, row),
    );
  }
}

/** Run ordinal of a row: rows count on from the extent before. */
function ordinalOf(block: Block, row: number): number {
  let extent = block.ordinals.length - 2;
  while (extent > 0 && block.ordinals[extent]! > row) extent -= 2;
  return block.ordinals[extent + 1]! + row - block.ordinals[extent]!;
}

function overlaps(block: Block, first: number, last: number): boolean {
  return ordinalOf(block, 0) <= last && ordinalOf(block, block.frames - 1) >= first;
}

function hasOrdinal(block: Block, sorted: Float64Array): boolean {
  const at = lowerBound(sorted, ordinalOf(block, 0));
  return at < sorted.length && sorted[at]! <= ordinalOf(block, block.frames - 1);
}

/** Rows that have one of these ordinals, ascending. */
function rowsOfOrdinals(block: Block, sorted: Float64Array): number[] {
  const rows: number[] = [];
  for (let extent = 0; extent < block.ordinals.length; extent += 2) {
    const row = block.ordinals[extent]!;
    const ordinal = block.ordinals[extent + 1]!;
    const end = (block.ordinals[extent + 2] ?? block.frames) - row + ordinal;
    for (let at = lowerBound(sorted, ordinal); at < sorted.length && sorted[at]! < end; at++)
      rows.push(row + sorted[at]! - ordinal);
  }
  return rows;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeRows(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

/** Grows the columns of `LocatedFrames`. */
class Gathered {
  readonly capture: number;
  count = 0;
  #frames = new Float64Array(1024);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #ordinals = new Float64Array(1024);

  constructor(capture: number) {
    this.capture = capture;
  }

  add(frame: number, offset: number, length: number, ordinal: number): void {
    if (this.count === this.#frames.length) this.#grow();
    this.#frames[this.count] = frame;
    this.#offsets[this.count] = offset;
    this.#lengths[this.count] = length;
    this.#ordinals[this.count++] = ordinal;
  }

  done(): LocatedFrames {
    const { capture, count } = this;
    return {
      capture,
      frames: this.#frames.slice(0, count),
      offsets: this.#offsets.slice(0, count),
      lengths: this.#lengths.slice(0, count),
      ordinals: this.#ordinals.slice(0, count),
    };
  }

  #grow(): void {
    const room = this.count * 2;
    const wide = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(room);
      larger.set(old);
      return larger;
    };
    this.#frames = wide(this.#frames);
    this.#offsets = wide(this.#offsets);
    this.#ordinals = wide(this.#ordinals);
    const lengths = new Uint32Array(room);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

function withFile(path: string, work: (file: number) => void): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  try {
    work(file);
  } finally {
    closeSync(file);
  }
}

/** `octets` at `at`; the view is aligned for typed arrays. */
function readPart(file: number, at: number, octets: number, path: string): DataView<ArrayBuffer> {
  const part = new Uint8Array(octets);
  for (let got = 0; got < octets;) {
    const more = readSync(file, part, got, octets - got, at + got);
    if (more === 0) throw damaged(path, at);
    got += more;
  }
  return new DataView(part.buffer);
}

function damaged(path: string, at: number): BacktrailError {
  return new BacktrailError(
    "index-damaged",
    `${path} is damaged at octet ${at}: analyse the captures again to rebuild it.`,
    { kind: "work" },
  );
}
