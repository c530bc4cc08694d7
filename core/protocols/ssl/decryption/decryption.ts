import { GatheredOctets } from "../../../bytes/gathered-octets.ts";
import { Charge } from "../../../bytes/held-budget.ts";
import { ByteReader } from "../../../bytes/reader.ts";
import { decryptionRecord } from "../../decryption-record.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../../protocol.ts";
import type { ClientHello, ServerHello } from "../hello.ts";
import { readClientHello, readServerHello } from "../hello.ts";
import { CONTENT, HANDSHAKE } from "../names.ts";
import { Direction } from "./direction.ts";
import type { NextKeys } from "./session-keys.ts";
import { SessionKeys } from "./session-keys.ts";

/** Takes what sealed messages of the handshake say. */
export interface OpenedMessages {
  /** `r` is narrowed to the message's body. */
  openedHandshake(type: number, r: ByteReader, isClient: boolean, isTls13: boolean): void;
  openedAlert(description: number): void;
}

/** Name of the stream inside that carries the decrypted data. */
const INNER = "tls";
const HANDSHAKE_HEADER = 4;
/** Octets of a sealed record that are no content, about: header and tag. */
const SEALING = 21;
/** Most octets of early data held until the server says that it takes them. */
const MAX_EARLY = 1 << 16;
/** Sealed records that may go by before a secret is no longer looked for. */
const MAX_LOOKUPS = 64;
/** Extension of EncryptedExtensions with which a server takes early data. RFC 8446 4.2.10 */
const EARLY_DATA = 42;

/** Opens the sealed records of one session with the secrets of a key log, as far as there are any. */
export class Decryption {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #messages: OpenedMessages;
  readonly #isFlipped: boolean;
  readonly #client = new Direction();
  readonly #server = new Direction();
  readonly #reader = new ByteReader(EMPTY, 0, 0);
  readonly #keys: SessionKeys;
  #lookups = 0;
  #inner: InnerStream | null = null;
  /** Octets lost before there was a stream inside. */
  readonly #lostBefore = { orig: 0, resp: 0 };
  #from: Moment | null = null;
  #to: Moment | null = null;
  #early: GatheredOctets | null = new GatheredOctets(new Charge());
  #earlyOctets = 0;

  /** @param isFlipped The session's client is the responder. */
  constructor(conn: Connection, out: RecordSink, messages: OpenedMessages, isFlipped: boolean) {
    this.#conn = conn;
    this.#keys = new SessionKeys(conn.secrets);
    this.#isFlipped = isFlipped;
    this.#out = out;
    this.#messages = messages;
  }

  /** True if what is inside was handed on. */
  get hasOpened(): boolean {
    return this.#inner !== null;
  }

  clientHello(hello: ClientHello): void {
    this.#keys.clientHello(hello);
  }

  serverHello(hello: ServerHello): void {
    if (hello.isRetryRequest) return;
    this.#keys.serverHello(hello);
    this.#lookups = 0;
  }

