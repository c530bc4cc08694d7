import { ByteReader } from "../../bytes/reader.ts";
import type { Span } from "../../bytes/carry.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { Heartbeats } from "./heartbeats.ts";
import { readV2ClientHello, readV2ServerHello } from "./hello.ts";
import { CONTENT } from "./names.ts";
import { TlsSession } from "./session.ts";

/** Octets of a record's header. RFC 8446 5.1 */
export const RECORD_HEADER = 5;
/** Longest record: 2^14 octets and what ciphers may add. RFC 5246 6.2.3 */
export const MAX_RECORD = 16_384 + 2048;
/** Longest handshake message that is read; a chain of certificates is the longest there is, and one may name ten thousand hosts. */
const MAX_HANDSHAKE = 1 << 20;
const HANDSHAKE_HEADER = 4;
/** Zeek's SSL::max_alerts_per_record. */
const MAX_ALERTS = 10;

/** SSLv2 message types. */
const V2 = { error: 0, clientHello: 1, clientMasterKey: 2, serverHello: 4 } as const;

/** One direction. */
class Side {
  readonly carry = new Carry(RECORD_HEADER + MAX_RECORD);
  readonly handshake = new Carry(HANDSHAKE_HEADER + MAX_HANDSHAKE);
  /** Where records begin is not known. */
  isLost = false;
  sawRecord = false;
}

const HTTP_REPLY = "HTTP/1.";

