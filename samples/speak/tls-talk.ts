import { ByteWriter, joined } from "../wire/byte-writer.ts";
import { certificateList, signature } from "./certificate.ts";
import type { Talk } from "./talk.ts";
import { clientHello, handshake, record, serverHello12, serverHello13, type TlsClient } from "./tls-hello.ts";

const CHANGE_CIPHER_SPEC = record(20, Uint8Array.of(1));
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
/** Sealed octets around the plain ones: nonce and tag in TLS 1.2 with AES-GCM, type and tag in TLS 1.3. */
const SEAL_12 = 24;
const SEAL_13 = 17;
/** Largest plain record. */
const PLAIN = 16_384;

export interface TlsSession {
  readonly client: TlsClient;
  /** Name in the ClientHello; null for none. */
  readonly serverName: string | null;
  /** Certificate of the server and those above it. */
  readonly chain: readonly Uint8Array[];
  /** False for a server that knows TLS 1.2 only. */
  readonly server13?: boolean;
}

/** A TLS connection whose contents nobody can read. [RFC 5246, RFC 8446] */
export class TlsTalk {
  readonly talk: Talk;
  readonly #session: TlsSession;
  readonly #is13: boolean;

  constructor(talk: Talk, session: TlsSession) {
    this.talk = talk;
    this.#session = session;
    this.#is13 = session.client.speaks13 && session.server13 !== false;
  }

  handshake(): void {
    const { client, serverName } = this.#session;
    const { random } = this.talk;
    const sessionId = client.speaks13 ? random.bytes(32) : new Uint8Array(0);
    this.talk.client(record(HANDSHAKE, clientHello(client, serverName, sessionId, random), 0x0301));
    if (this.#is13) this.#finish13(sessionId);
    else this.#finish12();
  }

  #finish13(sessionId: Uint8Array): void {
    const { chain } = this.#session;
    const { random } = this.talk;
    const sealed = 190 + chain.reduce((sum, each) => sum + each.length + 5, 0);
    this.talk.server(
      joined(
        record(HANDSHAKE, serverHello13(sessionId, 0x1302, random)),
        CHANGE_CIPHER_SPEC,
        record(APPLICATION_DATA, random.bytes(sealed + SEAL_13)),
      ),
    );
    this.talk.client(joined(CHANGE_CIPHER_SPEC, record(APPLICATION_DATA, random.bytes(52 + SEAL_13))));
    this.talk.server(record(APPLICATION_DATA, random.bytes(2 * 250 + SEAL_13)));
  }

  #finish12(): void {
    const { chain, client } = this.#session;
    const { random } = this.talk;
    const cipher = client.ciphers.includes(0xc02c) ? 0xc02c : 0xc02b;
    const sign = signature(random);
    const exchange = new ByteWriter(128)
      .u8(3)
      .u16be(0x001d)
      .u8(32)
      .bytes(random.bytes(32))
      .u16be(0x0403)
      .u16be(sign.length)
      .bytes(sign);
    const protocol = client.protocols.includes("http/1.1") ? "http/1.1" : null;
    const messages = [
      serverHello12(random.bytes(32), cipher, protocol, random),
      handshake(11, certificateList(chain)),
      handshake(12, exchange.done()),
      handshake(14, new Uint8Array(0)),
    ];
    this.talk.server(record(HANDSHAKE, joined(...messages)));
    const key = handshake(16, joined(Uint8Array.of(32), random.bytes(32)));
    this.talk.client(joined(record(HANDSHAKE, key), CHANGE_CIPHER_SPEC, record(HANDSHAKE, random.bytes(40))));
    this.talk.server(joined(CHANGE_CIPHER_SPEC, record(HANDSHAKE, random.bytes(40))));
  }

  /** Application data; split into records. @param plainOctets at most some megabytes a call */
  send(fromClient: boolean, plainOctets: number, waitNs?: number): void {
    const seal = this.#is13 ? SEAL_13 : SEAL_12;
    let wait = waitNs;
    for (let left = plainOctets; left > 0; left -= PLAIN) {
      const octets = Math.min(PLAIN, left) + seal;
      const head = new ByteWriter(5).u8(APPLICATION_DATA).u16be(0x0303).u16be(octets).done();
      if (fromClient) this.talk.client(head, wait, octets);
      else this.talk.server(head, wait, octets);
      wait = this.talk.random.between(4_000, 30_000);
    }
  }

  /** close_notify of both sides. */
  close(): void {
    const { random } = this.talk;
    const alert = (): Uint8Array =>
      this.#is13 ? record(APPLICATION_DATA, random.bytes(2 + SEAL_13)) : record(ALERT, random.bytes(2 + SEAL_12));
    this.talk.client(alert());
    this.talk.server(alert());
  }
}
