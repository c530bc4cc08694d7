import { BLOCK_FRAMES, blockLayout, NO_SESSION, WIDE, writeBlockHeader } from "./packet-index-format.ts";

/** The columns of a frame batch that the index keeps. */
export interface IndexedFrames {
  /** Number of row 0 in the whole run, from 0. */
  readonly firstOrdinal: number;
  readonly count: number;
  readonly capture: Uint16Array;
  /** 1-based number of each row within its capture file. */
  readonly frame: Uint32Array;
  /** ns since 1970-01-01 UTC. */
  readonly ts: BigInt64Array;
  readonly capLen: Uint32Array;
  readonly wireLen: Uint32Array;
  readonly linkType: Uint16Array;
  readonly iface: Uint16Array;
  /** Where each frame's octets begin in the capture file. */
  readonly fileOffset: Float64Array;
}

/** Frames of one capture that have not been written yet. */
export class OpenBlock {
  readonly #sessions = new Float64Array(BLOCK_FRAMES);
  readonly #offsets = new Float64Array(BLOCK_FRAMES);
  readonly #ordinals = new Float64Array(BLOCK_FRAMES);
  readonly #times = new BigInt64Array(BLOCK_FRAMES);
  readonly #lengths = new Uint32Array(BLOCK_FRAMES);
  readonly #wire = new Uint32Array(BLOCK_FRAMES);
  /** Interface and link type. */
  readonly #links = new Uint16Array(BLOCK_FRAMES * 2);
  frames = 0;
  firstFrame = 0;

  clear(): void {
    this.frames = 0;
  }

