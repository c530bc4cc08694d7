import { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { Analyzer, Connection, InnerStream, RecordSink } from "../protocol.ts";
import { readClientInfo } from "./client-info.ts";
import { authorizationResult, beginsTsRequest, tokensOf, tsRequestLength } from "./credssp.ts";
import { CONNECT_INITIAL, CONNECT_RESPONSE, readClientData, readServerData } from "./gcc.ts";
import { licenceMessage } from "./names.ts";
import { RdpSession } from "./session.ts";
import type { RdpWeird } from "./weirds.ts";
import {
  CONNECTION_CONFIRM,
  CONNECTION_REQUEST,
  DATA,
  TPKT_HEADER,
  TPKT_VERSION,
  readConnectionConfirm,
  readConnectionRequest,
} from "./x224.ts";

/** Longest message of the handshake: a TPKT packet's length has 16 bits. */
const MAX_MESSAGE = 65_536;
/** Messages read of each side; the handshake has some thirty, and what follows is the desktop. */
const MAX_MESSAGES = 100;
/** Octets skipped at a time once only their number matters. */
const SKIP_OCTETS = 1 << 18;
/** [MS-RDPBCGR] 2.2.1.3.4 */
const MAX_CHANNELS = 31;

/** MCS PDUs as their PER choice index, in the upper six bits. T.125 */
const SEND_DATA_REQUEST = 0x64;
const SEND_DATA_INDICATION = 0x68;
/** Flags of the security header. [MS-RDPBCGR] 2.2.8.1.1.2.1 */
const SEC_EXCHANGE = 0x0001;
const SEC_ENCRYPT = 0x0008;
const SEC_INFO = 0x0040;
const SEC_LICENCE = 0x0080;
const SEC_AUTODETECT_REQUEST = 0x1000;
const ERROR_ALERT = 0xff;
const VALID_CLIENT = "STATUS_VALID_CLIENT";

/** One direction. */
class Side {
  readonly carry = new Carry(MAX_MESSAGE);
  messages = 0;
  /** TPKT packets among them. */
  packets = 0;
  /** Octets asked to be skipped since the last delivery. */
  skipping = 0;
}

/**
 * RDP on one connection, or inside its TLS session where that can be read: X.224, MCS and GCC messages, the client's
 * settings, licensing; and before them, inside TLS, the messages of CredSSP (NLA). Behind the handshake octets are counted only.
 */
export class RdpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #session: RdpSession;
  /** The analyzer of the connection writes the record; the one inside TLS adds to it. */
  readonly #isInner: boolean;
  readonly #client = new Side();
  readonly #server = new Side();
  readonly #message = new ByteReader(EMPTY, 0, 0);
  #gss: InnerStream | null = null;
  #state: "handshake" | "sealed" | "handed-over" | "over" = "handshake";
  #sawRequest = false;
  /** Encryption was agreed: it begins behind the client's random, or with the first message that says so. */
  #willSeal = false;
  /** The message that ended the handshake is itself sealed. */
  #startsSealed = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const outer = conn.pair.get(sharedKey(conn));
    this.#isInner = outer instanceof RdpSession;
    this.#session = outer instanceof RdpSession ? outer : new RdpSession();
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    this.#countSkipped(side, 0, fromOriginator);
    if (!this.#isReading) {
      this.#rest(r.left, side, fromOriginator);
      r.pos = r.end;
      return;
    }
    const span = side.carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end) {
      const octets = this.#messageAt(span.bytes, at, span.end, side, fromOriginator);
      if (octets < 0) {
        this.#stop("rdp_malformed_message");
        break;
      }
      at += octets;
      if (octets === 0 || !this.#isReading) break;
      if (++side.messages >= MAX_MESSAGES) this.#state = "over";
    }
    if (this.#isReading) {
      side.carry.keep(span, at);
      r.pos = r.end;
      return;
    }
    side.carry.clear();
    if (this.#state === "handed-over") {
      r.pos = r.end - (span.end - at);
      this.#conn.handOver();
      return;
    }
    this.#rest(span.end - at, side, fromOriginator);
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    this.#countSkipped(side, 0, fromOriginator);
    if (this.#state === "sealed") this.#seal(octets, fromOriginator);
    // Messages are not found again: what follows could be the middle of a bitmap.
    if (this.#isReading) this.#stop("rdp_handshake_lost");
  }

  close(): void {
    this.#countSkipped(this.#client, this.#conn.unskipped(true), true);
    this.#countSkipped(this.#server, this.#conn.unskipped(false), false);
    this.#gss?.close();
    if (this.#isInner) return;
    this.#conn.pair.delete(sharedKey(this.#conn));
    this.#session.write(this.#out);
  }

  get #isReading(): boolean {
    return this.#state === "handshake";
  }

  /**
   * Reads the message at `at`.
   * @returns its octets, 0 if it is not all there or none of the handshake, -1 if it is malformed.
   */
  #messageAt(bytes: Uint8Array, at: number, end: number, side: Side, fromOriginator: boolean): number {
    const r = this.#message;
    r.aim(bytes, at, end);
    const first = r.peekU8();
    if (first === TPKT_VERSION) {
      if (r.left < TPKT_HEADER) return 0;
      const octets = r.peekU16be(2);
      if (octets <= TPKT_HEADER) return -1;
      if (octets > r.left) return 0;
      r.end = at + octets;
      this.#tpkt(r, fromOriginator);
      return this.#state === "sealed" && this.#startsSealed ? 0 : octets;
    }
    if (this.#isAuthenticating(side) && beginsTsRequest(r) !== false) return this.#tsRequest(r, fromOriginator);
    if (this.#gss !== null && !fromOriginator && this.#client.packets === 0) return this.#authorization(r);
    // Fast-path: the desktop has begun. [MS-RDPBCGR] 2.2.9.1.2
    this.#state = "over";
    return 0;
  }

  /** CredSSP comes before the first packet of RDP inside TLS. */
  #isAuthenticating(side: Side): boolean {
    return side.packets === 0 && !this.#sawRequest;
  }

  #tsRequest(r: ByteReader, fromOriginator: boolean): number {
    const octets = tsRequestLength(r);
    if (octets <= 0 || octets > MAX_MESSAGE) return octets > 0 ? -1 : octets;
    const from = r.pos;
    for (const token of tokensOf(r.source, from, from + octets)) {
      this.#gss ??= this.#conn.inner("gss", "rdp");
      this.#gss.data(token, 0, token.length, fromOriginator);
      this.#conn.identity = this.#gss.identity ?? this.#conn.identity;
    }
    return octets;
  }

  /** Early User Authorization Result. [MS-RDPBCGR] 2.2.10.2 */
  #authorization(r: ByteReader): number {
    if (r.left < 4) return 0;
    const result = authorizationResult(r.u32le());
    if (result === null) {
      this.#state = "over";
      return 0;
    }
    this.#session.nlaResult(result, this.#conn.now);
    this.#gss?.tell({ kind: "auth-result", success: result === "AUTHZ_SUCCESS" });
    return 4;
  }

  #tpkt(r: ByteReader, fromOriginator: boolean): void {
    const { now } = this.#conn;
    (fromOriginator ? this.#client : this.#server).packets++;
    switch (r.peekU8(TPKT_HEADER + 1)) {
      case CONNECTION_REQUEST:
        if (!fromOriginator) break;
        r.skip(TPKT_HEADER);
        this.#sawRequest = true;
        this.#session.request(readConnectionRequest(r), now);
        break;
      case CONNECTION_CONFIRM: {
        if (fromOriginator) break;
        r.skip(TPKT_HEADER);
        const confirm = readConnectionConfirm(r);
        if (confirm === null) {
          this.#stop("rdp_malformed_message");
          break;
        }
        this.#conn.confirm();
        if (this.#session.confirm(confirm, now)) this.#handOver();
        break;
      }
      case DATA:
        r.skip(TPKT_HEADER + 3);
        this.#mcs(r, fromOriginator);
    }
  }

  #handOver(): void {
    this.#conn.pair.set(sharedKey(this.#conn), this.#session);
    this.#state = "handed-over";
  }

  #mcs(r: ByteReader, fromOriginator: boolean): void {
    const type = r.peekU16be();
    if (type === CONNECT_INITIAL && fromOriginator) {
      r.skip(2);
      const data = readClientData(r);
      if (data === null) {
        this.#out.weird("rdp_malformed_message" satisfies RdpWeird);
        return;
      }
      this.#conn.confirm();
      this.#session.clientData(data, this.#conn.now);
      const channels = data.channels?.length ?? 0;
      if (channels > MAX_CHANNELS)
        this.#out.weird("RDP_channels_requested_exceeds_max" satisfies RdpWeird, `${channels}`);
    } else if (type === CONNECT_RESPONSE && !fromOriginator) {
      r.skip(2);
      const data = readServerData(r);
      if (data === null) {
        this.#out.weird("rdp_malformed_message" satisfies RdpWeird);
        return;
      }
      this.#conn.confirm();
      this.#willSeal = this.#session.serverData(data, this.#conn.now);
    } else if (r.peekU8() === (fromOriginator ? SEND_DATA_REQUEST : SEND_DATA_INDICATION)) {
      this.#sendData(r);
    }
  }

  /** A message on a channel: before the session proper each begins with a security header. */
  #sendData(r: ByteReader): void {
    r.skip(1 + 2 + 2 + 1);
    if (r.u8() >= 0x80) r.skip(1);
    const flags = r.u16le();
    r.skip(2);
    if (r.truncated) return;
    if (this.#willSeal && (flags & (SEC_ENCRYPT | SEC_EXCHANGE)) !== 0) {
      // The message with the client's random is the last in clear.
      this.#startsSealed = (flags & SEC_ENCRYPT) !== 0;
      this.#state = "sealed";
    } else if ((flags & SEC_AUTODETECT_REQUEST) !== 0) {
      this.#session.autoDetect();
    } else if ((flags & SEC_INFO) !== 0) {
      const info = readClientInfo(r);
      if (info !== null) this.#session.clientInfo(info, this.#conn);
    } else if ((flags & SEC_LICENCE) !== 0) {
      this.#licence(r);
    }
  }

  /** [MS-RDPELE] 2.2.1.1 */
  #licence(r: ByteReader): void {
    const type = r.u8();
    r.skip(3);
    const message = licenceMessage(type, type === ERROR_ALERT ? r.u32le() : 0);
    if (r.truncated) return;
    this.#session.license(message, this.#conn.now);
    if (message === VALID_CLIENT) this.#state = "over";
  }

  /** Octets behind what is read: counted if they are sealed, and passed over in large pieces. */
  #rest(octets: number, side: Side, fromOriginator: boolean): void {
    if (this.#state === "sealed") this.#seal(octets, fromOriginator);
    side.skipping += SKIP_OCTETS;
    this.#conn.skip(SKIP_OCTETS, fromOriginator);
  }

  #countSkipped(side: Side, unskipped: number, fromOriginator: boolean): void {
    if (side.skipping === 0) return;
    if (this.#state === "sealed") this.#seal(side.skipping - unskipped, fromOriginator);
    side.skipping = 0;
  }

  #seal(octets: number, fromOriginator: boolean): void {
    const { row } = this.#session;
    if (fromOriginator) row.orig_sealed_octets = row.orig_sealed_octets! + octets;
    else row.resp_sealed_octets = row.resp_sealed_octets! + octets;
    this.#conn.seal(octets);
  }

  #stop(weird: RdpWeird): void {
    this.#state = "over";
    this.#out.weird(weird);
  }
}

/** Name under which the analyzer of a connection leaves its session for the one inside TLS. */
function sharedKey(conn: Connection): string {
  return `rdp ${conn.uid}`;
}

const EMPTY = new Uint8Array(0);
