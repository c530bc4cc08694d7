import type { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection, InnerStream, RecordSink } from "../protocol.ts";

/** Longest frame header: two octets, a length of eight, a mask of four. RFC 6455 5.2 */
const MAX_HEADER = 14;
const MASK_OCTETS = 4;
/** Frames with this bit are control frames: close, ping, pong. */
const CONTROL = 0x08;
const FIN = 0x80;
const MASKED = 0x80;

/** One direction. */
class Side {
  readonly carry = new Carry(MAX_HEADER);
  readonly mask = new Uint8Array(MASK_OCTETS);
  isMasked = false;
  isControl = false;
  /** Octets of the frame's payload still to come. */
  left = 0;
  /** Octets of its payload that went by. */
  passed = 0;
  isLost = false;
}

/** Frames of both directions; the payload of data frames goes to a stream of its own, whatever messages it makes up. */
export class WebSocketAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #inner: InnerStream;
  readonly #orig = new Side();
  readonly #resp = new Side();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#inner = conn.inner("tcp", "websocket payload");
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#orig : this.#resp;
    while (r.left > 0 && !side.isLost) {
      if (side.left > 0) this.#payload(r, side, fromOriginator);
      else if (!this.#header(r, side)) return;
    }
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#orig : this.#resp;
    if (side.isLost) return;
    if (octets <= side.left) {
      side.left -= octets;
      side.passed += octets;
      if (!side.isControl) this.#inner.gap(octets, fromOriginator);
      return;
    }
    side.isLost = true;
    this.#out.weird("websocket_lost");
  }

  close(): void {
    this.#inner.close();
  }

  /** False if more octets are needed. */
  #header(r: ByteReader, side: Side): boolean {
    const carried = side.carry.length;
    const span = side.carry.join(r.source, r.pos, Math.min(r.end, r.pos + MAX_HEADER - carried));
    const [first, second] = [span.bytes[span.start], span.end - span.start > 1 ? span.bytes[span.start + 1]! : -1];
    const short = second & 0x7f;
    const lengthOctets = short === 127 ? 8 : short === 126 ? 2 : 0;
    const headerLength = 2 + lengthOctets + ((second & MASKED) !== 0 ? MASK_OCTETS : 0);
    if (second < 0 || span.end - span.start < headerLength) {
      side.carry.keep(span, span.start);
      r.pos = r.end;
      return false;
    }
    let length = lengthOctets === 0 ? short : 0;
    for (let i = 0; i < lengthOctets; i++) length = length * 256 + span.bytes[span.start + 2 + i]!;
    side.isMasked = (second & MASKED) !== 0;
    if (side.isMasked) {
      const at = span.start + headerLength - MASK_OCTETS;
      side.mask.set(span.bytes.subarray(at, at + MASK_OCTETS));
    }
    // Reserved bits: an extension (compression) changes the payload, so that it is none to read.
    side.isControl = (first! & CONTROL) !== 0 || (first! & ~FIN & 0x70) !== 0;
    side.left = length;
    side.passed = 0;
    side.carry.clear();
    r.skip(headerLength - carried);
    return true;
  }

  #payload(r: ByteReader, side: Side, fromOriginator: boolean): void {
    const octets = Math.min(side.left, r.left);
    const start = r.pos;
    r.skip(octets);
    if (!side.isControl) {
      if (side.isMasked) {
        const clear = r.source.slice(start, start + octets);
        for (let i = 0; i < octets; i++) clear[i]! ^= side.mask[(side.passed + i) & 3]!;
        this.#inner.data(clear, 0, octets, fromOriginator);
      } else {
        this.#inner.data(r.source, start, start + octets, fromOriginator);
      }
    }
    side.left -= octets;
    side.passed += octets;
    if (side.left === 0) this.#conn.confirm();
  }
}