  /** A change of keys before TLS 1.3. */
  changeCipherSpec(isClient: boolean): void {
    if (this.#keys.isTls13 || !this.#keys.sawServerHello) return;
    const direction = this.#direction(isClient);
    direction.opener = null;
    direction.phase = "none";
  }

  /** True if the next sealed record of a direction should come whole to `record`. */
  wants(isClient: boolean): boolean {
    if (!this.#conn.secrets.hasTls || !this.#keys.sawClientHello) return false;
    const direction = this.#direction(isClient);
    if (direction.isEnded) return false;
    if (direction.opener !== null) return true;
    if (this.#lookups >= MAX_LOOKUPS) return false;
    if (this.#begin(direction, isClient)) return true;
    this.#lookups++;
    direction.passed();
    return false;
  }

  /**
   * Opens one sealed record.
   * @param bytes Borrowed; header and fragment are `bytes[start..end)`.
   * @returns true if it was opened.
   */
  record(bytes: Uint8Array, start: number, end: number, isClient: boolean, fromOriginator: boolean): boolean {
    const record = bytes.subarray(start, end);
    const direction = this.#direction(isClient);
    const { now } = this.#conn;
    this.#from ??= now;
    this.#to = now;
    let content = this.#open(direction, record, isClient);
    if (content === null) {
      direction.didFail("the record does not fit the secret");
      this.#lost(Math.max(1, end - start - SEALING), fromOriginator);
      return false;
    }
    let type = record[0]!;
    if (this.#keys.isTls13 || direction.phase === "early") {
      // Zeros behind the type are padding. RFC 8446 5.4
      let last = content.length - 1;
      while (last >= 0 && content[last] === 0) last--;
      type = last < 0 ? 0 : content[last]!;
      content = content.subarray(0, Math.max(0, last));
    }
    direction.succeeded(content.length);
    this.#take(type, content, direction, isClient, fromOriginator);
    return true;
  }

  gap(octets: number, isClient: boolean, fromOriginator: boolean): void {
    this.#direction(isClient).lost(octets);
    this.#lost(octets, fromOriginator);
  }

  /** Ends the stream inside and says what was opened. */
  close(): void {
    this.#inner?.close();
    if (this.#from === null || this.#keys.secretOf === null) return;
    const [orig, resp] = this.#isFlipped ? [this.#server, this.#client] : [this.#client, this.#server];
    this.#out.emit(
      decryptionRecord,
      {
        protocol: "ssl",
        cipher: this.#keys.cipher,
        secret_kind: "tls-key-log",
        secret_of: this.#keys.secretOf,
        origin: this.#keys.origin,
        client: null,
        orig_octets: orig.octets,
        resp_octets: resp.octets,
        orig_failed: orig.failed,
        resp_failed: resp.failed,
        failure: this.#client.failure ?? this.#server.failure,
      },
      this.#from,
      this.#to ?? this.#from,
    );
  }

  #direction(isClient: boolean): Direction {
    return isClient ? this.#client : this.#server;
  }

  /** Finds the first keys of a direction; false if there are none. */
  #begin(direction: Direction, isClient: boolean): boolean {
    if (!this.#keys.sawServerHello) return isClient && this.#keys.hasEarly();
    const first = this.#keys.first(isClient);
    if (first !== null) this.#enter(direction, first);
    return first !== null;
  }

  #open(direction: Direction, record: Uint8Array, isClient: boolean): Uint8Array | null {
    const { opener } = direction;
    if (opener !== null) {
      const content = direction.tryOpen(opener, record);
      if (content !== null || !this.#keys.isTls13) return content;
      // The message that ends a phase may be lost.
      return this.#openAnew(direction, this.#keys.behind(direction.phase, direction.secret, isClient), record);
    }
    if (!this.#keys.sawServerHello) return this.#openAnew(direction, this.#keys.early(), record);
    const first = this.#keys.first(isClient);
    return first === null ? null : this.#openAnew(direction, [first], record);
  }

  /** Opens a record with whichever of the keys fit, which the direction then goes on with. */
  #openAnew(direction: Direction, candidates: readonly NextKeys[], record: Uint8Array): Uint8Array | null {
    for (const keys of candidates) {
      const content = direction.tryOpen(keys.opener, record);
      if (content === null) continue;
      this.#enter(direction, keys);
      return content;
    }
    return null;
  }

  #enter(direction: Direction, { phase, secret, opener }: NextKeys): void {
    direction.phase = phase;
    direction.secret = secret;
    direction.opener = opener;
  }

  #take(type: number, content: Uint8Array, direction: Direction, isClient: boolean, fromOriginator: boolean): void {
    switch (type) {
      case CONTENT.applicationData:
        if (direction.phase === "early") this.#holdEarly(content);
        else this.#deliver(content, fromOriginator);
        break;
      case CONTENT.handshake:
        this.#handshake(content, direction, isClient, fromOriginator);
        break;
      case CONTENT.alert:
        if (content.length >= 2) this.#messages.openedAlert(content[1]!);
        break;
      case CONTENT.changeCipherSpec:
        this.changeCipherSpec(isClient);
        break;
    }
  }

  #lost(octets: number, fromOriginator: boolean): void {
    if (this.#inner !== null) this.#inner.gap(octets, fromOriginator);
    else if (fromOriginator) this.#lostBefore.orig += octets;
    else this.#lostBefore.resp += octets;
  }

  #deliver(content: Uint8Array, fromOriginator: boolean): void {
    if (content.length === 0) return;
    if (this.#inner === null) {
      const { orig, resp } = this.#lostBefore;
      this.#inner = this.#conn.inner("tcp", INNER);
      if (orig > 0) this.#inner.gap(orig, true);
      if (resp > 0) this.#inner.gap(resp, false);
    }
    this.#inner.data(content, 0, content.length, fromOriginator);
  }

