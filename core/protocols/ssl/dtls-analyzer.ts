import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { CONTENT } from "./names.ts";
import { TlsSession } from "./session.ts";

/** Octets of a record's header. RFC 6347 4.1 */
export const DTLS_RECORD_HEADER = 13;
/** Octets of a handshake message's header. RFC 6347 4.2.2 */
const HANDSHAKE_HEADER = 12;
const MAX_HANDSHAKE = 1 << 17;

/** A handshake message that comes in fragments. */
class Fragments {
  sequence = -1;
  length = 0;
  /** Octets in order from the beginning that are there; what a header only announces takes nothing. */
  filled = 0;
  readonly octets = new GatheredOctets(new Charge());
}

/** TLS over datagrams. */
export class DtlsAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #session: TlsSession;
  readonly #fragments = { orig: new Fragments(), resp: new Fragments() };
  readonly #body = new ByteReader(new Uint8Array(0), 0, 0);

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#session = new TlsSession(conn, out, true);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    while (r.left > 0) {
      const type = r.peekU8();
      if (type >> 5 === 1) {
        // DTLS 1.3's short header: always sealed. RFC 9147 4
        this.#seal(r.left, fromOriginator);
        return;
      }
      const length = r.peekU16be(DTLS_RECORD_HEADER - 2);
      const isRecord = type >= CONTENT.changeCipherSpec && type <= CONTENT.heartbeat && r.peekU8(1) === 0xfe;
      // What shares the ports with DTLS (STUN, RTP) is left alone. RFC 7983
      if (!isRecord || length < 0) return;
      r.skip(DTLS_RECORD_HEADER);
      const former = r.narrow(Math.min(length, r.left));
      this.#record(type, r, fromOriginator);
      r.widen(former);
    }
  }

  gap(): void {}

  close(): void {
    this.#session.write();
  }

  #record(type: number, r: ByteReader, fromOriginator: boolean): void {
    const session = this.#session;
    if (session.isSealed(type === CONTENT.applicationData, fromOriginator) || session.isFrozen) {
      this.#seal(r.left, fromOriginator);
      return;
    }
    switch (type) {
      case CONTENT.changeCipherSpec:
        session.changeCipherSpec(fromOriginator);
        break;
      case CONTENT.alert:
        r.skip(1);
        if (r.left > 0) session.alert(r.u8(), fromOriginator);
        break;
      case CONTENT.handshake:
        while (r.left >= HANDSHAKE_HEADER) if (!this.#handshake(r, fromOriginator)) break;
        break;
      case CONTENT.heartbeat:
        session.heartbeat(fromOriginator);
        break;
      default:
        session.clearData();
        this.#seal(r.left, fromOriginator);
    }
  }

  #handshake(r: ByteReader, fromOriginator: boolean): boolean {
    const type = r.u8();
    const length = r.u24be();
    const sequence = r.u16be();
    const offset = r.u24be();
    const fragmentLength = r.u24be();
    if (fragmentLength > r.left || offset + fragmentLength > length) return false;
    if (length > MAX_HANDSHAKE) {
      this.#out.weird("ssl_handshake_message_too_long", String(length));
      return false;
    }
    if (fragmentLength === length) {
      const former = r.narrow(length);
      this.#session.handshake(type, r, fromOriginator);
      r.truncated = false;
      r.widen(former);
      return true;
    }
    const whole = this.#assemble(sequence, length, offset, r.bytes(fragmentLength), fromOriginator);
    if (whole !== null) {
      this.#body.aim(whole, 0, whole.length);
      this.#session.handshake(type, this.#body, fromOriginator);
    }
    return true;
  }

  /** Adds a fragment; gives the whole message when it is complete. Fragments that come too early are lost. */
  #assemble(sequence: number, length: number, offset: number, fragment: Uint8Array, orig: boolean): Uint8Array | null {
    const message = orig ? this.#fragments.orig : this.#fragments.resp;
    if (message.sequence !== sequence || message.length !== length) {
      if (offset !== 0) return null;
      message.octets.clear();
      Object.assign(message, { sequence, length, filled: 0 });
    }
    const { filled, octets } = message;
    if (offset > filled || filled === length || offset + fragment.length <= filled) return null;
    octets.add(fragment, filled - offset, fragment.length);
    message.filled = offset + fragment.length;
    if (message.filled < length) return null;
    const whole = octets.octets();
    octets.clear();
    return whole;
  }

  #seal(octets: number, fromOriginator: boolean): void {
    this.#session.sealed(octets, fromOriginator);
    this.#conn.seal(octets);
  }
}
