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
    for (let row = from, slot = at; row < to; row++, slot++) {
      this.#ordinals[slot] = batch.firstOrdinal + row;
      this.#links[slot * 2] = batch.iface[row]!;
      this.#links[slot * 2 + 1] = batch.linkType[row]!;
    }
    this.frames += to - from;
  }

  /** The block's octets. */
  encode(): Uint8Array {
    const { frames } = this;
    const [leastSession, greatestSession] = this.#sessionRange();
    const extents = this.#extents();
    const leastOrdinal = this.#ordinals[0]!;
    const wide = this.#wideColumns(greatestSession - leastSession, extents.length * 8);
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
      for (let i = 0; i < frames; i++) {
        const key = this.#sessions[i]!;
        column[i] = key < 0 ? NO_SESSION : key - leastSession;
      }
    }
    const lengths =
      wide & WIDE.lengths
        ? new Uint32Array(buffer, layout.lengths, frames)
        : new Uint16Array(buffer, layout.lengths, frames);
    lengths.set(this.#lengths.subarray(0, frames));
    const gaps =
      wide & WIDE.gaps ? new Float64Array(buffer, layout.gaps, frames) : new Uint16Array(buffer, layout.gaps, frames);
    for (let i = 1; i < frames; i++) gaps[i] = this.#gap(i);
    if (wide & WIDE.times) {
      new BigInt64Array(buffer, layout.times, frames).set(this.#times.subarray(0, frames));
    } else {
      const column = new Int32Array(buffer, layout.times, frames);
      for (let i = 1; i < frames; i++) column[i] = Number(this.#times[i]! - this.#times[i - 1]!);
    }
    if (wide & WIDE.wire) new Uint32Array(buffer, layout.wire, frames).set(this.#wire.subarray(0, frames));
    if (wide & WIDE.links) new Uint16Array(buffer, layout.links, frames * 2).set(this.#links.subarray(0, frames * 2));
    return new Uint8Array(buffer);
  }

  /** Octets of the file between frame `i - 1` and frame `i`. */
  #gap(i: number): number {
    return this.#offsets[i]! - this.#offsets[i - 1]! - this.#lengths[i - 1]!;
  }

  #sessionRange(): [least: number, greatest: number] {
    let least = -1;
    let greatest = -1;
    for (let i = 0; i < this.frames; i++) {
      const key = this.#sessions[i]!;
      if (key < 0) continue;
      if (least < 0 || key < least) least = key;
      if (key > greatest) greatest = key;
    }
    return [least, greatest];
  }

  /** Pairs of row and ordinal: where ordinals do not simply count on. */
  #extents(): number[] {
    const extents = [0, this.#ordinals[0]!];
    for (let i = 1; i < this.frames; i++) {
      if (this.#ordinals[i] !== this.#ordinals[i - 1]! + 1) extents.push(i, this.#ordinals[i]!);
    }
    return extents;
  }

  /** Bits of `WIDE` for the columns whose usual form cannot hold this block (or would be longer). */
  #wideColumns(sessionSpan: number, extentOctets: number): number {
    const { frames } = this;
    const ordinalSpan = this.#ordinals[frames - 1]! - this.#ordinals[0]!;
    let wide = extentOctets > frames * 4 && ordinalSpan <= 0xffff_ffff ? WIDE.ordinals : 0;
    if (sessionSpan >= NO_SESSION) wide |= WIDE.sessions;
    const [iface, linkType] = [this.#links[0], this.#links[1]];
    for (let i = 0; i < frames; i++) {
      if (this.#lengths[i]! > 0xffff) wide |= WIDE.lengths;
      if (this.#wire[i] !== this.#lengths[i]) wide |= WIDE.wire;
      if (this.#links[i * 2] !== iface || this.#links[i * 2 + 1] !== linkType) wide |= WIDE.links;
      if (i === 0) continue;
      const gap = this.#gap(i);
      if (gap < 0 || gap > 0xffff) wide |= WIDE.gaps;
      const step = this.#times[i]! - this.#times[i - 1]!;
      if (step > 0x7fff_ffffn || step < -0x8000_0000n) wide |= WIDE.times;
    }
    return wide;
  }
}