  #holdEarly(content: Uint8Array): void {
    this.#earlyOctets += content.length;
    if (this.#early !== null && this.#earlyOctets <= MAX_EARLY) this.#early.add(content, 0, content.length);
  }

  #handshake(content: Uint8Array, direction: Direction, isClient: boolean, fromOriginator: boolean): void {
    const span = direction.handshake.join(content, 0, content.length);
    let at = span.start;
    while (span.end - at >= HANDSHAKE_HEADER) {
      const length = (span.bytes[at + 1]! << 16) | (span.bytes[at + 2]! << 8) | span.bytes[at + 3]!;
      const body = at + HANDSHAKE_HEADER;
      if (span.end - body < length) break;
      this.#reader.aim(span.bytes, body, body + length);
      this.#message(span.bytes[at]!, this.#reader, direction, isClient, fromOriginator);
      at = body + length;
    }
    direction.handshake.keep(span, at);
  }

  #message(type: number, r: ByteReader, direction: Direction, isClient: boolean, fromOriginator: boolean): void {
    const { pos, end } = r;
    if (this.#keys.isTls13) this.#message13(type, r, direction, isClient, fromOriginator);
    else this.#renegotiation(type, r);
    r.seek(pos, end);
    this.#messages.openedHandshake(type, r, isClient, this.#keys.isTls13);
  }

  #message13(type: number, r: ByteReader, direction: Direction, isClient: boolean, fromOriginator: boolean): void {
    switch (type) {
      case HANDSHAKE.encryptedExtensions:
        this.#earlyDecided(hasExtension(r, EARLY_DATA), !fromOriginator);
        break;
      case HANDSHAKE.endOfEarlyData:
      case HANDSHAKE.finished: {
        const next = this.#keys.ofPhase(type === HANDSHAKE.finished ? "application" : "handshake", isClient);
        if (next !== null && direction.phase !== "application") this.#enter(direction, next);
        break;
      }
      case HANDSHAKE.keyUpdate:
        if (direction.secret !== null) {
          const next = this.#keys.updated(direction.secret);
          if (next !== null) this.#enter(direction, next);
        }
        break;
    }
  }

  /** What the server does with early data: data that it refuses is sent again by the client. */
  #earlyDecided(isTaken: boolean, fromOriginator: boolean): void {
    const held = this.#early;
    this.#early = null;
    if (held === null) return;
    if (isTaken) this.#deliver(held.octets(), fromOriginator);
    held.clear();
  }

  /** A new handshake inside the session. RFC 5246 7.4.1 */
  #renegotiation(type: number, r: ByteReader): void {
    if (type === HANDSHAKE.clientHello) {
      const hello = readClientHello(r, false);
      if (hello !== null) this.clientHello(hello);
    } else if (type === HANDSHAKE.serverHello) {
      const hello = readServerHello(r);
      if (hello !== null) this.serverHello(hello);
    }
  }
}

function hasExtension(r: ByteReader, wanted: number): boolean {
  r.skip(2);
  while (r.left >= 4) {
    if (r.u16be() === wanted) return true;
    r.skip(r.u16be());
  }
  return false;
}

const EMPTY = new Uint8Array(0);
