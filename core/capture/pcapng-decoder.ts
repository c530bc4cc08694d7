import { ByteReader } from "../bytes/reader.ts";
import { addNote, type CaptureFile, type DamageKind } from "./capture-file.ts";
import type { FrameBlock } from "./frame-block.ts";
import { MOST_FRAMES, countRows, type FrameDecoder } from "./frame-decoder.ts";
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  PACKET,
  SECTION_HEADER,
  SIMPLE_PACKET,
  within64,
} from "./pcapng-blocks.ts";
import { blockAt, isLikelyBlock, type BlockExtent } from "./pcapng-extent.ts";
import { PcapngMetadata, type FramesBefore } from "./pcapng-metadata.ts";
import { OPT_COMMENT, OPT_END } from "./pcapng-options.ts";
import { PcapngSearch } from "./pcapng-search.ts";
import { exactNs, LATEST_NS } from "./pcapng-time.ts";

/** The two halves of the latest time. */
const LATEST_HIGH = Number(LATEST_NS >> 32n);
const LATEST_LOW = Number(LATEST_NS & 0xffff_ffffn);

/** Rows from the blocks of a pcapng file; the other blocks go to what is known of the file. */
export class PcapngDecoder implements FrameDecoder {
  readonly #file: CaptureFile;
  readonly #metadata: PcapngMetadata;
  readonly #search: PcapngSearch;
  readonly #reader = new ByteReader(new Uint8Array(0));
  #frame = 0;
  /** Time of the last frame, for frames without one. */
  #lastHigh = 0;
  #lastLow = 0;
  /** A frame with a time was seen. */
  #timed = false;
  /** Rows of this batch before the first frame with a time. */
  #untimed = 0;
  /** Latest time of the file's frames but for rows of this batch from `#seen` on. */
  #latest: bigint | null = null;
  #seen = 0;
  /** Offset of a block whose second length is wrong, but what follows is sound. */
  #trusted = -1;
  /** Inside a section of a version that is not known: only a section header is looked for. */
  #foreign = false;
  #stopped = false;

  constructor(file: CaptureFile) {
    this.#file = file;
    this.#metadata = new PcapngMetadata(file);
    this.#search = new PcapngSearch(file);
  }

