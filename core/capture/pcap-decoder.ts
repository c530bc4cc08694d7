import { addDamage, addNote, type CaptureFile, type DamageKind } from "./capture-file.ts";
import type { FrameBlock } from "./frame-block.ts";
import { MOST_FRAME_OCTETS, MOST_FRAMES, USUAL_FRAME_OCTETS, countRows, type FrameDecoder } from "./frame-decoder.ts";
import type { PcapHeader } from "./pcap-header.ts";

/** Rows from the records of a pcap file, in any of its variants. Finds its feet again behind damage. */
export class PcapDecoder implements FrameDecoder {
  readonly #file: CaptureFile;
  readonly #header: PcapHeader;
  readonly #fraction: number;
  /** Captured lengths up to this are beyond doubt. */
  readonly #usualOctets: number;
  /** Captured lengths above this are damage. */
  readonly #mostOctets: number;
  #frame = 0;
  #headerLeft: number;
  /** Offset of an odd record that was judged good. */
  #trusted = -1;
  /** Where the reader lost its way; -1 while it knows it. */
  #lostAt = -1;
  #lostWhy: { kind: DamageKind; text: string } = { kind: "bad-header", text: "" };
  #lastSecond = -1;
  #stopped = false;

  constructor(file: CaptureFile, header: PcapHeader) {
    this.#file = file;
    this.#header = header;
    this.#fraction = header.nanoseconds ? 1_000_000_000 : 1_000_000;
    this.#mostOctets = Math.max(USUAL_FRAME_OCTETS, Math.min(header.snapLength, MOST_FRAME_OCTETS));
    this.#usualOctets = header.snapLength === 0 ? this.#mostOctets : Math.min(header.snapLength, this.#mostOctets);
    this.#headerLeft = header.headerOctets;
    file.format = header.format;
    file.interfaces.push({
      index: 0,
      section: 0,
      name: null,
      description: null,
      linkType: header.linkType,
      snapLength: header.snapLength,
      timeResolution: header.nanoseconds ? 9 : 6,
      timeOffset: 0n,
      filter: null,
      os: null,
      hardware: null,
      fcsOctets: header.fcsOctets,
      macAddress: null,
      speedBitsPerSecond: null,
      addresses: [],
      statistics: null,
    });
    if (header.zone !== 0) {
      addNote(
        file,
        `The file header gives a time zone correction of ${header.zone} s; times are taken as UTC without it, as other readers do.`,
      );
    }
  }

