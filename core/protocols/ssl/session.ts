import { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import { Decryption } from "./decryption/decryption.ts";
import type { OpenedMessages } from "./decryption/decryption.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import { CertificateChains } from "./certificate-chains.ts";
import { cipherName } from "./cipher-suites.ts";
import { clientFingerprints, ja3s } from "./fingerprints.ts";
import type { ClientHello, ServerHello } from "./hello.ts";
import { readClientHello, readEncryptedExtensions, readServerHello } from "./hello.ts";
import { HANDSHAKE, VERSION, alertName, groupName, handshakeLetter, isGrease, isTls13, versionName } from "./names.ts";
import { SSL_RECORD } from "./records.ts";
import { SealedTurns } from "./sealed-turns.ts";
import { reportSealedStore, storeOf } from "./sealed-store.ts";
import { readCompressedCertificate } from "./compressed-certificate.ts";

type Row = { -readonly [K in keyof RowOf<typeof SSL_RECORD>]: RowOf<typeof SSL_RECORD>[K] };

/** Zeek's SSL::max_ssl_history_length. */
const MAX_HISTORY = 100;
const NAMED_CURVE = 3;
const CLOSE_NOTIFY = 0;
/** Name of the inner stream that brings the hellos of a QUIC connection. */
const QUIC = "quic";

/**
 * What the messages of one session say, whichever record layer brought them: the ssl record and its certificates.
 * The rules are those of Zeek's base/protocols/ssl. Once established, a session only counts what it seals.
 */
export class TlsSession implements OpenedMessages {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #isDtls: boolean;
  readonly #encrypts = { orig: false, resp: false };
  #row: Row | null = null;
  #from: Moment | null = null;
  #to: Moment | null = null;
  #version: number | null = null;
  #isFlipped = false;
  #isFrozen = false;
  #isWritten = false;
  #clientSessionId = "";
  #clientTicketWithoutId = false;
  #clientOffersPsk = false;
  #sawClientKeyExchange = false;
  #cipher = "";
  readonly #certificates: CertificateChains;
  #decryption: Decryption | null = null;
  /** Set for sessions with what may be an object store. */
  #turns: SealedTurns | null = null;
  /** Kept while a secret for the session may still come. */
  #clientHello: ClientHello | null = null;
  #serverHello: ServerHello | null = null;

  constructor(conn: Connection, out: RecordSink, isDtls: boolean) {
    this.#conn = conn;
    this.#out = out;
    this.#isDtls = isDtls;
    this.#certificates = new CertificateChains(conn, out);
  }

  /** True once both sides encrypt. */
  get isEstablished(): boolean {
    return this.#row?.established === true;
  }

  /** True once messages are no longer read (established, or octets were lost before). */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** True if a record of this content type is sealed. In TLS 1.3 application data is from the beginning. */
  isSealed(isApplicationData: boolean, fromOriginator: boolean): boolean {
    if (isApplicationData && this.#version !== null && isTls13(this.#version)) this.#encrypt(fromOriginator);
    return fromOriginator ? this.#encrypts.orig : this.#encrypts.resp;
  }

  /** Counts a sealed record; the first one after both sides began to encrypt establishes the session. */
  sealed(octets: number, fromOriginator: boolean): void {
    const row = this.#begin();
    if (fromOriginator) row.orig_sealed_octets = row.orig_sealed_octets! + octets;
    else row.resp_sealed_octets = row.resp_sealed_octets! + octets;
    // Handshakes are sealed too: turns begin behind them. Names decide at the end whether anybody wants to know.
    if (row.established === true) this.#turns?.add(octets, this.#isClient(fromOriginator), this.#conn.now);
    if (this.#isFrozen || !this.#encrypts.orig || !this.#encrypts.resp) return;
    this.established();
  }

  /** The handshake is over. */
  established(): void {
    const row = this.#begin();
    row.established = true;
    this.#to = this.#conn.now;
    this.#isFrozen = true;
    const hosts = [row.server_name ?? "", ...this.#certificates.hosts];
    if (!this.#isDtls && hosts.some((host) => storeOf(host) !== null)) this.#turns = new SealedTurns();
    if (this.#decryption === null) this.#clientHello = this.#serverHello = null;
  }

  /** Octets were lost: what follows cannot be told for sure any more. */
  lost(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    if (this.#row !== null) this.#out.weird("ssl_handshake_lost");
  }

  changeCipherSpec(fromOriginator: boolean): void {
    const row = this.#begin();
    const isClient = this.#isClient(fromOriginator);
    this.#addLetter("i", isClient);
    if (this.#version === null || !isTls13(this.#version)) this.#encrypt(fromOriginator);
    this.#decryption?.changeCipherSpec(isClient);
    if (isClient && this.#clientTicketWithoutId && !this.#sawClientKeyExchange) row.resumed = true;
  }

  alert(description: number, fromOriginator: boolean): void {
    const row = this.#begin();
    this.#addLetter("l", this.#isClient(fromOriginator));
    row.last_alert = alertName(description);
  }

  heartbeat(fromOriginator: boolean): void {
    this.#begin();
    this.#addLetter("b", this.#isClient(fromOriginator));
  }

  /** Application data in clear, before any key was agreed. */
  clearData(): void {
    if (this.#version !== null && !this.#isFrozen) this.#out.weird("ssl_early_application_data", undefined, null);
  }

  /** One handshake message; `r` is narrowed to its body. */
  handshake(type: number, r: ByteReader, fromOriginator: boolean): void {
    if (type === HANDSHAKE.clientHello && this.#row === null && !fromOriginator) {
      this.#isFlipped = true;
      this.#begin().ssl_history = "^";
    }
    this.#begin();
    const isClient = this.#isClient(fromOriginator);
    let letter = handshakeLetter(type);
    switch (type) {
      case HANDSHAKE.clientHello: {
        const hello = readClientHello(r, this.#isDtls);
        if (hello === null) this.#out.weird("ssl_hello_malformed");
        else this.clientHello(hello);
        break;
      }
      case HANDSHAKE.serverHello: {
        const hello = readServerHello(r);
        if (hello === null) {
          this.#out.weird("ssl_hello_malformed");
          break;
        }
        if (hello.isRetryRequest) letter = "j";
        this.#takeServerHello(hello);
        break;
      }
      case HANDSHAKE.certificate:
        this.#certificates.add(r, this.#row!, isClient);
        break;
      case HANDSHAKE.serverKeyExchange:
        if (this.#cipher.includes("_ECDH") && r.u8() === NAMED_CURVE) this.#row!.curve = groupName(r.u16be());
        break;
      case HANDSHAKE.clientKeyExchange:
        if (isClient) this.#sawClientKeyExchange = true;
        break;
    }
    this.#addLetter(letter, isClient);
  }

  /** What a ClientHello says (also one in the form of SSLv2). */
  clientHello(hello: ClientHello): void {
    const row = this.#begin();
    this.#clientHello = hello;
    this.#decryption?.clientHello(hello);
    if (isKnownVersion(hello.version)) this.#conn.confirm();
    if (hello.serverNames.length > 0) row.server_name = hello.serverNames[0]!;
    if (hello.serverNames.length > 1)
      this.#out.weird("SSL_many_server_names", `[${hello.serverNames.join(", ")}]`, null);
    if (hello.hasTicket) this.#clientTicketWithoutId = true;
    if (hello.offersPsk) this.#clientOffersPsk = true;
    if (hello.sessionId !== "") {
      this.#clientSessionId = hello.sessionId;
      this.#clientTicketWithoutId = false;
    }
    if (row.ja3 !== null) return;
    const versions = hello.supportedVersions.filter((version) => !isGrease(version));
    row.client_versions = (versions.length > 0 ? versions : [hello.version]).map(versionName);
    row.client_alpn = hello.alpn.length > 0 ? hello.alpn : null;
    if (hello.version === VERSION.ssl2) return;
    const prints = clientFingerprints(hello, this.#isDtls ? "d" : this.#conn.pipe === QUIC ? "q" : "t");
    row.ja3 = prints.ja3;
    row.ja4 = prints.ja4;
  }

  /** SSLv2's ServerHello. */
  v2ServerHello(version: number, cipher: number, certificate: Uint8Array): void {
    const row = this.#begin();
    this.#version ??= version;
    row.version ??= versionName(version);
    row.cipher = cipherName(cipher);
    this.#certificates.addOne(certificate, 0, row, false);
    this.addLetter("s", false);
  }

  /** True if the next sealed record should come whole to `openSealed`. */
  wantsSealed(fromOriginator: boolean): boolean {
    if (!this.#conn.secrets.hasTls) return false;
    if (this.#decryption === null) {
      if (this.#clientHello === null) return false;
      this.#decryption = new Decryption(this.#conn, this.#out, this, this.#isFlipped);
      this.#decryption.clientHello(this.#clientHello);
      if (this.#serverHello !== null) this.#decryption.serverHello(this.#serverHello);
    }
    return this.#decryption.wants(this.#isClient(fromOriginator));
  }

  /** Opens a sealed record, `bytes[start..end)` with its header, if its key is known. */
  openSealed(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean {
    return this.#decryption!.record(bytes, start, end, this.#isClient(fromOriginator), fromOriginator);
  }

  /** Octets between sealed records were lost. */
  lostSealed(octets: number, fromOriginator: boolean): void {
    this.#decryption?.gap(octets, this.#isClient(fromOriginator), fromOriginator);
  }

  openedHandshake(type: number, r: ByteReader, isClient: boolean, isInTls13: boolean): void {
    const row = this.#begin();
    switch (type) {
      case HANDSHAKE.encryptedExtensions:
        row.next_protocol ??= readEncryptedExtensions(r);
        break;
      case HANDSHAKE.certificate:
        if (isInTls13) this.#certificates.add13(r, row, isClient);
        // A second handshake repeats the server's chain; the client's is often asked for only then.
        else if (((isClient ? row.client_cert_chain_fps : row.cert_chain_fps) ?? []).length === 0)
          this.#certificates.add(r, row, isClient);
        break;
      case HANDSHAKE.compressedCertificate: {
        const certificate = readCompressedCertificate(r);
        if (certificate !== null) this.#certificates.add13(new ByteReader(certificate), row, isClient);
        break;
      }
    }
  }

  openedAlert(description: number): void {
    if (description !== CLOSE_NOTIFY) this.#begin().last_alert = alertName(description);
  }

  addLetter(letter: string, isClient: boolean): void {
    this.#begin();
    this.#addLetter(letter, isClient);
  }

  /** Writes the record, once. */
  write(): void {
    const row = this.#row;
    if (row === null || this.#isWritten) return;
    this.#isWritten = true;
    this.#decryption?.close();
    if (row.server_name !== null) row.sni_matches_cert = this.#certificates.matchesHost(row.server_name);
    this.#out.emit(SSL_RECORD, row, this.#from!, this.#to ?? this.#conn.now);
    const turns = this.#turns;
    // What was opened tells itself.
    if (turns === null || this.#decryption?.hasOpened === true) return;
    const { server_name: serverName, next_protocol: nextProtocol, client_alpn: clientAlpn } = row;
    const session = { serverName, certificateNames: this.#certificates.hosts, nextProtocol, clientAlpn, turns };
    reportSealedStore(this.#out, session, this.#from!, this.#conn.now);
  }

  #takeServerHello(hello: ServerHello): void {
    const row = this.#row!;
    this.#serverHello = hello;
    this.#decryption?.serverHello(hello);
    if (this.#version === null || hello.version !== hello.legacyVersion) {
      this.#version = hello.version;
      row.version = versionName(hello.version);
    }
    this.#cipher = cipherName(hello.cipher);
    row.cipher = this.#cipher;
    if (hello.group !== null) row.curve = groupName(hello.group);
    if (hello.nextProtocol !== null) row.next_protocol = hello.nextProtocol;
    if (hello.acceptsPsk && this.#clientOffersPsk) row.resumed = true;
    const echoesId = this.#clientSessionId !== "" && hello.sessionId === this.#clientSessionId;
    if (echoesId && !isTls13(this.#version)) row.resumed = true;
    if (!hello.isRetryRequest) row.ja3s = ja3s(hello);
    if (isKnownVersion(hello.legacyVersion)) this.#conn.confirm();
  }

  #begin(): Row {
    if (this.#row !== null) return this.#row;
    this.#from = this.#conn.now;
    this.#row = emptyRow();
    return this.#row;
  }

  #isClient(fromOriginator: boolean): boolean {
    return fromOriginator !== this.#isFlipped;
  }

  #encrypt(fromOriginator: boolean): void {
    if (fromOriginator) this.#encrypts.orig = true;
    else this.#encrypts.resp = true;
  }

  #addLetter(letter: string, isClient: boolean): void {
    const row = this.#row!;
    const history = row.ssl_history!;
    if (history.length >= MAX_HISTORY) return;
    row.ssl_history = history + (isClient ? letter.toUpperCase() : letter);
    if (history.length + 1 === MAX_HISTORY) this.#out.weird("SSL_max_ssl_history_length_reached");
  }
}

function isKnownVersion(version: number): boolean {
  const major = version >> 8;
  return major === 3 || major === 0xfe || version === VERSION.ssl2 || isTls13(version);
}

function emptyRow(): Row {
  return {
    version: null,
    cipher: null,
    curve: null,
    server_name: null,
    resumed: false,
    last_alert: null,
    next_protocol: null,
    established: false,
    ssl_history: "",
    cert_chain_fps: null,
    client_cert_chain_fps: null,
    subject: null,
    issuer: null,
    client_subject: null,
    client_issuer: null,
    sni_matches_cert: null,
    client_alpn: null,
    client_versions: null,
    ja3: null,
    ja3s: null,
    ja4: null,
    orig_sealed_octets: 0,
    resp_sealed_octets: 0,
  };
}
