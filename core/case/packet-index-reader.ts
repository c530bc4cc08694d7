import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { BacktrailError } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";
import type { BlockHeader, BlockLayout } from "./packet-index-format.ts";
import { BLOCK_HEADER, blockLayout, NO_SESSION, readBlockHeader, WIDE } from "./packet-index-format.ts";

/** A block of an index file, without its columns. */
export interface Block extends BlockHeader {
  /** Where the block begins in its file. */
  readonly at: number;
}

/** Takes what the index knows of one frame. */
export type TakePlace = (
  row: number,
  place: {
    readonly offset: number;
    readonly length: number;
    readonly wireLength: number;
    readonly time: bigint;
    readonly iface: number;
    readonly linkType: number;
  },
) => void;

/** Headers of all blocks of a file. @throws BacktrailError `index-damaged` */
export function readBlocks(path: string): Block[] {
  const blocks: Block[] = [];
  withFile(path, (file) => {
    const { size } = fstatSync(file);
    for (let at = 0; at < size;) {
      if (at + BLOCK_HEADER > size) throw damaged(path, at);
      const header = readBlockHeader(new DataView(readPart(file, at, BLOCK_HEADER, path)));
      if (header === null || at + header.octets > size) throw damaged(path, at);
      blocks.push({ ...header, at });
      at += header.octets;
    }
  });
  return blocks;
}

/** Reads the columns of one block, each when it is asked for. */
export class BlockReader {
  readonly block: Block;
  readonly #file: number;
  readonly #path: string;
  readonly #layout: BlockLayout;

  constructor(file: number, path: string, block: Block) {
    this.#file = file;
    this.#path = path;
    this.block = block;
    this.#layout = blockLayout(block.frames, block.extents, block.wide);
  }

  /** Session key of one row, -1 for none. */
  sessionAt(row: number): number {
    const { wide, leastSession } = this.block;
    if (wide & WIDE.sessions) return new Float64Array(this.#part(this.#layout.sessions + row * 8, 8))[0]!;
    const relative = new Uint32Array(this.#part(this.#layout.sessions + row * 4, 4))[0]!;
    return relative === NO_SESSION ? -1 : relative + leastSession;
  }

  /** Rows whose session is wanted, ascending. */
  rowsOf(wanted: ReadonlySet<number>): number[] {
    const { frames, wide, leastSession, greatestSession } = this.block;
    const near = [...wanted].filter((key) => key >= leastSession && key <= greatestSession);
    const rows: number[] = [];
    if (near.length === 0 || leastSession < 0) return rows;
    if (wide & WIDE.sessions) {
      const column = new Float64Array(this.#part(this.#layout.sessions, frames * 8));
      for (let row = 0; row < frames; row++) if (wanted.has(column[row]!)) rows.push(row);
      return rows;
    }
    const column = new Uint32Array(this.#part(this.#layout.sessions, frames * 4));
    const relative = near.map((key) => key - leastSession);
    if (relative.length === 1) {
      const only = relative[0]!;
      for (let row = 0; row < frames; row++) if (column[row] === only) rows.push(row);
      return rows;
    }
    // Most frames are of other sessions: a table over the low bits turns them away without a set look-up.
    const maybe = new Uint8Array(65_536);
    const exact = new Set(relative);
    for (const key of relative) maybe[key & 0xffff] = 1;
    for (let row = 0; row < frames; row++) {
      const key = column[row]!;
      if (maybe[key & 0xffff] === 1 && exact.has(key)) rows.push(row);
    }
    return rows;
  }

  /** Run ordinals of these rows, ascending. */
  ordinalsOf(rows: readonly number[]): Float64Array {
    const { extents, wide } = this.block;
    if (wide & WIDE.ordinals || extents > 16) {
      const all = this.ordinals();
      return Float64Array.from(rows, (row) => all[row]!);
    }
    const pairs = new Float64Array(this.#part(this.#layout.ordinals, extents * 16));
    let at = 0;
    return Float64Array.from(rows, (row) => {
      while (at + 2 < pairs.length && pairs[at + 2]! <= row) at += 2;
      return pairs[at + 1]! + row - pairs[at]!;
    });
  }

  /** Run ordinal of each row. */
  ordinals(): Float64Array {
    const { frames, extents, wide, leastOrdinal } = this.block;
    const ordinals = new Float64Array(frames);
    if (wide & WIDE.ordinals) {
      const column = new Uint32Array(this.#part(this.#layout.ordinals, frames * 4));
      for (let row = 0; row < frames; row++) ordinals[row] = leastOrdinal + column[row]!;
      return ordinals;
    }
    const pairs = new Float64Array(this.#part(this.#layout.ordinals, extents * 16));
    for (let i = 0; i < pairs.length; i += 2) {
      const end = Math.min(frames, pairs[i + 2] ?? frames);
      for (let row = pairs[i]!, ordinal = pairs[i + 1]!; row < end; row++) ordinals[row] = ordinal++;
    }
    return ordinals;
  }

  /** Where the frames of these rows (ascending) lie and what they are. */
  places(rows: readonly number[], take: TakePlace): void {
    const { frames, wide, firstOffset, firstTime } = this.block;
    const layout = this.#layout;
    const base = layout.lengths;
    const octets = this.#part(base, layout.end - base);
    const lengths = wide & WIDE.lengths ? new Uint32Array(octets, 0, frames) : new Uint16Array(octets, 0, frames);
    const gaps =
      wide & WIDE.gaps
        ? new Float64Array(octets, layout.gaps - base, frames)
        : new Uint16Array(octets, layout.gaps - base, frames);
    const times = wide & WIDE.times ? new BigInt64Array(octets, layout.times - base, frames) : null;
    const steps = times === null ? new Int32Array(octets, layout.times - base, frames) : null;
    const wire = wide & WIDE.wire ? new Uint32Array(octets, layout.wire - base, frames) : lengths;
    const links = wide & WIDE.links ? new Uint16Array(octets, layout.links - base, frames * 2) : null;
    let row = 0;
    let end = firstOffset;
    // Steps are summed as numbers: within a block they stay far below 2^53.
    let since = 0;
    for (const wanted of rows) {
      let offset = end;
      for (; row <= wanted; row++) {
        offset = end + gaps[row]!;
        end = offset + lengths[row]!;
        if (steps !== null) since += steps[row]!;
      }
      take(wanted, {
        offset,
        length: lengths[wanted]!,
        wireLength: wire[wanted]!,
        time: times === null ? firstTime + BigInt(since) : times[wanted]!,
        iface: links === null ? this.block.iface : links[wanted * 2]!,
        linkType: links === null ? this.block.linkType : links[wanted * 2 + 1]!,
      });
    }
  }

  #part(at: number, octets: number): ArrayBuffer {
    return readPart(this.#file, this.block.at + at, octets, this.#path);
  }
}

/** Opens a file for the time of `work`. */
export function withFile<T>(path: string, work: (file: number) => T): T {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

function readPart(file: number, at: number, octets: number, path: string): ArrayBuffer {
  const part = Buffer.allocUnsafeSlow(octets);
  for (let got = 0; got < octets;) {
    const more = readSync(file, part, got, octets - got, at + got);
    if (more === 0) throw damaged(path, at);
    got += more;
  }
  return part.buffer;
}

function damaged(path: string, at: number): BacktrailError {
  return new BacktrailError(
    "index-damaged",
    `${path} is damaged at octet ${at}: analyse the captures into a new case to rebuild it.`,
    { kind: "work" },
  );
}
