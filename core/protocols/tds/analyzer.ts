import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { ByteReader as Reader } from "../../bytes/reader.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, InnerStream, RecordSink } from "../protocol.ts";
import { encryptionName, readLogin7, readPrelogin } from "./login.ts";
import { PACKET } from "./packet.ts";
import { MessageParts } from "./message-parts.ts";
import { TdsSession } from "./session.ts";

/** Longest packet; servers allow 32767 octets. MS-TDS 2.2.6.4 */
const MAX_PACKET = 32_768;
const HEADER = 8;
const TLS_HEADER = 5;
const SMP_HEADER = 16;
const SMP_ID = 0x53;
const END_OF_MESSAGE = 1;
const REST = 2 ** 40;
/** MARS sessions of one connection that are followed at one time. */
const MAX_SESSIONS = 64;

/** One connection to a Microsoft SQL Server. MS-TDS */
export class TdsAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #session: TdsSession;
  readonly #client: MessageHeads;
  readonly #server: MessageHeads;
  /** Messages being put together, by MARS session (-1 without), for each side. */
  readonly #parts = new HeldMap<number, { client: MessageParts; server: MessageParts }>();
  readonly #reader = new Reader(new Uint8Array(0));
  #tls: InnerStream | null = null;
  #saysPrelogin = true;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#session = new TdsSession(conn, out);
    this.#client = this.#heads(true);
    this.#server = this.#heads(false);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#client : this.#server).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#isOver) return;
    for (const parts of this.#parts.values()) (fromOriginator ? parts.client : parts.server).lost();
    this.#tls?.gap(octets, fromOriginator);
    (fromOriginator ? this.#client : this.#server).gap(octets);
  }

  close(): void {
    this.#tls?.close();
    this.#session.close();
  }

  #heads(fromOriginator: boolean): MessageHeads {
    return new MessageHeads(this.#conn, fromOriginator, MAX_PACKET, {
      length: packetLength,
      message: (r) => this.#packet(r, fromOriginator),
      broken: () => this.#stop(),
      resumes: (r) => {
        const length = packetLength(r);
        return length > 0 && length <= r.left;
      },
    });
  }

  #packet(r: ByteReader, fromOriginator: boolean): boolean {
    const first = r.peekU8();
    if (isTls(first)) {
      this.#encrypted(r, fromOriginator);
    } else if (first === SMP_ID) {
      const session = r.peekU8(2) | (r.peekU8(3) << 8);
      this.#session.usesMars();
      r.skip(SMP_HEADER);
      // A packet of TDS is in one of SMP; the others open, acknowledge and close. MC-SMP 2.2
      if (r.left >= HEADER) this.#tds(r, fromOriginator, session);
    } else {
      this.#tds(r, fromOriginator, -1);
    }
    return !this.#isOver;
  }

  #tds(r: ByteReader, fromOriginator: boolean, marsSession: number): void {
    const type = r.u8();
    const status = r.u8();
    r.skip(HEADER - 2);
    // The handshake of TLS is in pre-login packets. MS-TDS 2.2.6.5
    if (type === PACKET.prelogin && isTls(r.peekU8())) {
      this.#encrypted(r, fromOriginator);
      return;
    }
    const parts = this.#partsOf(marsSession);
    const side = fromOriginator ? parts.client : parts.server;
    side.add(r, type);
    if ((status & END_OF_MESSAGE) === 0) return;
    const whole = side.take();
    this.#reader.aim(whole.head, 0, whole.head.length);
    if (fromOriginator) this.#fromClient(this.#reader, whole.type, whole.total, marsSession);
    else if (whole.type === PACKET.sspi) this.#session.token(whole.head, false);
    else this.#fromServer(this.#reader, whole.total, whole.tail, marsSession);
  }

  #fromClient(r: ByteReader, type: number, total: number, marsSession: number): void {
    switch (type) {
      case PACKET.prelogin: {
        const prelogin = readPrelogin(r);
        if (prelogin === null) {
          this.#conn.violate("malformed pre-login");
          this.#isOver = true;
          return;
        }
        this.#conn.confirm();
        const row = this.#session.login;
        row.client_version = prelogin.version;
        row.client_encryption = encryptionName(prelogin.encryption);
        row.instance = prelogin.instance === "" ? null : prelogin.instance;
        row.mars = prelogin.mars;
        return;
      }
      case PACKET.login7: {
        this.#saysPrelogin = false;
        const login = readLogin7(r);
        if (login === null) return;
        this.#conn.confirm();
        this.#session.loggingIn(login);
        return;
      }
      case PACKET.sspi:
        this.#session.token(r.bytes(r.left), true);
        return;
      default:
        this.#saysPrelogin = false;
        this.#conn.confirm();
        this.#session.request(r, type, total, marsSession);
    }
  }

  #fromServer(r: ByteReader, total: number, tail: Uint8Array, marsSession: number): void {
    // The answer to a pre-login has its form, in a packet of the type of answers.
    if (this.#saysPrelogin && r.peekU8() === 0) {
      const prelogin = readPrelogin(r);
      if (prelogin !== null) {
        this.#conn.confirm();
        this.#saysPrelogin = false;
        this.#session.login.server_version = prelogin.version;
        this.#session.login.server_encryption = encryptionName(prelogin.encryption);
      }
      return;
    }
    this.#session.answer(r, total, tail, marsSession);
  }

  #encrypted(r: ByteReader, fromOriginator: boolean): void {
    this.#tls ??= this.#conn.inner("tcp", "tds");
    this.#tls.data(r.source, r.pos, r.end, fromOriginator);
  }

  #partsOf(marsSession: number): { client: MessageParts; server: MessageParts } {
    let parts = this.#parts.get(marsSession);
    if (parts === undefined) {
      if (this.#parts.size >= MAX_SESSIONS) this.#drop(...this.#parts.entries().next().value!);
      parts = { client: new MessageParts(), server: new MessageParts() };
      this.#parts.set(marsSession, parts);
    }
    return parts;
  }

  #drop(marsSession: number, { client, server }: { client: MessageParts; server: MessageParts }): void {
    this.#parts.delete(marsSession);
    client.lost();
    server.lost();
  }

  /** What follows is not TDS, or not to be found again. */
  #stop(): void {
    this.#isOver = true;
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
  }
}

/** True for the first octet of a record of TLS, which no type of packet has. */
function isTls(octet: number): boolean {
  return octet >= 0x14 && octet <= 0x17;
}

/** Octets of a packet of TDS, of SMP, or of a record of TLS; see `Framing`. */
function packetLength(r: ByteReader): number {
  const first = r.peekU8();
  if (isTls(first)) return r.left < TLS_HEADER ? 0 : r.peekU8(1) === 3 ? TLS_HEADER + r.peekU16be(3) : -1;
  if (first === SMP_ID) {
    if (r.left < HEADER) return 0;
    const length = r.peekU32le(4);
    return length >= SMP_HEADER && length <= MAX_PACKET + SMP_HEADER ? length : -1;
  }
  if (first === 0 || first > PACKET.prelogin) return -1;
  if (r.left < HEADER) return 0;
  const length = r.peekU16be(2);
  return length >= HEADER && length <= MAX_PACKET ? length : -1;
}
