import { Charge } from "../../bytes/held-budget.ts";
import { Carry } from "../../bytes/carry.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { readCertificate } from "../ssl/x509/certificate.ts";
import type { SeenCertificate } from "./exchange.ts";
import { KrbExchange, ticketHash } from "./exchange.ts";
import { KRB_TAGS, parseKrb } from "./messages.ts";
import { grantedTickets, rememberTicket } from "./tickets.ts";

/** Longest message over TCP that is held; tickets with large PACs stay below 64 KiB. */
const MAX_MESSAGE = 512 * 1024;
/** MIME type that Zeek gives certificates in Kerberos and TLS. */
const CERTIFICATE_TYPE = "application/x-x509-user-cert";
/** Most requests that wait for their reply on one connection. */
const MAX_PENDING = 64;
/** Octets of memory of one, about. */
const EXCHANGE = 2048;

/** Kerberos between a client and a KDC. Over TCP each message has its length before it. RFC 4120 7.2 */
export class KrbAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #carries: readonly [Carry, Carry] | null;
  /** Sides whose next octets need not begin a message: after a gap, or when the connection's start was not seen. */
  readonly #lost: [boolean, boolean];
  #pending: KrbExchange[] = [];
  readonly #charge = new Charge();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#lost = [!conn.sawStart, !conn.sawStart];
    this.#carries = conn.carrier === "udp" ? null : [new Carry(MAX_MESSAGE + 4), new Carry(MAX_MESSAGE + 4)];
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#carries === null) {
      this.#message(r.source, r.pos, r.end);
      return;
    }
    const side = fromOriginator ? 0 : 1;
    if (this.#lost[side]) {
      if (!beginsMessage(r)) return;
      this.#lost[side] = false;
    }
    const carry = this.#carries[side];
    const span = carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (span.end - at >= 4) {
      const length =
        span.bytes[at]! * 0x1000000 + span.bytes[at + 1]! * 0x10000 + span.bytes[at + 2]! * 0x100 + span.bytes[at + 3]!;
      if (length > MAX_MESSAGE || length === 0) {
        this.#out.weird("krb_length_invalid");
        carry.clear();
        this.#lost[side] = true;
        return;
      }
      if (span.end - at - 4 < length) break;
      this.#message(span.bytes, at + 4, at + 4 + length);
      at += 4 + length;
    }
    carry.keep(span, at);
  }

  gap(_octets: number, fromOriginator: boolean): void {
    if (this.#carries === null) return;
    const side = fromOriginator ? 0 : 1;
    this.#carries[side].clear();
    this.#lost[side] = true;
  }

  close(): void {
    for (const exchange of this.#pending) exchange.emit(this.#out, exchange.from);
    this.#pending = [];
    this.#charge.set(0);
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    const message = parseKrb(bytes, start, end);
    if (message === null) {
      this.#out.weird("krb_message_malformed");
      return;
    }
    // Zeek has an analyzer of its own for Kerberos over TCP.
    if (this.#carries === null) this.#conn.confirm();
    else this.#conn.confirm("krb_tcp");
    const { now } = this.#conn;
    switch (message.kind) {
      case "AS":
      case "TGS": {
        if (message.isRequest) {
          const asked = new KrbExchange(message, now);
          asked.clientCertificate = this.#certificate(message.certificate, true);
          // A TGS request does not name the client, but the ticket it comes with was granted to somebody.
          const holder = asked.authTicket === null ? undefined : grantedTickets(this.#conn).get(asked.authTicket);
          if (holder !== undefined) asked.client = `${holder.name}/${holder.realm}`;
          this.#requested(asked);
          return;
        }
        const exchange = this.#answered(message.kind) ?? new KrbExchange(null, now);
        exchange.granted(message);
        exchange.kdcCertificate = this.#certificate(message.certificate, false);
        rememberTicket(this.#conn, ticketHash(message.ticket), {
          name: message.client.name,
          realm: message.clientRealm,
        });
        exchange.emit(this.#out, now);
        return;
      }
      case "error": {
        const exchange = this.#answered(null) ?? new KrbExchange(null, now);
        exchange.refused(message);
        exchange.emit(this.#out, now);
        return;
      }
      case "AP":
        this.#requested(new KrbExchange(message, now));
        return;
      case "AP-REP": {
        const exchange = this.#answered("AP");
        exchange?.accepted(true);
        exchange?.emit(this.#out, now);
        return;
      }
      default:
        return;
    }
  }

  /** A certificate of PKINIT, which is a file to Zeek. */
  #certificate(der: Uint8Array | null, isOrig: boolean): SeenCertificate | null {
    if (der === null) return null;
    const source = this.#carries === null ? "KRB" : "KRB_TCP";
    const file = this.#conn.file({ source, isOrig, totalOctets: der.length, mimeType: CERTIFICATE_TYPE });
    file.data(der, 0, der.length);
    file.close();
    return { subject: readCertificate(der)?.subject ?? null, fuid: file.fuid };
  }

  #requested(exchange: KrbExchange): void {
    const isRepeated =
      exchange.nonce !== null &&
      this.#pending.some((other) => other.kind === exchange.kind && other.nonce === exchange.nonce);
    if (isRepeated) return;
    if (this.#pending.length >= MAX_PENDING) {
      this.#pending.shift()?.emit(this.#out, this.#conn.now);
      this.#out.forgot("Kerberos request");
    }
    this.#pending.push(exchange);
    this.#charge.set(EXCHANGE * this.#pending.length);
  }

  /** Takes the oldest waiting request of a kind, or of any kind. */
  #answered(kind: "AS" | "TGS" | "AP" | null): KrbExchange | undefined {
    const index = this.#pending.findIndex((exchange) => kind === null || exchange.kind === kind);
    if (index < 0) return undefined;
    const [exchange] = this.#pending.splice(index, 1);
    this.#charge.set(EXCHANGE * this.#pending.length);
    return exchange;
  }
}

const FIRST_OCTETS: ReadonlySet<number> = new Set([
  KRB_TAGS.asReq,
  KRB_TAGS.asRep,
  KRB_TAGS.tgsReq,
  KRB_TAGS.tgsRep,
  KRB_TAGS.error,
]);

/** True if a message with its length before it begins at `r` (and all that tells is there). */
export function beginsMessage(r: ByteReader): boolean {
  const length = r.peekU32be();
  return length >= 16 && length <= MAX_MESSAGE && beginsKdcMessage(r, 4, length);
}

/** True if a KDC message or error of `octets` octets begins `ahead` octets further: tag, fitting length, SEQUENCE. */
export function beginsKdcMessage(r: ByteReader, ahead: number, octets: number): boolean {
  if (!FIRST_OCTETS.has(r.peekU8(ahead))) return false;
  const first = r.peekU8(ahead + 1);
  if (first < 0) return false;
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthOctets > 3) return false;
  let length = first < 0x80 ? first : 0;
  for (let i = 0; i < lengthOctets; i++) length = length * 256 + Math.max(0, r.peekU8(ahead + 2 + i));
  return length + 2 + lengthOctets === octets && r.peekU8(ahead + 2 + lengthOctets) === 0x30;
}
