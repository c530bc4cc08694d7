import { existsSync, readdirSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { firstFrom } from "../contracts/ascending.ts";
import { extraFile, framesFile, parseIndexName } from "./packet-index-format.ts";
import type { Block } from "./packet-index-reader.ts";
import { BlockReader, readBlocks, withFile } from "./packet-index-reader.ts";

/** Frames of one capture file, in file order; one element a frame in each column. */
export interface LocatedFrames {
  readonly capture: number;
  readonly count: number;
  /** 1-based frame numbers. */
  readonly frames: Float64Array;
  /** Where each frame's octets begin in the file (in the uncompressed stream where it is compressed). */
  readonly offsets: Float64Array;
  /** Captured octets, and octets on the wire. */
  readonly lengths: Uint32Array;
  readonly wireLengths: Uint32Array;
  /** ns since 1970-01-01 UTC. */
  readonly times: BigInt64Array;
  /** Interface (row of the capture's list), and LINKTYPE_* number. */
  readonly interfaces: Uint16Array;
  readonly linkTypes: Uint16Array;
  /** Place in the run's reading order. */
  readonly ordinals: Float64Array;
}

/** Part of a run to look at: from one frame to another, both included. */
export interface FrameSpan {
  readonly from: { readonly capture: number; readonly frame: number };
  readonly to: { readonly capture: number; readonly frame: number };
}

interface CaptureIndex {
  readonly run: number;
  readonly capture: number;
  readonly path: string;
  readonly blocks: readonly Block[];
}

/**
 * Finds the frames of sessions, and where frames lie in the capture files. Reads only the columns it needs; keeps none.
 * Session keys belong to a run: those of two runs have nothing to do with each other, except where a recording's next run goes on
 * with the connections of the one before.
 */
export class PacketIndex {
  readonly #folder: string;
  readonly #captures = new Map<number, CaptureIndex>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens the index of the finished runs.
   * @param runs Captures of each run; a capture of two runs belongs to the later one.
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

  /** Number of the last frame of a capture, 0 if it is not indexed. */
  frameCount(capture: number): number {
    const last = this.#captures.get(capture)?.blocks.at(-1);
    return last === undefined ? 0 : last.firstFrame + last.frames - 1;
  }

  /** Keys of the sessions that a frame belongs to. */
  sessionsAt(capture: number, frame: number): number[] {
    const place = this.#blockAt(capture, frame);
    if (place === null) return [];
    const { index, block, row } = place;
    const keys = new Set<number>();
    const ordinal = withFile(index.path, (file) => {
      const reader = new BlockReader(file, index.path, block);
      const key = reader.sessionAt(row);
      if (key >= 0) keys.add(key);
      return reader.ordinalsOf([row])[0]!;
    });
    this.#eachExtra(index.run, (extraOrdinal, key) => {
      if (extraOrdinal === ordinal) keys.add(key);
    });
    return [...keys];
  }

  /**
   * All frames of the sessions with these keys, by capture number, each frame once.
   * @param span Where they can be at most, if known (a conn record's first and last frame): only that part is read.
   * @param lastRun Run that has their last frames, where they were still open when the run that began them was finished.
   */
  framesOf(run: number, keys: Iterable<number>, span?: FrameSpan, lastRun = run): LocatedFrames[] {
    const wanted = new Set(keys);
    const bounds = span === undefined ? { first: 0, last: Infinity } : this.#ordinalBounds(run, lastRun, span);
    const further = new Set<number>();
    for (let each = run; each <= lastRun && wanted.size > 0; each++) {
      this.#eachExtra(each, (ordinal, key) => {
        if (wanted.has(key)) further.add(ordinal);
      });
    }
    const sorted = Float64Array.from(further).sort();
    const found: LocatedFrames[] = [];
    for (const index of this.#ofRuns(run, lastRun)) {
      const gathered = new Gathered(index.capture);
      const blocks = index.blocks.filter((block) => overlaps(block, bounds) || holdsAny(block, sorted));
      if (blocks.length === 0) continue;
      withFile(index.path, (file) => {
        for (const block of blocks) {
          const reader = new BlockReader(file, index.path, block);
          const rows = overlaps(block, bounds) ? reader.rowsOf(wanted) : [];
          gathered.add(
            reader,
            holdsAny(block, sorted) ? mergeRows(rows, rowsOfOrdinals(reader.ordinals(), sorted)) : rows,
          );
        }
      });
      if (gathered.count > 0) found.push(gathered.done());
    }
    return found;
  }

  /**
   * All frames of one session like `framesOf`, a part at a time in reading order: its first frames are there soon, however many follow.
   * @param most Frames of a part, where they are of one block.
   */
  *partsOf(
    run: number,
    key: number,
    span: FrameSpan | undefined,
    lastRun: number,
    most: number,
  ): Generator<LocatedFrames[]> {
    const wanted = new Set([key]);
    const bounds = span === undefined ? { first: 0, last: Infinity } : this.#ordinalBounds(run, lastRun, span);
    for (let each = run; each <= lastRun; each++) {
      const further = new Set<number>();
      this.#eachExtra(each, (ordinal, other) => {
        if (other === key) further.add(ordinal);
      });
      const sorted = Float64Array.from(further).sort();
      const blocks = this.#ofRuns(each, each)
        .flatMap((index) => index.blocks.map((block) => ({ index, block })))
        .filter(({ block }) => overlaps(block, bounds) || holdsAny(block, sorted))
        .sort((a, b) => a.block.leastOrdinal - b.block.leastOrdinal);
      for (const group of interleaved(blocks)) {
        const found = group.map(({ index, block }) =>
          withFile(index.path, (file) => {
            const reader = new BlockReader(file, index.path, block);
            const own = reader.rowsOf(wanted);
            const rows = holdsAny(block, sorted) ? mergeRows(own, rowsOfOrdinals(reader.ordinals(), sorted)) : own;
            return { index, block, rows };
          }),
        );
        const size = found.length === 1 ? most : Infinity;
        for (let at = 0; at < Math.max(...found.map(({ rows }) => rows.length)); at += size) {
          yield found.map(({ index, block, rows }) => {
            const gathered = new Gathered(index.capture);
            withFile(index.path, (file) =>
              gathered.add(new BlockReader(file, index.path, block), rows.slice(at, at + size)),
            );
            return gathered.done();
          });
        }
      }
    }
  }

  /** Where frames of a capture lie; frames that the index does not have are left out. */
  locate(capture: number, frames: Iterable<number>): LocatedFrames {
    const gathered = new Gathered(capture);
    const index = this.#captures.get(capture);
    if (index === undefined || index.blocks.length === 0) return gathered.done();
    const sorted = Float64Array.from(new Set(frames)).sort();
    withFile(index.path, (file) => {
      let next = 0;
      for (const block of index.blocks) {
        const rows: number[] = [];
        for (; next < sorted.length && sorted[next]! < block.firstFrame + block.frames; next++) {
          if (sorted[next]! >= block.firstFrame) rows.push(sorted[next]! - block.firstFrame);
        }
        if (rows.length > 0) gathered.add(new BlockReader(file, index.path, block), rows);
      }
    });
    return gathered.done();
  }

  #ofRuns(first: number, last: number): CaptureIndex[] {
    return [...this.#captures.values()]
      .filter(({ run }) => run >= first && run <= last)
      .sort((a, b) => a.capture - b.capture);
  }

  #blockAt(capture: number, frame: number): { index: CaptureIndex; block: Block; row: number } | null {
    const index = this.#captures.get(capture);
    const block = index?.blocks.find(({ firstFrame, frames }) => frame >= firstFrame && frame < firstFrame + frames);
    return index === undefined || block === undefined ? null : { index, block, row: frame - block.firstFrame };
  }

  /** Ordinals that the blocks of the two frames span. */
  #ordinalBounds(run: number, lastRun: number, span: FrameSpan): { first: number; last: number } {
    const [from, to] = [span.from, span.to].map(({ capture, frame }) => this.#blockAt(capture, frame));
    const first = from?.index.run === run ? from.block.leastOrdinal : 0;
    const last = to?.index.run === lastRun ? to.block.greatestOrdinal : Infinity;
    return first <= last ? { first, last } : { first: 0, last: Infinity };
  }

  #eachExtra(run: number, take: (ordinal: number, key: number) => void): void {
    const path = join(this.#folder, extraFile(run));
    if (!existsSync(path)) return;
    withFile(path, (file) => {
      const block = new Float64Array(2 * 65_536);
      const octets = new Uint8Array(block.buffer);
      for (let at = 0; ;) {
        const got = readSync(file, octets, 0, octets.length, at);
        for (let i = 0; (i + 2) * 8 <= got; i += 2) take(block[i]!, block[i + 1]!);
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

/** Blocks, sorted by their least ordinal, in groups that do not reach into each other. */
function interleaved<T extends { readonly block: Block }>(sorted: readonly T[]): T[][] {
  const groups: T[][] = [];
  let reached = -1;
  for (const each of sorted) {
    if (each.block.leastOrdinal <= reached) groups.at(-1)!.push(each);
    else groups.push([each]);
    reached = Math.max(reached, each.block.greatestOrdinal);
  }
  return groups;
}

function overlaps(block: Block, bounds: { first: number; last: number }): boolean {
  return block.leastOrdinal <= bounds.last && block.greatestOrdinal >= bounds.first;
}

function holdsAny(block: Block, sorted: Float64Array): boolean {
  const at = firstFrom(sorted, block.leastOrdinal);
  return at < sorted.length && sorted[at]! <= block.greatestOrdinal;
}

/** Rows that have one of these ordinals, ascending. Both are sorted. */
function rowsOfOrdinals(ordinals: Float64Array, sorted: Float64Array): number[] {
  const rows: number[] = [];
  let at = firstFrom(sorted, ordinals[0]!);
  for (let row = 0; row < ordinals.length && at < sorted.length; row++) {
    while (at < sorted.length && sorted[at]! < ordinals[row]!) at++;
    if (sorted[at] === ordinals[row]) rows.push(row);
  }
  return rows;
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
  readonly #frames: number[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #wireLengths: number[] = [];
  readonly #times: bigint[] = [];
  readonly #interfaces: number[] = [];
  readonly #linkTypes: number[] = [];
  readonly #ordinals: number[] = [];

  constructor(capture: number) {
    this.capture = capture;
  }

  add(reader: BlockReader, rows: readonly number[]): void {
    if (rows.length === 0) return;
    const { block } = reader;
    for (const ordinal of reader.ordinalsOf(rows)) this.#ordinals.push(ordinal);
    reader.places(rows, (row, place) => {
      this.#frames.push(block.firstFrame + row);
      this.#offsets.push(place.offset);
      this.#lengths.push(place.length);
      this.#wireLengths.push(place.wireLength);
      this.#times.push(place.time);
      this.#interfaces.push(place.iface);
      this.#linkTypes.push(place.linkType);
    });
    this.count += rows.length;
  }

  done(): LocatedFrames {
    return {
      capture: this.capture,
      count: this.count,
      frames: Float64Array.from(this.#frames),
      offsets: Float64Array.from(this.#offsets),
      lengths: Uint32Array.from(this.#lengths),
      wireLengths: Uint32Array.from(this.#wireLengths),
      times: BigInt64Array.from(this.#times),
      interfaces: Uint16Array.from(this.#interfaces),
      linkTypes: Uint16Array.from(this.#linkTypes),
      ordinals: Float64Array.from(this.#ordinals),
    };
  }
}
