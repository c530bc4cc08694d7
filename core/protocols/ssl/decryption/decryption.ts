import { ByteReader } from "../../../bytes/reader.ts";
import { decryptionRecord } from "../../decryption-record.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../../protocol.ts";
import type { TlsSecret, TlsSecretLabel } from "../../secrets.ts";
import { cipherName } from "../cipher-suites.ts";
import type { ClientHello, ServerHello } from "../hello.ts";
import { readClientHello, readServerHello } from "../hello.ts";
import { CONTENT, HANDSHAKE, VERSION } from "../names.ts";
import { Direction, type Phase } from "./direction.ts";
import { keyBlock, nextTrafficSecret, trafficKeys } from "./key-schedule.ts";
import type { Protection } from "./protection.ts";
import { protectionOf } from "./protection.ts";
import { RecordOpener } from "./record-opener.ts";

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
  #clientHello: ClientHello | null = null;
  #serverHello: ServerHello | null = null;
  #protection: Protection | null = null;
  /** Random of the client whose secret was found; that of the session. */
  #secretOf: string | null = null;
  #origin: string | null = null;
  #lookups = 0;
  #inner: InnerStream | null = null;
  /** Octets lost before there was a stream inside. */
  readonly #lostBefore = { orig: 0, resp: 0 };
  #from: Moment | null = null;
  #to: Moment | null = null;
  #early: Uint8Array[] | null = [];
  #earlyOctets = 0;

  /** @param isFlipped The session's client is the responder. */
  constructor(conn: Connection, out: RecordSink, messages: OpenedMessages, isFlipped: boolean) {
    this.#conn = conn;
    this.#isFlipped = isFlipped;
    this.#out = out;
    this.#messages = messages;
  }

  clientHello(hello: ClientHello): void {
    this.#clientHello = hello;
  }

  serverHello(hello: ServerHello): void {
    if (hello.isRetryRequest) return;
    this.#serverHello = hello;
    this.#protection = protectionOf(hello.cipher);
    this.#lookups = 0;
  }

  /** A change of keys before TLS 1.3. */
  changeCipherSpec(isClient: boolean): void {
    if (this.#is13 || this.#serverHello === null) return;
    const direction = this.#direction(isClient);
    direction.opener = null;
    direction.phase = "none";
  }

  /** True if the next sealed record of a direction should come whole to `record`. */
  wants(isClient: boolean): boolean {
    if (!this.#conn.secrets.hasTls || this.#clientHello === null) return false;
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
    if (this.#is13 || direction.phase === "early") {
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
    if (this.#from === null || this.#secretOf === null) return;
    const [orig, resp] = this.#isFlipped ? [this.#server, this.#client] : [this.#client, this.#server];
    const suite = this.#serverHello?.cipher;
    this.#out.emit(
      decryptionRecord,
      {
        protocol: "ssl",
        cipher: suite === undefined ? null : cipherName(suite),
        secret_kind: "tls-key-log",
        secret_of: this.#secretOf,
        origin: this.#origin,
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

  get #is13(): boolean {
    return this.#serverHello?.version === VERSION.tls13;
  }

  #direction(isClient: boolean): Direction {
    return isClient ? this.#client : this.#server;
  }

  #secret(label: TlsSecretLabel): TlsSecret | null {
    const random = this.#clientHello!.random;
    const found = this.#conn.secrets.tls(label, random);
    if (found === null) return null;
    this.#secretOf = random;
    this.#origin ??= found.origin;
    return found;
  }

  /** Finds the first keys of a direction; false if there are none. */
  #begin(direction: Direction, isClient: boolean): boolean {
    const hello = this.#serverHello;
    if (hello === null) return isClient && this.#secret("CLIENT_EARLY_TRAFFIC_SECRET") !== null;
    const protection = this.#protection;
    if (protection === null) return false;
    if (this.#is13) {
      const next = this.#opener13("handshake", isClient) ?? this.#opener13("application", isClient);
      if (next === null) return false;
      this.#enter(direction, next);
      return true;
    }
    if (hello.version > VERSION.tls12 || hello.version < VERSION.tls10) return false;
    const master = this.#secret("CLIENT_RANDOM");
    if (master === null) return false;
    const keys = keyBlock(hello.version, protection, master.secret, this.#clientHello!.random, hello.random);
    direction.opener = new RecordOpener(
      protection,
      isClient ? keys.client : keys.server,
      hello.version,
      hello.encryptsThenMacs && protection.kind === "cbc",
    );
    direction.phase = "application";
    return true;
  }

  #open(direction: Direction, record: Uint8Array, isClient: boolean): Uint8Array | null {
    if (direction.opener === null) {
      if (this.#serverHello === null) return this.#openEarly(direction, record);
      if (!this.#begin(direction, isClient)) return null;
    }
    const content = direction.tryOpen(direction.opener!, record);
    if (content !== null || !this.#is13) return content;
    // The message that ends a phase may be lost.
    for (const next of this.#nextOpeners(direction, isClient)) {
      const opened = direction.tryOpen(next.opener, record);
      if (opened === null) continue;
      this.#enter(direction, next);
      return opened;
    }
    return null;
  }

  #nextOpeners(direction: Direction, isClient: boolean): NextKeys[] {
    const { phase, secret } = direction;
    const protection = this.#protection;
    if (protection === null) return [];
    const phases: Phase[] =
      phase === "early" ? ["handshake", "application"] : phase === "handshake" ? ["application"] : [];
    const next = phases.map((name) => this.#opener13(name, isClient)).filter((keys) => keys !== null);
    if (phase === "application" && secret !== null) next.push(this.#updated(secret, protection));
    return next;
  }

  #opener13(phase: Phase, isClient: boolean): NextKeys | null {
    const side = isClient ? "CLIENT" : "SERVER";
    const label =
      phase === "handshake" ? (`${side}_HANDSHAKE_TRAFFIC_SECRET` as const) : (`${side}_TRAFFIC_SECRET_0` as const);
    const secret = this.#secret(label)?.secret;
    if (secret === undefined) return null;
    const protection = this.#protection!;
    return {
      phase,
      secret,
      opener: new RecordOpener(protection, trafficKeys(protection, secret), VERSION.tls13, false),
    };
  }

  #updated(secret: Uint8Array, protection: Protection): NextKeys {
    const next = nextTrafficSecret(protection, secret);
    const opener = new RecordOpener(protection, trafficKeys(protection, next), VERSION.tls13, false);
    return { phase: "application", secret: next, opener };
  }

  #enter(direction: Direction, { phase, secret, opener }: NextKeys): void {
    direction.phase = phase;
    direction.secret = secret;
    direction.opener = opener;
  }

  /** Early data comes before the server chose a suite: it is one of those the client offers. RFC 8446 4.2.10 */
  #openEarly(direction: Direction, record: Uint8Array): Uint8Array | null {
    const secret = this.#secret("CLIENT_EARLY_TRAFFIC_SECRET")?.secret;
    if (secret === undefined) return null;
    for (const suite of this.#clientHello!.ciphers.filter((number) => number >> 8 === TLS13_SUITES)) {
      const protection = protectionOf(suite);
      if (protection === null || secret.length !== (protection.hash === "sha384" ? 48 : 32)) continue;
      const opener = new RecordOpener(protection, trafficKeys(protection, secret), VERSION.tls13, false);
      const content = opener.open(record);
      if (content === null) continue;
      this.#enter(direction, { phase: "early", secret, opener });
      return content;
    }
    return null;
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
    if (this.#early !== null && this.#earlyOctets <= MAX_EARLY) this.#early.push(content.slice());
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
    if (this.#is13) this.#message13(type, r, direction, isClient, fromOriginator);
    else this.#renegotiation(type, r);
    r.seek(pos, end);
    this.#messages.openedHandshake(type, r, isClient, this.#is13);
  }

  #message13(type: number, r: ByteReader, direction: Direction, isClient: boolean, fromOriginator: boolean): void {
    switch (type) {
      case HANDSHAKE.encryptedExtensions:
        this.#earlyDecided(hasExtension(r, EARLY_DATA), !fromOriginator);
        break;
      case HANDSHAKE.endOfEarlyData:
      case HANDSHAKE.finished: {
        const next = this.#opener13(type === HANDSHAKE.finished ? "application" : "handshake", isClient);
        if (next !== null && direction.phase !== "application") this.#enter(direction, next);
        break;
      }
      case HANDSHAKE.keyUpdate:
        if (direction.secret !== null && this.#protection !== null) {
          this.#enter(direction, this.#updated(direction.secret, this.#protection));
        }
        break;
    }
  }

  /** What the server does with early data: data that it refuses is sent again by the client. */
  #earlyDecided(isTaken: boolean, fromOriginator: boolean): void {
    const held = this.#early;
    this.#early = null;
    if (isTaken && held !== null) for (const content of held) this.#deliver(content, fromOriginator);
  }

  /** A new handshake inside the session. RFC 5246 7.4.1 */
  #renegotiation(type: number, r: ByteReader): void {
    if (type === HANDSHAKE.clientHello) {
      const hello = readClientHello(r, false);
      if (hello !== null) this.#clientHello = hello;
    } else if (type === HANDSHAKE.serverHello) {
      const hello = readServerHello(r);
      if (hello !== null) this.serverHello(hello);
    }
  }
}

interface NextKeys {
  readonly phase: Phase;
  readonly secret: Uint8Array;
  readonly opener: RecordOpener;
}

/** High octet of the suites of TLS 1.3. */
const TLS13_SUITES = 0x13;

function hasExtension(r: ByteReader, wanted: number): boolean {
  r.skip(2);
  while (r.left >= 4) {
    if (r.u16be() === wanted) return true;
    r.skip(r.u16be());
  }
  return false;
}

const EMPTY = new Uint8Array(0);
