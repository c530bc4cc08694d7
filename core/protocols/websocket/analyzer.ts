import type { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection, InnerStream, RecordSink } from "../protocol.ts";
import type { WebSocketHandshake } from "./handshake.ts";
import { acceptFor, newHandshake, takeHandshake } from "./handshake.ts";
import { InflatedMessages } from "./inflated-messages.ts";
import { WEBSOCKET_RECORD } from "./records.ts";

/** Longest frame header: two octets, a length of eight, a mask of four. RFC 6455 5.2 */
const MAX_HEADER = 14;
const MASK_OCTETS = 4;
/** Frames with this bit are control frames: close, ping, pong. */
const CONTROL = 0x08;
const FIN = 0x80;
const OPCODE = 0x0f;
/** Longest payload of a control frame. RFC 6455 5.5 */
const MAX_CONTROL = 125;
const MASKED = 0x80;
/** The message is compressed. RFC 7692 6 */
const COMPRESSED = 0x40;
const RESERVED = 0x70;
const DEFLATE = "permessage-deflate";
/** What Zeek's script calls itself in its weirds; the analyzer's are told in capitals. */
const SCRIPT = "WebSocket";

/** One direction. */
class Side {
  readonly carry = new Carry(MAX_HEADER);
  readonly mask = new Uint8Array(MASK_OCTETS);
  isMasked = false;
  isControl = false;
  /** The frame at hand ends a message. */
  isLast = false;
  /** The message at hand is compressed: continuation frames do not say so again. */
  isCompressed = false;
  inflated: InflatedMessages | null = null;
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
    this.#open(takeHandshake(conn));
    this.#inner = conn.inner("tcp", "websocket payload");
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#orig : this.#resp;
    while (r.left > 0 && !side.isLost) {
      if (side.left > 0) this.#payload(r, side, fromOriginator);
      else if (!this.#header(r, side, fromOriginator)) return;
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
      if (side.inflated !== null && side.isCompressed) side.inflated.isLost = true;
      if (side.left === 0) this.#frameEnd(side, fromOriginator);
      return;
    }
    side.isLost = true;
    this.#out.weird("websocket_lost");
  }

  close(): void {
    this.#inner.close();
  }

  /** Zeek's base/protocols/websocket: what the handshake says, once it is over. */
  #open(handshake: WebSocketHandshake | null): void {
    const weird = (name: string, addl?: string): void => this.#out.weird(name, addl, SCRIPT);
    if (handshake === null || (!handshake.sawHeader && !handshake.isHttp2)) weird("websocket_established_unexpected");
    const {
      clientProtocols,
      clientExtensions,
      serverProtocols,
      serverExtensions,
      keys,
      accepts,
      host,
      uri,
      userAgent,
    } = handshake ?? newHandshake();
    if (keys.length > 1) weird("websocket_multiple_key_headers");
    if (serverProtocols.length > 1) weird("websocket_multiple_protocol_headers");
    if (accepts.length > 1) weird("websocket_multiple_accept_headers");
    const key = keys.at(-1);
    const accept = accepts.at(-1);
    if (handshake?.isHttp2 !== true) {
      if (key === undefined) weird("websocket_missing_key_header");
      if (accept === undefined) weird("websocket_missing_accept_header");
    }
    if (key !== undefined && accept !== undefined && accept !== acceptFor(key)) {
      weird("websocket_wrong_accept_header", `expected=${acceptFor(key)}, found=${accept}`);
    }
    const chosen = serverExtensions.find((extension) => extension.trim().startsWith(DEFLATE));
    if (chosen !== undefined) {
      this.#orig.inflated = new InflatedMessages(!chosen.includes("client_no_context_takeover"));
      this.#resp.inflated = new InflatedMessages(!chosen.includes("server_no_context_takeover"));
    }
    this.#out.emit(
      WEBSOCKET_RECORD,
      {
        host,
        uri,
        user_agent: userAgent,
        subprotocol: serverProtocols.at(-1) ?? null,
        client_protocols: clientProtocols.length > 0 ? clientProtocols : null,
        server_extensions: serverExtensions.length > 0 ? serverExtensions : null,
        client_extensions: clientExtensions.length > 0 ? clientExtensions : null,
      },
      this.#conn.now,
    );
  }

  /** False if more octets are needed. */
  #header(r: ByteReader, side: Side, fromOriginator: boolean): boolean {
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
    const isControl = (first! & CONTROL) !== 0;
    const reserved = first! & RESERVED;
    side.isLast = (first! & FIN) !== 0;
    if (!isControl && (first! & OPCODE) !== 0) side.isCompressed = reserved === COMPRESSED && side.inflated !== null;
    // Other reserved bits: an extension changes the payload, so that it is none to read.
    side.isControl = isControl || (reserved !== 0 && !(side.isCompressed && reserved === COMPRESSED));
    if (isControl && length > MAX_CONTROL) {
      this.#out.weird("websocket_control_frame_size_exceeded", `${length} > ${MAX_CONTROL}`);
    }
    side.left = length;
    side.passed = 0;
    side.carry.clear();
    r.skip(headerLength - carried);
    if (length === 0) this.#frameEnd(side, fromOriginator);
    return true;
  }

  /** The message of a side is whole once its last frame is. */
  #frameEnd(side: Side, fromOriginator: boolean): void {
    this.#conn.confirm();
    const { inflated } = side;
    if (side.isControl || !side.isLast || !side.isCompressed || inflated === null || inflated.isLost) return;
    const message = inflated.finish();
    if (message !== null) {
      if (message.length > 0) this.#inner.data(message, 0, message.length, fromOriginator);
    } else {
      inflated.isLost = true;
      this.#out.weird("websocket_bad_compression");
    }
  }

  #deliver(side: Side, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const { inflated } = side;
    if (!side.isCompressed || inflated === null) {
      this.#inner.data(bytes, start, end, fromOriginator);
    } else if (inflated.isLost) {
      this.#inner.gap(end - start, fromOriginator);
    } else if (!inflated.add(bytes, start, end)) {
      inflated.isLost = true;
      this.#out.weird("websocket_message_too_long");
    }
  }

  #payload(r: ByteReader, side: Side, fromOriginator: boolean): void {
    const octets = Math.min(side.left, r.left);
    const start = r.pos;
    r.skip(octets);
    if (!side.isControl) {
      if (side.isMasked) {
        const clear = r.source.slice(start, start + octets);
        for (let i = 0; i < octets; i++) clear[i]! ^= side.mask[(side.passed + i) & 3]!;
        this.#deliver(side, clear, 0, octets, fromOriginator);
      } else {
        this.#deliver(side, r.source, start, start + octets, fromOriginator);
      }
    }
    side.left -= octets;
    side.passed += octets;
    if (side.left === 0) this.#frameEnd(side, fromOriginator);
  }
}