  /** Takes the rows `from` to `to` (exclusive), which are consecutive frames and must fit. */
  add(batch: IndexedFrames, sessions: Float64Array, from: number, to: number): void {
    const at = this.frames;
    if (at === 0) this.firstFrame = batch.frame[from]!;
    this.#sessions.set(sessions.subarray(from, to), at);
    this.#offsets.set(batch.fileOffset.subarray(from, to), at);
    this.#times.set(batch.ts.subarray(from, to), at);
    this.#lengths.set(batch.capLen.subarray(from, to), at);
    this.#wire.set(batch.wireLen.subarray(from, to), at);
    const { firstOrdinal, iface, linkType } = batch;
    const [ordinals, links] = [this.#ordinals, this.#links];
    for (let row = from, slot = at; row < to; row++, slot++) {
      ordinals[slot] = firstOrdinal + row;
      links[slot * 2] = iface[row]!;
      links[slot * 2 + 1] = linkType[row]!;
    }
    this.frames += to - from;
  }

  /** The block's octets. */
  encode(): Uint8Array {
    const { frames } = this;
    const [leastSession, greatestSession] = this.#sessionRange();
    const extents = this.#extents();
    const leastOrdinal = this.#ordinals[0]!;
    const gaps = this.#gaps();
    const steps = this.#steps();
    const wide =
      this.#wideColumns(greatestSession - leastSession, extents.length * 8) |
      (gaps instanceof Float64Array ? WIDE.gaps : 0) |
      (steps instanceof BigInt64Array ? WIDE.times : 0);
    const layout = blockLayout(frames, extents.length / 2, wide);
    const buffer = new ArrayBuffer(layout.end);
    writeBlockHeader(new DataView(buffer), {
      frames,
      extents: extents.length / 2,
      wide,
      firstFrame: this.firstFrame,
      leastSession,
      greatestSession,
      firstOffset: this.#offsets[0]!,
      firstTime: this.#times[0]!,
      iface: this.#links[0]!,
      linkType: this.#links[1]!,
      leastOrdinal,
      greatestOrdinal: this.#ordinals[frames - 1]!,
      octets: layout.end,
    });
    if (wide & WIDE.ordinals) {
      const column = new Uint32Array(buffer, layout.ordinals, frames);
      for (let i = 0; i < frames; i++) column[i] = this.#ordinals[i]! - leastOrdinal;
    } else {
      new Float64Array(buffer, layout.ordinals, extents.length).set(extents);
    }
    if (wide & WIDE.sessions) {
      new Float64Array(buffer, layout.sessions, frames).set(this.#sessions.subarray(0, frames));
    } else {
      const column = new Uint32Array(buffer, layout.sessions, frames);
      const sessions = this.#sessions;
      for (let i = 0; i < frames; i++) {
        const key = sessions[i]!;
        column[i] = key < 0 ? NO_SESSION : key - leastSession;
      }
    }
    const lengths = this.#lengths.subarray(0, frames);
    put(buffer, layout.lengths, wide & WIDE.lengths ? lengths : Uint16Array.from(lengths));
    put(buffer, layout.gaps, gaps);
    put(buffer, layout.times, steps);
    if (wide & WIDE.wire) new Uint32Array(buffer, layout.wire, frames).set(this.#wire.subarray(0, frames));
    if (wide & WIDE.links) new Uint16Array(buffer, layout.links, frames * 2).set(this.#links.subarray(0, frames * 2));
    return new Uint8Array(buffer);
  }

  #sessionRange(): [least: number, greatest: number] {
    let least = -1;
    let greatest = -1;
    const [sessions, frames] = [this.#sessions, this.frames];
    for (let i = 0; i < frames; i++) {
      const key = sessions[i]!;
      if (key < 0) continue;
      if (least < 0 || key < least) least = key;
      if (key > greatest) greatest = key;
    }
    return [least, greatest];
  }

  /** Pairs of row and ordinal: where ordinals do not simply count on. */
  #extents(): number[] {
    const { frames } = this;
    const ordinals = this.#ordinals;
    const extents = [0, ordinals[0]!];
    for (let i = 1; i < frames; i++) {
      if (ordinals[i] !== ordinals[i - 1]! + 1) extents.push(i, ordinals[i]!);
    }
    return extents;
  }

  /** Bits of `WIDE` for the columns whose usual form cannot hold this block (or would be longer). */
  #wideColumns(sessionSpan: number, extentOctets: number): number {
    const { frames } = this;
    const ordinalSpan = this.#ordinals[frames - 1]! - this.#ordinals[0]!;
    let wide = extentOctets > frames * 4 && ordinalSpan <= 0xffff_ffff ? WIDE.ordinals : 0;
    if (sessionSpan >= NO_SESSION) wide |= WIDE.sessions;
    const [lengths, wire, links] = [this.#lengths, this.#wire, this.#links];
    const [iface, linkType] = [links[0], links[1]];
    for (let i = 0; i < frames; i++) {
      if (lengths[i]! > 0xffff) wide |= WIDE.lengths;
      if (wire[i] !== lengths[i]) wide |= WIDE.wire;
      if (links[i * 2] !== iface || links[i * 2 + 1] !== linkType) wide |= WIDE.links;
    }
    return wide;
  }

  /** Octets of the file between each frame and the one before; f64 if they do not fit 16 bits. */
  #gaps(): Float64Array | Uint16Array {
    const { frames } = this;
    const [offsets, lengths] = [this.#offsets, this.#lengths];
    const short = new Uint16Array(frames);
    for (let i = 1; i < frames; i++) {
      const gap = offsets[i]! - offsets[i - 1]! - lengths[i - 1]!;
      if (gap < 0 || gap > 0xffff) {
        return Float64Array.from({ length: frames }, (_, j) =>
          j === 0 ? 0 : offsets[j]! - offsets[j - 1]! - lengths[j - 1]!,
        );
      }
      short[i] = gap;
    }
    return short;
  }

  /** ns from each frame to the next; the times themselves if they do not fit 32 bits. */
  #steps(): Int32Array | BigInt64Array {
    const { frames } = this;
    // The halves of each time: arithmetic on them costs a tenth of that on bigints.
    const low = new Uint32Array(this.#times.buffer);
    const high = new Int32Array(this.#times.buffer);
    const steps = new Int32Array(frames);
    for (let i = 1, at = 2; i < frames; i++, at += 2) {
      const step = (high[at + 1]! - high[at - 1]!) * 0x1_0000_0000 + (low[at]! - low[at - 2]!);
      if (step > 0x7fff_ffff || step < -0x8000_0000) return this.#times.subarray(0, frames);
      steps[i] = step;
    }
    return steps;
  }
}

/** Copies a column's octets to their place. */
function put(buffer: ArrayBuffer, at: number, column: ArrayBufferView): void {
  new Uint8Array(buffer, at).set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
}