/** SSL and TLS over a stream. */
export class TlsAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #session: TlsSession;
  readonly #heartbeats: Heartbeats;
  readonly #orig = new Side();
  readonly #resp = new Side();
  readonly #reader = new ByteReader(EMPTY, 0, 0);
  #isV2 = false;
  #isOver = false;
  /** What follows is another protocol's. */
  #isHandedOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#session = new TlsSession(conn, out, false);
    this.#heartbeats = new Heartbeats(out);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    const side = fromOriginator ? this.#orig : this.#resp;
    if (side.isLost && !this.#findRecord(r, side, fromOriginator)) return;
    const span = side.carry.join(r.source, r.pos, r.end);
    const at = this.#records(span, side, fromOriginator);
    side.carry.keep(span, at);
    if (!this.#isHandedOver) r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#orig : this.#resp;
    side.carry.clear();
    side.handshake.clear();
    side.isLost = true;
    this.#session.lostSealed(octets, fromOriginator);
    if (this.#session.isEstablished) this.#seal(octets, fromOriginator);
    else this.#session.lost();
  }

  close(): void {
    for (const fromOriginator of [true, false]) {
      // A connection that broke off inside a sealed record: the record was counted whole.
      const missing = this.#conn.unskipped(fromOriginator);
      if (missing > 0) this.#seal(-missing, fromOriginator);
    }
    this.#session.write();
  }

  /** Reads records from `span`; gives the position of the first octet not read. */
  #records(span: Span, side: Side, fromOriginator: boolean): number {
    const { bytes, end } = span;
    let at = span.start;
    while (end - at >= RECORD_HEADER && !this.#isOver) {
      const type = bytes[at]!;
      if (!side.sawRecord || this.#isV2) {
        const behind = this.#v2Record(span, at, side, fromOriginator);
        if (behind === at) return at;
        if (behind > at) {
          at = behind;
          continue;
        }
      }
      const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
      if (type < CONTENT.changeCipherSpec || type > CONTENT.heartbeat || bytes[at + 1] !== 3 || length > MAX_RECORD) {
        this.#isHandedOver = !fromOriginator && !side.sawRecord && at === span.start && isHttpReply(bytes, at, end);
        this.#notTls(side, `unknown SSL record type (${type})`, end - at, fromOriginator);
        return end;
      }
      side.sawRecord = true;
      const body = at + RECORD_HEADER;
      if (this.#session.isSealed(type === CONTENT.applicationData, fromOriginator) || this.#session.isFrozen) {
        if (type === CONTENT.heartbeat) this.#heartbeats.sealed(length, fromOriginator);
        if (this.#session.wantsSealed(fromOriginator)) {
          if (end - body < length) return at;
          this.#sealedRecord(bytes, at, body + length, fromOriginator);
          at = body + length;
          continue;
        }
        this.#seal(length, fromOriginator);
        if (end - body < length) {
          this.#conn.skip(length - (end - body), fromOriginator);
          return end;
        }
      } else {
        if (end - body < length) return at;
        const isEarly = type === CONTENT.applicationData && this.#session.wantsSealed(fromOriginator);
        if (isEarly) this.#sealedRecord(bytes, at, body + length, fromOriginator);
        else this.#clearRecord(type, bytes, body, body + length, side, fromOriginator);
      }
      at = body + length;
    }
    return this.#isOver ? end : at;
  }

  /** A sealed record that may be opened. */
  #sealedRecord(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const octets = end - start - RECORD_HEADER;
    this.#session.sealed(octets, fromOriginator);
    if (!this.#session.openSealed(bytes, start, end, fromOriginator)) this.#conn.seal(octets);
  }

  #clearRecord(type: number, bytes: Uint8Array, start: number, end: number, side: Side, fromOriginator: boolean): void {
    switch (type) {
      case CONTENT.changeCipherSpec:
        this.#session.changeCipherSpec(fromOriginator);
        break;
      case CONTENT.alert: {
        const alerts = (end - start) >> 1;
        if (alerts > MAX_ALERTS) this.#out.weird("SSL_excessive_alerts_in_record", String(alerts));
        for (let i = 0; i < Math.min(alerts, MAX_ALERTS); i++) {
          this.#session.alert(bytes[start + 2 * i + 1]!, fromOriginator);
        }
        break;
      }
      case CONTENT.handshake:
        this.#handshake(bytes, start, end, side, fromOriginator);
        break;
      case CONTENT.heartbeat:
        this.#session.heartbeat(fromOriginator);
        this.#heartbeats.clear(bytes, start, end, fromOriginator);
        break;
      default:
        this.#session.clearData();
        this.#seal(end - start, fromOriginator);
    }
  }

  /** Handshake messages, which need not end where records do. RFC 8446 4 */
  #handshake(bytes: Uint8Array, start: number, end: number, side: Side, fromOriginator: boolean): void {
    const span = side.handshake.join(bytes, start, end);
    let at = span.start;
    while (span.end - at >= HANDSHAKE_HEADER) {
      const length = (span.bytes[at + 1]! << 16) | (span.bytes[at + 2]! << 8) | span.bytes[at + 3]!;
      if (length > MAX_HANDSHAKE) {
        this.#out.weird("ssl_handshake_message_too_long", String(length));
        this.#session.lost();
        at = span.end;
        break;
      }
      const body = at + HANDSHAKE_HEADER;
      if (span.end - body < length) break;
      this.#reader.aim(span.bytes, body, body + length);
      this.#session.handshake(span.bytes[at]!, this.#reader, fromOriginator);
      at = body + length;
    }
    side.handshake.keep(span, at);
  }

  /**
   * Reads one SSLv2 record, which has a two-octet header with the highest bit set.
   * @returns the position behind it; `at` if it is not all there; -1 if it is none.
   */
  #v2Record(span: Span, at: number, side: Side, fromOriginator: boolean): number {
    const { bytes, end } = span;
    const first = bytes[at]!;
    const type = bytes[at + 2]!;
    if ((first & 0x80) === 0 || bytes[at + 1] === undefined) return -1;
    const isKnown =
      type === V2.clientHello || type === V2.serverHello || type === V2.clientMasterKey || type === V2.error;
    if (!isKnown || (first & 0x7f) === 3) return -1;
    const length = ((first & 0x7f) << 8) | bytes[at + 1]!;
    if (length < 3) return -1;
    if (end - at < 2 + length) return at;
    side.sawRecord = true;
    const r = this.#reader;
    r.aim(bytes, at + 3, at + 2 + length);
    switch (type) {
      case V2.clientHello: {
        const hello = readV2ClientHello(r);
        if (hello === null) {
          this.#out.weird("ssl_hello_malformed");
          break;
        }
        this.#isV2 = hello.version === 2;
        this.#session.clientHello({ ...NO_EXTENSIONS, ...hello });
        this.#session.addLetter("c", true);
        break;
      }
      case V2.serverHello: {
        this.#isV2 = true;
        const hello = readV2ServerHello(r);
        if (hello === null) this.#out.weird("ssl_hello_malformed");
        else this.#session.v2ServerHello(hello.version, hello.cipher, hello.certificate);
        break;
      }
      case V2.clientMasterKey:
        this.#session.established();
        this.#orig.isLost = this.#resp.isLost = true;
        return end;
      default:
        this.#session.alert(r.u16be(), fromOriginator);
    }
    return at + 2 + length;
  }

  /** This is no record: not TLS at all, or the session ended and something else follows. */
  #notTls(side: Side, reason: string, octets: number, fromOriginator: boolean): void {
    if (this.#session.isFrozen) {
      side.isLost = true;
      this.#seal(octets, fromOriginator);
      return;
    }
    this.#isOver = true;
    this.#session.write();
    if (this.#isHandedOver) this.#conn.handOver();
    this.#conn.violate(reason);
  }

  /** After lost octets: leaves `r` where a record seems to begin; counts the octets as sealed if none does. */
  #findRecord(r: ByteReader, side: Side, fromOriginator: boolean): boolean {
    const type = r.peekU8();
    const length = r.peekU16be(3);
    const isRecord = type >= CONTENT.changeCipherSpec && type <= CONTENT.applicationData && r.peekU8(1) === 3;
    if (isRecord && length >= 0 && length <= MAX_RECORD && this.#recordFollows(r, length)) {
      side.isLost = false;
      return true;
    }
    this.#seal(r.left, fromOriginator);
    r.pos = r.end;
    return false;
  }

  #recordFollows(r: ByteReader, length: number): boolean {
    const next = RECORD_HEADER + length;
    return r.left <= next + 1 || (r.peekU8(next) >= CONTENT.changeCipherSpec && r.peekU8(next + 1) === 3);
  }

  #seal(octets: number, fromOriginator: boolean): void {
    this.#session.sealed(octets, fromOriginator);
    this.#conn.seal(octets);
  }
}

const NO_EXTENSIONS = {
  random: "",
  extensions: [],
  serverNames: [],
  alpn: [],
  groups: [],
  pointFormats: [],
  signatureAlgorithms: [],
  supportedVersions: [],
  hasTicket: false,
  offersPsk: false,
} as const;

const EMPTY = new Uint8Array(0);

/** A web server that was asked in TLS where it speaks none says so in the clear. */
function isHttpReply(bytes: Uint8Array, at: number, end: number): boolean {
  return [...HTTP_REPLY].every((letter, i) => at + i < end && bytes[at + i] === letter.charCodeAt(0));
}
