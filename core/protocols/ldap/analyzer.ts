import { Carry } from "../../bytes/carry.ts";
import { DER } from "../../bytes/der.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import type { SecurityContext } from "../security-context.ts";
import { ContextUnsealer } from "../unsealing/context-unsealer.ts";
import { hasSessionSecrets } from "../unsealing/decryption-tally.ts";
import type { Head } from "./message.ts";
import { readHead } from "./message.ts";
import { isOperation, OP } from "./names.ts";
import { LdapSession } from "./session.ts";
import { judgeWrapped, sealedParts, TELLING_OCTETS, unwrap } from "./wrapped.ts";

/** Longest message or readable SASL buffer that is held; longer ones (a photograph, a certificate list) go by. */
const MAX_MESSAGE = 1 << 20;
/** Longest SASL buffer there is: its length is three octets. RFC 4422 3.7 lets mechanisms allow so much. */
const MAX_SASL_BUFFER = 0xff_ffff;

/**
 * LDAP over TCP or UDP: finds the messages, also those in SASL buffers that are signed and not encrypted.
 * After a gap, or where the start was not seen, it waits for a segment that begins as a message does.
 */
export class LdapAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #session: LdapSession;
  readonly #carries: readonly [Carry, Carry];
  readonly #lost: [boolean, boolean];
  readonly #r = new ByteReader(new Uint8Array(0));
  #isOver = false;
  /** What opens sealed SASL buffers; null before the first, and without secrets. */
  #unsealer: ContextUnsealer | null = null;
  /** The authentication that it is of: another bind begins anew. */
  #unsealerOfContext: SecurityContext | null = null;
  readonly #hasSecrets: boolean;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#session = new LdapSession(conn, out);
    this.#carries = [new Carry(MAX_MESSAGE), new Carry(MAX_MESSAGE)];
    this.#lost = [!conn.sawStart, !conn.sawStart];
    this.#hasSecrets = hasSessionSecrets(conn.secrets);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    if (this.#conn.carrier === "udp") {
      this.#datagram(r, fromOriginator);
      return;
    }
    const side = fromOriginator ? 0 : 1;
    if (this.#lost[side] && !this.#isFound(r)) return;
    this.#lost[side] = false;
    const carry = this.#carries[side];
    const span = carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end && !this.#isOver) {
      const octets = this.#piece(span.bytes, at, span.end, fromOriginator);
      if (octets < 0) {
        this.#out.weird("ldap_message_malformed");
        this.#lost[side] = true;
        carry.clear();
        return;
      }
      if (octets === 0) break;
      at += octets;
    }
    if (this.#isOver) {
      r.pos = r.end - Math.max(0, span.end - at);
      this.#conn.handOver();
      return;
    }
    if (at > span.end) {
      this.#conn.skip(at - span.end, fromOriginator);
      at = span.end;
    }
    carry.keep(span, at);
    r.pos = r.end;
  }

  gap(_octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? 0 : 1;
    this.#carries[side].clear();
    this.#lost[side] = true;
    this.#unsealer?.lost(fromOriginator);
  }

  close(): void {
    this.#unsealer?.close(this.#out);
    this.#session.close();
  }

  /**
   * Takes the message or SASL buffer at `at`.
   * @returns its octets (more than are there, if the rest need not be seen), 0 if more are needed, -1 if it is neither.
   */
  #piece(bytes: Uint8Array, at: number, end: number, fromOriginator: boolean): number {
    if (bytes[at] !== DER.sequence) return this.#wrapped(bytes, at, end, fromOriginator);
    this.#r.aim(bytes, at, end);
    const head = readHead(this.#r);
    if (head === "more") return 0;
    if (head === null) return -1;
    const octets = head.end - at;
    if (head.end > end) return octets > MAX_MESSAGE ? this.#tooLong(head, octets) : 0;
    this.#take(bytes, head, fromOriginator, false);
    return octets;
  }

  #tooLong(head: Head, octets: number): number {
    this.#out.weird("ldap_message_too_long");
    if (head.op === OP.searchResultEntry) this.#session.longEntry(head.id);
    return octets;
  }

  #wrapped(bytes: Uint8Array, at: number, end: number, fromOriginator: boolean): number {
    if (!this.#session.mayWrap && this.#conn.sawStart) return -1;
    this.#r.aim(bytes, at, end);
    const length = this.#r.u32be();
    if (this.#r.truncated) return 0;
    if (length < 2 || length > MAX_SASL_BUFFER) return -1;
    const start = at + 4;
    const telling = start + Math.min(length, TELLING_OCTETS);
    if (telling > end) return 0;
    const { protection, isSealed } = judgeWrapped(bytes, start, telling);
    if (isSealed) {
      const isWhole = start + length <= end;
      if (!isWhole && length <= MAX_MESSAGE - 4 && this.#unsealerOf()?.hasKeys === true) return 0;
      const clear = this.#open(bytes, start, isWhole ? start + length : -1, fromOriginator);
      if (clear === null) this.#conn.seal(length);
      else this.#messages(clear, 0, clear.length, fromOriginator, false);
      return 4 + length;
    }
    if (start + length > end) {
      if (length <= MAX_MESSAGE - 4) return 0;
      this.#out.weird("ldap_message_too_long");
      return 4 + length;
    }
    const inside = unwrap(bytes, start, start + length, protection);
    if (inside !== null) this.#messages(inside.bytes, inside.start, inside.end, fromOriginator, true);
    else this.#out.weird("ldap_message_malformed");
    return 4 + length;
  }

  #unsealerOf(): ContextUnsealer | null {
    if (!this.#hasSecrets) return null;
    const context = this.#session.securityContext;
    if (this.#unsealer === null || this.#unsealerOfContext !== context) {
      this.#unsealer?.close(this.#out);
      this.#unsealer = new ContextUnsealer("ldap", "plain", this.#conn, context);
      this.#unsealerOfContext = context;
    }
    return this.#unsealer;
  }

  /** The messages in a sealed SASL buffer, copied; null if it stays sealed. @param end -1 if it is too long to be held. */
  #open(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): Uint8Array | null {
    const unsealer = this.#unsealerOf();
    if (unsealer === null) return null;
    if (end >= 0) return unsealer.open(sealedParts(bytes, start, end, unsealer.isNtlm), fromOriginator);
    unsealer.lost(fromOriginator);
    return null;
  }

  #datagram(r: ByteReader, fromOriginator: boolean): void {
    this.#messages(r.source, r.pos, r.end, fromOriginator, false);
    r.pos = r.end;
  }

  /** Whole messages one after the other. */
  #messages(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean, isSigned: boolean): void {
    let at = start;
    while (at < end && !this.#isOver) {
      this.#r.aim(bytes, at, end);
      const head = readHead(this.#r);
      if (head === null || head === "more" || head.end > end) {
        this.#out.weird("ldap_message_malformed");
        return;
      }
      this.#take(bytes, head, fromOriginator, isSigned);
      at = head.end;
    }
  }

  #take(bytes: Uint8Array, head: Head, fromOriginator: boolean, isSigned: boolean): void {
    if (this.#session.message(bytes, head, fromOriginator, isSigned)) this.#isOver = true;
  }

  /** True if a message begins at `r`, or a SASL buffer of Kerberos or NTLM. */
  #isFound(r: ByteReader): boolean {
    this.#r.aim(r.source, r.pos, r.end);
    const head = readHead(this.#r);
    if (head !== null && head !== "more") return isOperation(head.op);
    const length = r.peekU32be();
    const isToken = (r.peekU16be(4) === 0x0504 && r.peekU8(7) === 0xff) || r.peekU32le(4) === 1;
    return isToken && length >= 16 && length <= MAX_SASL_BUFFER;
  }
}
