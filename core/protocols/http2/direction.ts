import { Charge } from "../../bytes/held-budget.ts";
import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Carry } from "../../bytes/carry.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { FLAG, FRAME, FRAME_HEADER, PREFACE } from "./frames.ts";
import type { Field } from "./hpack.ts";
import { HpackDecoder } from "./hpack.ts";

/** Longest frame, other than of data, that is read; 16,384 octets are usual. */
const MAX_FRAME = 1 << 18;
/** Most octets of one header block over all its frames: a flood of CONTINUATION has no end of its own. */
const MAX_BLOCK = 1 << 18;

export type Trouble = "http2_frame_too_long" | "http2_header_block_too_long" | "http2_bad_header_block" | "http2_lost";

/** Takes what the frames of one direction say. */
export interface FrameHandler {
  /** All header fields of a block; `promised` is the stream that a PUSH_PROMISE opens, else 0. */
  headers(stream: number, fields: readonly Field[], ends: boolean, promised: number): void;
  data(stream: number, bytes: Uint8Array, start: number, end: number): void;
  dataLost(stream: number, octets: number): void;
  dataEnd(stream: number): void;
  reset(stream: number, error: number): void;
  /** A SETTINGS frame: this is HTTP/2 for sure. */
  settings(): void;
  trouble(name: Trouble, addl?: string): void;
}

/** A header block whose frames are not all there. */
interface Block {
  readonly stream: number;
  readonly promised: number;
  readonly ends: boolean;
  readonly parts: GatheredOctets;
}

/** Reads the frames of one direction. RFC 9113 4 to 6 */
export class Direction {
  readonly #handler: FrameHandler;
  readonly #carry = new Carry(FRAME_HEADER + MAX_FRAME);
  readonly #reader = new ByteReader(EMPTY, 0, 0);
  readonly #hpack = new HpackDecoder();
  #preface: number;
  #block: Block | null = null;
  /** Of the block at hand. */
  readonly #parts = new GatheredOctets(new Charge());
  /** Data frame at hand: octets of content and of padding still to come. */
  #stream = 0;
  #left = 0;
  #padding = 0;
  #endsStream = false;
  /** Frames cannot be found any more. */
  isLost = false;

  /** @param isClient Its first octets are the preface. */
  constructor(handler: FrameHandler, isClient: boolean) {
    this.#handler = handler;
    this.#preface = isClient ? PREFACE.length : 0;
  }

  read(r: ByteReader): void {
    if (this.isLost) return;
    const span = this.#carry.join(r.source, r.pos, r.end);
    const { bytes, end } = span;
    let at = span.start;
    while (at < end && !this.isLost) {
      const next = this.#step(bytes, at, end);
      if (next === at) break;
      at = next;
    }
    this.#carry.keep(span, this.isLost ? end : at);
  }

  /** Octets were lost: goes on if they are all inside a frame of data. Header blocks depend on all blocks before them. */
  gap(octets: number): void {
    if (this.isLost) return;
    if (octets > this.#left + this.#padding || this.#carry.length > 0) {
      this.#lose("http2_lost", String(octets));
      return;
    }
    const content = Math.min(octets, this.#left);
    this.#left -= content;
    this.#padding -= octets - content;
    this.#handler.dataLost(this.#stream, content);
    this.#endData();
  }

  #lose(name: Trouble, addl?: string): void {
    this.isLost = true;
    this.#carry.clear();
    this.#block = null;
    this.#parts.clear();
    this.#handler.trouble(name, addl);
  }

  /** Reads what begins at `at`; gives the position behind it, `at` itself if more octets are needed. */
  #step(bytes: Uint8Array, at: number, end: number): number {
    if (this.#preface > 0) {
      const octets = Math.min(this.#preface, end - at);
      this.#preface -= octets;
      return at + octets;
    }
    if (this.#left + this.#padding > 0) return this.#dataPart(bytes, at, end);
    if (end - at < FRAME_HEADER) return at;
    const r = this.#reader;
    r.aim(bytes, at, end);
    const length = r.u24be();
    const type = r.u8();
    const flags = r.u8();
    const stream = r.u32be() & 0x7fffffff;
    if (type === FRAME.data) return this.#dataFrame(r, length, flags, stream);
    if (length > MAX_FRAME) {
      this.#lose("http2_frame_too_long", String(length));
      return end;
    }
    if (r.left < length) return at;
    r.narrow(length);
    const behind = r.end;
    this.#frame(type, flags, stream, r);
    return behind;
  }

  #dataFrame(r: ByteReader, length: number, flags: number, stream: number): number {
    let padding = 0;
    const header = r.pos - FRAME_HEADER;
    if ((flags & FLAG.padded) !== 0 && length > 0) {
      if (r.left < 1) return header;
      padding = Math.min(r.u8(), length - 1);
      length--;
    }
    this.#stream = stream;
    this.#left = length - padding;
    this.#padding = padding;
    this.#endsStream = (flags & FLAG.endStream) !== 0;
    this.#endData();
    return r.pos;
  }

  #dataPart(bytes: Uint8Array, at: number, end: number): number {
    const content = Math.min(this.#left, end - at);
    if (content > 0) this.#handler.data(this.#stream, bytes, at, at + content);
    this.#left -= content;
    const padding = Math.min(this.#padding, end - at - content);
    this.#padding -= padding;
    this.#endData();
    return at + content + padding;
  }

  #endData(): void {
    if (this.#left + this.#padding > 0 || !this.#endsStream) return;
    this.#endsStream = false;
    this.#handler.dataEnd(this.#stream);
  }

  #frame(type: number, flags: number, stream: number, r: ByteReader): void {
    switch (type) {
      case FRAME.headers:
      case FRAME.pushPromise: {
        const padding = (flags & FLAG.padded) !== 0 ? r.u8() : 0;
        if (type === FRAME.headers && (flags & FLAG.priority) !== 0) r.skip(5);
        const promised = type === FRAME.pushPromise ? r.u32be() & 0x7fffffff : 0;
        if (r.truncated || padding > r.left) {
          this.#lose("http2_bad_header_block");
          return;
        }
        const ends = type === FRAME.headers && (flags & FLAG.endStream) !== 0;
        this.#block = { stream, promised, ends, parts: this.#parts };
        this.#parts.clear();
        this.#addToBlock(r.bytes(r.left - padding), flags);
        break;
      }
      case FRAME.continuation:
        if (this.#block !== null) this.#addToBlock(r.bytes(r.left), flags);
        break;
      case FRAME.rstStream:
        this.#handler.reset(stream, r.u32be());
        break;
      case FRAME.settings:
        this.#handler.settings();
        break;
      default:
    }
  }

  #addToBlock(part: Uint8Array, flags: number): void {
    const block = this.#block!;
    if (block.parts.length + part.length > MAX_BLOCK) {
      this.#lose("http2_header_block_too_long");
      return;
    }
    const isWhole = (flags & FLAG.endHeaders) !== 0;
    const isOnly = isWhole && block.parts.length === 0;
    if (!isOnly) block.parts.add(part, 0, part.length);
    if (!isWhole) return;
    this.#block = null;
    const r = new ByteReader(isOnly ? part : block.parts.octets());
    block.parts.clear();
    const fields = this.#hpack.decode(r);
    if (fields === null) this.#lose("http2_bad_header_block");
    else this.#handler.headers(block.stream, fields, block.ends, block.promised);
  }
}

const EMPTY = new Uint8Array(0);