  decode(block: FrameBlock, start: number, end: number, base: number, final: boolean): number {
    if (this.#stopped) return end;
    const from = block.count;
    this.#untimed = 0;
    this.#latest = this.#file.tsLast;
    this.#seen = 0;
    const at = this.#blocks(block, start, end, base, final);
    block.capture.fill(this.#file.number, from, block.count);
    countRows(this.#file, block, from, from + this.#untimed);
    if (this.#frame + block.rows > MOST_FRAMES) {
      this.#stopped = true;
      this.#damage("too-many-frames", base + at, 0, `more than ${this.#frame} frames: the rest is left out.`);
      return end;
    }
    return at;
  }

  #blocks(block: FrameBlock, start: number, end: number, base: number, final: boolean): number {
    let at = start;
    for (;;) {
      if (this.#search.isLost) {
        at = this.#search.find(block.view, at, end, base, final, this.#metadata.littleEndian, this.#frame);
        if (this.#search.isLost) return at;
      }
      at = this.#run(block, at, end, base);
      if (block.count === block.rows || at === end) return at;
      const extent = blockAt(block.view, at, end, this.#metadata.littleEndian, base + at === this.#trusted);
      switch (extent.state) {
        case "whole":
          at = this.#other(block, at, extent, base);
          break;
        case "more":
          if (!final) return at;
          this.#search.lose(
            "cut-short",
            base + at,
            `the file ends ${end - at} ${end - at === 1 ? "octet" : "octets"} into a block`,
          );
          at += 1;
          break;
        case "trailer":
          at = this.#wrongTrailer(block.view, at, end, base, final, extent);
          if (at < 0) return -at - 1;
          break;
        case "bad":
          this.#search.lose("bad-length", base + at, `a block claims ${extent.octets} octets`);
          at += 1;
          break;
      }
    }
  }

  /** Appends enhanced packet blocks until the rows are full or something else comes. */
  #run(block: FrameBlock, start: number, end: number, base: number): number {
    const { view, ts32, rows, offset, capLen, wireLen, frame, linkType, iface, fileOffset } = block;
    const { littleEndian, links, rowOf, quick } = this.#metadata;
    const interfaces = this.#foreign ? 0 : this.#metadata.count;
    let row = block.count;
    let number = this.#frame;
    let high = this.#lastHigh;
    let low = this.#lastLow;
    let at = start;
    const lastHeader = end - EPB_OCTETS;
    while (row < rows && at <= lastHeader) {
      if (view.getUint32(at, littleEndian) !== ENHANCED_PACKET) break;
      const octets = view.getUint32(at + 4, littleEndian);
      const id = view.getUint32(at + 8, littleEndian);
      const captured = view.getUint32(at + 20, littleEndian);
      if (octets > end - at || octets < EPB_OCTETS || (octets & 3) !== 0) break;
      if (captured > octets - EPB_OCTETS || id >= interfaces) break;
      if (view.getUint32(at + octets - 4, littleEndian) !== octets) break;
      const unit = quick[id]!;
      if (unit === 0) break;
      high = view.getUint32(at + 12, littleEndian);
      low = view.getUint32(at + 16, littleEndian);
      if (unit !== 1) {
        low *= unit;
        const carry = Math.floor(low / 0x1_0000_0000);
        low -= carry * 0x1_0000_0000;
        high = high * unit + carry;
      }
      if (high > LATEST_HIGH || (high === LATEST_HIGH && low > LATEST_LOW)) {
        this.#outOfRange();
        high = LATEST_HIGH;
        low = LATEST_LOW;
      }
      ts32[2 * row] = low;
      ts32[2 * row + 1] = high;
      offset[row] = at + 28;
      capLen[row] = captured;
      wireLen[row] = view.getUint32(at + 24, littleEndian);
      frame[row] = ++number;
      linkType[row] = links[id]!;
      iface[row] = rowOf[id]!;
      fileOffset[row] = base + at + 28;
      row++;
      const optionsAt = 28 + captured + (-captured & 3);
      if (optionsAt < octets - 4) this.#frameOptions(block, at + optionsAt, at + octets - 4, number);
      at += octets;
    }
    if (row > block.count) this.#timed = true;
    block.count = row;
    this.#frame = number;
    this.#lastHigh = high;
    this.#lastLow = low;
    return at;
  }

  /** Keeps the comments of a frame. */
  #frameOptions(block: FrameBlock, start: number, end: number, frame: number): void {
    const { view } = block;
    const { littleEndian } = this.#metadata;
    let at = start;
    while (at + 4 <= end) {
      const code = view.getUint16(at, littleEndian);
      const length = view.getUint16(at + 2, littleEndian);
      if (code === OPT_END || at + 4 + length > end) return;
      if (code === OPT_COMMENT) {
        this.#reader.aim(block.bytes, at + 4, at + 4 + length);
        this.#metadata.comment("frame", frame, this.#reader.utf8(length));
      }
      at += 4 + length + (-length & 3);
    }
  }

  /** A whole block that `#run` left alone. Returns the index behind it. */
  #other(block: FrameBlock, at: number, extent: BlockExtent, base: number): number {
    const { view } = block;
    const type = extent.type;
    const next = at + extent.octets;
    const bodyEnd = at + extent.bodyEnd;
    this.#reader.aim(block.bytes, at + 8, bodyEnd);
    if (type === SECTION_HEADER) {
      const major = this.#metadata.section(this.#reader, base + at);
      this.#foreign = major !== 1;
      if (this.#foreign) {
        this.#damage("bad-block", base + at, 0, `a section of version ${major} begins; it is left out.`);
      }
      return next;
    }
    if (this.#foreign) return next;
    switch (type) {
      case ENHANCED_PACKET:
      case PACKET:
        if (bodyEnd - at < 28) return this.#badBlock(base + at, next, extent, "too short for a packet");
        return this.#slowPacket(block, view, at, bodyEnd, next, base, extent);
      case SIMPLE_PACKET:
        if (bodyEnd - at < 12) return this.#badBlock(base + at, next, extent, "too short for a packet");
        return this.#simplePacket(block, view, at, bodyEnd, next, base);
      case INTERFACE_DESCRIPTION:
        if (!this.#metadata.describe(this.#reader))
          return this.#badBlock(base + at, next, extent, "no interface description");
        return next;
      default:
        if (!this.#metadata.block(type, this.#reader, base + at, this.#framesBefore(block)))
          return this.#badBlock(base + at, next, extent, "does not make sense");
        return next;
    }
  }

  #framesBefore(block: FrameBlock): FramesBefore {
    return {
      frame: this.#frame,
      ts: () => {
        for (; this.#seen < block.count; this.#seen++) {
          const ts = block.ts[this.#seen]!;
          if (this.#latest === null || ts > this.#latest) this.#latest = ts;
        }
        return this.#latest;
      },
    };
  }

  #badBlock(offset: number, next: number, extent: BlockExtent, why: string): number {
    const text = `a block of type ${extent.type} and ${extent.octets} octets was skipped: ${why}.`;
    this.#damage("bad-block", offset, extent.octets, text);
    return next;
  }

  /** Enhanced packets in an unusual resolution, and the obsolete packet block. */
  #slowPacket(
    block: FrameBlock,
    view: DataView,
    at: number,
    bodyEnd: number,
    next: number,
    base: number,
    extent: BlockExtent,
  ): number {
    const { littleEndian } = this.#metadata;
    const id = extent.type === PACKET ? view.getUint16(at + 8, littleEndian) : view.getUint32(at + 8, littleEndian);
    const captured = view.getUint32(at + 20, littleEndian);
    if (captured > bodyEnd - at - 28) {
      return this.#badBlock(base + at, next, extent, `it claims a frame of ${captured} octets`);
    }
    const scale = this.#metadata.scales[id];
    if (scale === undefined) {
      this.#unknownInterface(base + at, id, extent.octets);
      return next;
    }
    const ns = exactNs(view.getUint32(at + 12, littleEndian), view.getUint32(at + 16, littleEndian), scale);
    const kept = within64(ns);
    if (kept !== ns) this.#outOfRange();
    this.#timed = true;
    this.#lastHigh = Number(kept >> 32n);
    this.#lastLow = Number(kept & 0xffff_ffffn);
    this.#append(block, id, at + 28, captured, view.getUint32(at + 24, littleEndian), base);
    const optionsAt = at + 28 + captured + (-captured & 3);
    if (optionsAt < bodyEnd) this.#frameOptions(block, optionsAt, bodyEnd, this.#frame);
    return next;
  }

  /** No time, no captured length, and always interface 0. 4.4 */
  #simplePacket(block: FrameBlock, view: DataView, at: number, bodyEnd: number, next: number, base: number): number {
    const onWire = view.getUint32(at + 8, this.#metadata.littleEndian);
    const description = this.#metadata.interfaceOf(0);
    if (description === undefined) {
      this.#unknownInterface(base + at, 0, next - at);
      return next;
    }
    const snap = description.snapLength;
    const most = bodyEnd - at - 12;
    const captured = Math.min(onWire, most, snap === 0 ? most : snap);
    addNote(
      this.#file,
      "Some frames have no time of their own (simple packet blocks): they carry that of the frame before.",
    );
    if (!this.#timed) this.#untimed++;
    this.#append(block, 0, at + 12, captured, onWire, base);
    return next;
  }

  #append(block: FrameBlock, id: number, start: number, captured: number, onWire: number, base: number): void {
    const row = block.count++;
    block.ts32[2 * row] = this.#lastLow;
    block.ts32[2 * row + 1] = this.#lastHigh;
    block.offset[row] = start;
    block.capLen[row] = captured;
    block.wireLen[row] = onWire;
    block.frame[row] = ++this.#frame;
    block.linkType[row] = this.#metadata.links[id]!;
    block.iface[row] = this.#metadata.rowOf[id]!;
    block.fileOffset[row] = base + start;
  }

  #unknownInterface(offset: number, id: number, octets: number): void {
    if (!this.#metadata.firstTimeUnknown(id)) return;
    const text = `a frame names interface ${id}, which the section does not describe; such frames are left out.`;
    this.#damage("unknown-interface", offset, octets, text);
  }

  #outOfRange(): void {
    addNote(this.#file, "Some times lie outside the years 1900 to 2189 and were limited to them.");
  }

  /** Returns the index to go on at, or -(index) - 1 to wait there for more octets. */
  #wrongTrailer(view: DataView, at: number, end: number, base: number, final: boolean, extent: BlockExtent): number {
    const next = at + extent.octets;
    if (next + 12 > end && !final) return -at - 1;
    if (next === end || (next + 12 <= end && isLikelyBlock(view, next, this.#metadata.littleEndian))) {
      const text = `a block of ${extent.octets} octets ends with another length; it was read all the same.`;
      this.#damage("bad-trailer", base + at, 0, text);
      this.#trusted = base + at;
      return at;
    }
    this.#search.lose(
      "bad-trailer",
      base + at,
      `a block that claims ${extent.octets} octets does not end with that length`,
    );
    return at + 1;
  }

  #damage(kind: DamageKind, offset: number, skipped: number, what: string): void {
    this.#search.damage(kind, offset, skipped, what, this.#frame);
  }
}

/** Octets of an enhanced packet block without its frame. 4.3 */
const EPB_OCTETS = 32;

/** First octets of a capture: does it begin with a section header block? */
export function isPcapng(head: Uint8Array): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) !== SECTION_HEADER) return false;
  return view.getUint32(8) === BYTE_ORDER_MAGIC || view.getUint32(8, true) === BYTE_ORDER_MAGIC;
}