  decode(block: FrameBlock, start: number, end: number, base: number, final: boolean): number {
    if (this.#stopped) return end;
    let at = start;
    if (this.#headerLeft > 0) {
      const octets = Math.min(this.#headerLeft, end - at);
      this.#headerLeft -= octets;
      at += octets;
    }
    const from = block.count;
    at = this.#records(block, at, end, base, final);
    const rows = block.count - from;
    block.capture.fill(this.#file.number, from, block.count);
    block.linkType.fill(this.#header.linkType, from, block.count);
    block.iface.fill(0, from, block.count);
    countRows(this.#file, block, from);
    if (rows > 0 && this.#frame + block.rows > MOST_FRAMES) {
      this.#stopped = true;
      this.#damage("too-many-frames", base + at, 0, `More than ${this.#frame} frames: the rest is left out.`);
      return end;
    }
    return at;
  }

  #records(block: FrameBlock, start: number, end: number, base: number, final: boolean): number {
    let at = start;
    for (;;) {
      if (this.#lostAt >= 0) {
        at = this.#search(block.view, at, end, base, final);
        if (this.#lostAt >= 0) return at;
      }
      at = this.#run(block, at, end, base);
      if (block.count === block.rows || at === end) return at;
      // Here is a record that is odd, or not all there.
      const verdict = this.#judge(block.view, at, end, final);
      if (verdict === "more") return at;
      if (verdict === "good") {
        this.#trusted = base + at;
        continue;
      }
      if (verdict === "cut") {
        this.#cutShort(base + at, end - at);
        return end;
      }
      this.#lostAt = base + at;
      at += 1;
    }
  }

  /** Appends records until the rows are full, or one is odd or incomplete. */
  #run(block: FrameBlock, start: number, end: number, base: number): number {
    const { littleEndian, nanoseconds, recordOctets, lengths } = this.#header;
    const { view, offset, capLen, wireLen, ts32, frame, fileOffset, rows } = block;
    const usual = this.#usualOctets;
    const fraction = this.#fraction;
    const scale = nanoseconds ? 1 : 1000;
    const trusted = this.#trusted - base;
    const maySwap = lengths !== "usual";
    let row = block.count;
    let number = this.#frame;
    let second = -1;
    let secondHigh = 0;
    let secondLow = 0;
    let at = start;
    const lastHeader = end - recordOctets;
    while (row < rows && at <= lastHeader) {
      const seconds = view.getUint32(at, littleEndian);
      const part = view.getUint32(at + 4, littleEndian);
      let captured = view.getUint32(at + 8, littleEndian);
      let onWire = view.getUint32(at + 12, littleEndian);
      if (maySwap && (lengths === "swapped" || captured > onWire)) {
        const first = captured;
        captured = onWire;
        onWire = first;
      }
      if (captured > usual || captured > onWire || part >= fraction || (captured === 0 && seconds === 0)) {
        if (at !== trusted) break;
      }
      const next = at + recordOctets + captured;
      if (next > end) break;
      if (seconds !== second) {
        // seconds * 10^9 as two halves of 32 bits, exactly
        second = seconds;
        const upper = (seconds >>> 16) * 1_000_000_000;
        const upperHigh = Math.floor(upper / 65_536);
        const lower = (upper - upperHigh * 65_536) * 65_536 + (seconds & 0xffff) * 1_000_000_000;
        const carry = Math.floor(lower / 0x1_0000_0000);
        secondHigh = upperHigh + carry;
        secondLow = lower - carry * 0x1_0000_0000;
      }
      const low = secondLow + part * scale;
      const carry = low >= 0x1_0000_0000 ? Math.floor(low / 0x1_0000_0000) : 0;
      ts32[2 * row] = low - carry * 0x1_0000_0000;
      ts32[2 * row + 1] = secondHigh + carry;
      offset[row] = at + recordOctets;
      capLen[row] = captured;
      wireLen[row] = onWire;
      frame[row] = ++number;
      fileOffset[row] = base + at + recordOctets;
      row++;
      at = next;
    }
    if (second >= 0) this.#lastSecond = second;
    block.count = row;
    this.#frame = number;
    return at;
  }

  /** Decides about a record that `#run` stopped at. */
  #judge(view: DataView, at: number, end: number, final: boolean): "good" | "bad" | "more" | "cut" {
    const { recordOctets } = this.#header;
    if (at + recordOctets > end) return final ? "cut" : "more";
    const captured = this.#captured(view, at);
    const next = at + recordOctets + captured;
    if (captured > this.#mostOctets) {
      this.#lostWhy = { kind: "bad-length", text: `a record claims ${captured} octets` };
      return "bad";
    }
    if (isZero(view, at)) {
      this.#lostWhy = { kind: "bad-header", text: "a record header is all zero" };
      return "bad";
    }
    if (!this.#isOdd(view, at)) return final ? "cut" : "more";
    this.#lostWhy = { kind: "bad-header", text: "a record header makes no sense" };
    if (next + RECORD > end) {
      if (!final) return "more";
      return next <= end ? "good" : "bad";
    }
    return this.#captured(view, next) <= this.#mostOctets ? "good" : "bad";
  }

  #isOdd(view: DataView, at: number): boolean {
    const captured = this.#captured(view, at);
    return (
      captured > this.#usualOctets ||
      captured > this.#onWire(view, at) ||
      view.getUint32(at + 4, this.#header.littleEndian) >= this.#fraction ||
      (captured === 0 && view.getUint32(at, this.#header.littleEndian) === 0)
    );
  }

  /** Looks for the next record; `#lostAt` becomes -1 when it is found. */
  #search(view: DataView, start: number, end: number, base: number, final: boolean): number {
    const { recordOctets } = this.#header;
    let at = start;
    for (; at + recordOctets <= end; at++) {
      if (isZero(view, at)) {
        at = lastZeroHeader(view, at, end);
        continue;
      }
      if (!this.#isSensible(view, at, this.#lastSecond, MOST_DRIFT_SECONDS)) continue;
      const next = at + recordOctets + this.#captured(view, at);
      if (next + RECORD > end) {
        if (!final) return at;
        if (next > end) continue;
      } else {
        const seconds = view.getUint32(at, this.#header.littleEndian);
        if (!this.#isSensible(view, next, seconds, DAY_SECONDS)) continue;
      }
      const skipped = base + at - this.#lostAt;
      this.#damage(
        this.#lostWhy.kind,
        this.#lostAt,
        skipped,
        `${this.#lostWhy.text}; ${skipped} octets were skipped to the next record.`,
      );
      this.#lostAt = -1;
      return at;
    }
    if (final) {
      const skipped = base + end - this.#lostAt;
      const text = `${this.#lostWhy.text}; no further record was found in the ${skipped} octets behind it.`;
      this.#damage(this.#lostWhy.kind, this.#lostAt, skipped, text);
      this.#lostAt = -1;
      return end;
    }
    return at;
  }

  /** A record header as a healthy file has it, with a time near `near` (any if negative). */
  #isSensible(view: DataView, at: number, near: number, within: number): boolean {
    const { littleEndian } = this.#header;
    if (view.getUint32(at + 4, littleEndian) >= this.#fraction) return false;
    const captured = this.#captured(view, at);
    if (captured === 0 || captured > this.#usualOctets) return false;
    const onWire = this.#onWire(view, at);
    if (onWire < captured || onWire > Math.max(this.#mostOctets, 1 << 20)) return false;
    const seconds = view.getUint32(at, littleEndian);
    return near < 0 ? seconds > 0 : Math.abs(seconds - near) <= within;
  }

  #captured(view: DataView, at: number): number {
    const first = view.getUint32(at + 8, this.#header.littleEndian);
    const second = view.getUint32(at + 12, this.#header.littleEndian);
    return this.#swaps(first, second) ? second : first;
  }

  #onWire(view: DataView, at: number): number {
    const first = view.getUint32(at + 8, this.#header.littleEndian);
    const second = view.getUint32(at + 12, this.#header.littleEndian);
    return this.#swaps(first, second) ? first : second;
  }

  #swaps(first: number, second: number): boolean {
    const { lengths } = this.#header;
    return lengths === "swapped" || (lengths === "swapped-where-larger" && first > second);
  }

  #cutShort(offset: number, octets: number): void {
    this.#damage(
      "cut-short",
      offset,
      octets,
      `the file ends ${octets} ${octets === 1 ? "octet" : "octets"} into the next record.`,
    );
  }

  #damage(kind: DamageKind, offset: number, skipped: number, what: string): void {
    const sentence = `At octet ${offset}, after frame ${this.#frame}: ${what}`;
    addDamage(this.#file, { kind, offset, frame: this.#frame, skipped, sentence });
  }
}

function isZero(view: DataView, at: number): boolean {
  return (
    view.getUint32(at) === 0 &&
    view.getUint32(at + 4) === 0 &&
    view.getUint32(at + 8) === 0 &&
    view.getUint32(at + 12) === 0
  );
}

/** Last index from `at` on at which 16 zero octets stand, without a look at each. */
function lastZeroHeader(view: DataView, at: number, end: number): number {
  let zeros = at + RECORD;
  while (zeros + 4 <= end && view.getUint32(zeros) === 0) zeros += 4;
  return zeros - RECORD;
}

const RECORD = 16;
const DAY_SECONDS = 86_400;
/** How far the time of the first record behind damage may be from the last one before it. */
const MOST_DRIFT_SECONDS = 400 * DAY_SECONDS;
