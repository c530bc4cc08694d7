import { createHash } from "node:crypto";
import { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import { isPrivateAddress } from "../../bytes/private-address.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { AuthenticationSizes } from "./authentication-sizes.ts";
import type { KexInit } from "./kex.ts";
import { agree, carriesHostKey, hassh, hasshText, isHostKey, readKexInit } from "./kex.ts";
import { SSH_RECORD } from "./records.ts";
import { SessionUse } from "./session-use.ts";
import { agreedVersion } from "./version.ts";

type Row = { -readonly [K in keyof RowOf<typeof SSH_RECORD>]: RowOf<typeof SSH_RECORD>[K] };

/** Longest packet before encryption that is read; RFC 4253 6.1 asks for 35,000 at least. */
const MAX_PACKET = 1 << 18;
/** Longest identification, and most octets of other lines before it. RFC 4253 4.2 */
const MAX_BANNER = 8192;
/** Octets skipped at a time once only their number matters. */
const SKIP_OCTETS = 1 << 18;

const MSG_KEXINIT = 20;
const MSG_NEWKEYS = 21;
const SSH1_SMSG_PUBLIC_KEY = 2;

const LF = 0x0a;

/** One direction. */
class Side {
  readonly carry = new Carry(MAX_PACKET + 4);
  state: "identification" | "key-exchange" | "sealed" = "identification";
  identification = "";
  init: KexInit | null = null;
  sealedOctets = 0;
  /** Sealed octets up to the end of the authentication. */
  octetsBefore = 0;
  /** Octets asked to be skipped since the last delivery. */
  skipping = 0;
}

/** SSH on one connection. */
export class SshAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #client = new Side();
  readonly #server = new Side();
  readonly #sizes = new AuthenticationSizes();
  readonly #packet = new ByteReader(EMPTY, 0, 0);
  #use: SessionUse | null = null;
  #row: Row | null = null;
  #from: Moment | null = null;
  #to: Moment | null = null;
  /** Octets were lost or cannot be read: only what was seen before counts, as with Zeek. */
  #isLost = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    this.#countSkipped(side, 0);
    if (this.#isLost) return;
    if (side.state === "sealed") {
      this.#sealed(r.left, side, fromOriginator);
      return;
    }
    const span = side.carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end && !this.#isLost) {
      // The state changes inside the loop.
      const state = side.state as Side["state"];
      if (state === "sealed") {
        this.#sealed(span.end - at, side, fromOriginator);
        at = span.end;
        break;
      }
      const behind =
        state === "identification"
          ? this.#identification(span.bytes, at, span.end, side)
          : this.#keyExchange(span.bytes, at, span.end, side);
      if (behind === at) break;
      at = behind;
    }
    if (this.#isLost) side.carry.clear();
    else side.carry.keep(span, at);
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    this.#countSkipped(side, 0);
    if (side.state === "sealed") side.sealedOctets += octets;
    if (this.#isLost || this.#sizes.isDecided) return;
    this.#lose();
  }

  close(): void {
    this.#countSkipped(this.#client, this.#conn.unskipped(true));
    this.#countSkipped(this.#server, this.#conn.unskipped(false));
    const row = this.#row;
    if (row === null) return;
    row.orig_sealed_octets = this.#client.sealedOctets;
    row.resp_sealed_octets = this.#server.sealedOctets;
    if (this.#use !== null) this.#fillUse(row, this.#use);
    this.#out.emit(SSH_RECORD, row, this.#from!, this.#to ?? this.#conn.now);
  }

  /** Reads a line; gives the position behind it, or `at` if it is not all there. */
  #identification(bytes: Uint8Array, at: number, end: number, side: Side): number {
    const length = bytes.subarray(at, end).indexOf(LF);
    if (length < 0) {
      if (end - at > MAX_BANNER) this.#lose("ssh_malformed_identification");
      return at;
    }
    this.#packet.aim(bytes, at, at + length);
    const line = this.#packet.latin1(length).replace(/\r$/, "");
    if (!line.startsWith("SSH-")) {
      // A server may send other lines first.
      if (side !== this.#server || length > MAX_BANNER) this.#lose("ssh_malformed_identification");
      return at + length + 1;
    }
    side.identification = line;
    side.state = "key-exchange";
    const row = this.#begin();
    const shown = utf8OfLatin1(line);
    if (side === this.#client) row.client = shown;
    else row.server = shown;
    if (row.client !== null && row.server !== null) {
      row.version = agreedVersion(this.#client.identification, this.#server.identification);
    }
    return at + length + 1;
  }

  /** Reads a packet in clear; gives the position behind it, or `at` if it is not all there. RFC 4253 6 */
  #keyExchange(bytes: Uint8Array, at: number, end: number, side: Side): number {
    if (end - at < 4) return at;
    const r = this.#packet;
    r.aim(bytes, at, end);
    const length = r.u32be();
    const isV1 = this.#row?.version === 1 || side.identification.startsWith("SSH-1.5");
    const octets = isV1 ? length + 8 - (length % 8) : length;
    if (length < 2 || length > MAX_PACKET) {
      this.#lose("ssh_malformed_packet");
      return end;
    }
    if (end - at - 4 < octets) return at;
    r.end = at + 4 + octets;
    if (isV1) {
      r.skip(8 - (length % 8));
      this.#v1Packet(r, side);
    } else {
      const padding = r.u8();
      const type = r.u8();
      r.end = Math.max(r.pos, r.end - padding);
      this.#v2Packet(type, r, side);
    }
    return at + 4 + octets;
  }

  #v2Packet(type: number, r: ByteReader, side: Side): void {
    const kex = this.#row?.kex_alg ?? null;
    if (type === MSG_KEXINIT) {
      this.#kexInit(r, side);
    } else if (type === MSG_NEWKEYS) {
      side.state = "sealed";
      if (this.#row?.version === 2) this.#conn.confirm();
    } else if (side === this.#server && (kex === null || carriesHostKey(type, kex))) {
      // Without the client's offer the key exchange is not known: then a key is told by its form.
      const key = r.bytes(r.u32be());
      if (!r.truncated && (kex !== null || isHostKey(key))) this.#hostKey(key, kex !== null);
    }
  }

  #kexInit(r: ByteReader, side: Side): void {
    const init = readKexInit(r);
    if (init === null) {
      this.#out.weird("ssh_malformed_packet");
      return;
    }
    if (side.init !== null) return;
    side.init = init;
    const row = this.#begin();
    const text = hasshText(init, side === this.#server);
    if (side === this.#server) {
      row.hassh_server = hassh(text);
      row.hassh_server_algorithms = text;
    } else {
      row.hassh = hassh(text);
      row.hassh_algorithms = text;
    }
    if (this.#client.init === null || this.#server.init === null) return;
    const agreed = agree(this.#client.init, this.#server.init);
    row.cipher_alg = agreed.cipher;
    row.mac_alg = agreed.mac;
    row.compression_alg = agreed.compression;
    row.kex_alg = agreed.kex;
    row.host_key_alg = agreed.hostKey;
  }

  /** SSH 1.5: the server's public key is the last packet in clear. */
  #v1Packet(r: ByteReader, side: Side): void {
    const type = r.u8();
    this.#client.state = this.#server.state = "sealed";
    this.#conn.confirm();
    if (type !== SSH1_SMSG_PUBLIC_KEY || side !== this.#server) return;
    r.skip(8 + 4);
    r.skip((r.u16be() + 7) >> 3);
    r.skip((r.u16be() + 7) >> 3);
    r.skip(4);
    const exponent = r.bytes((r.u16be() + 7) >> 3);
    const modulus = r.bytes((r.u16be() + 7) >> 3);
    if (!r.truncated) this.#hostKey(Buffer.concat([modulus, exponent]), true);
  }

  /** @param isSure False if only the form of the key says that it is one; Zeek shows none then. */
  #hostKey(key: Uint8Array, isSure: boolean): void {
    const row = this.#begin();
    const sha256 = createHash("sha256").update(key).digest();
    row.host_key = createHash("md5")
      .update(key)
      .digest("hex")
      .replaceAll(/..(?=.)/g, "$&:");
    row.host_key_sha256 = `SHA256:${sha256.toString("base64").replace(/(?<!=)=+$/, "")}`;
    if (isSure) row.host_key_fingerprint = `SHA256:${sha256.subarray(0, ZEEK_FINGERPRINT_OCTETS).toString("base64")}`;
  }

  #sealed(octets: number, side: Side, fromOriginator: boolean): void {
    side.sealedOctets += octets;
    this.#conn.seal(octets);
    const row = this.#begin();
    if (this.#use !== null) {
      this.#use.segment(octets, side === this.#client, this.#conn.now.ts);
    } else if (row.version === 2) {
      const sign = this.#sizes.segment(octets, side === this.#client);
      if (sign !== null) this.#attempt(row, sign === "success");
    }
    if (!this.#sizes.isDecided || this.#use?.isDone === false) return;
    side.skipping += SKIP_OCTETS;
    this.#conn.skip(SKIP_OCTETS, fromOriginator);
  }

  #fillUse(row: Row, use: SessionUse): void {
    const up = this.#client.sealedOctets - this.#client.octetsBefore;
    const down = this.#server.sealedOctets - this.#server.octetsBefore;
    row.orig_session_octets = up;
    row.resp_session_octets = down;
    row.keystrokes = use.keystrokes;
    row.forwarded_connections = use.forwarded;
    const inferred = use.infer(up, down);
    if (inferred === null) return;
    row.inferred_use = inferred.use;
    row.inferred_direction = inferred.direction;
    row.inferred_confidence = inferred.confidence;
    const program = use.program();
    row.inferred_program = program?.program ?? null;
    row.inferred_reasons = program === null ? inferred.reasons : [...inferred.reasons, program.reason];
  }

  #attempt(row: Row, success: boolean): void {
    // Lengths tell nothing once they are compressed.
    if (row.compression_alg === "zlib" || row.compression_alg === "zlib@openssh.com") return;
    row.auth_success = success;
    row.auth_attempts = row.auth_attempts! + 1;
    if (!success) return;
    this.#to = this.#conn.now;
    for (const side of [this.#client, this.#server]) side.octetsBefore = side.sealedOctets;
    const { cipher_alg, mac_alg, client } = row;
    if (cipher_alg !== null && mac_alg !== null) this.#use = new SessionUse(cipher_alg, mac_alg, client ?? "");
  }

  #countSkipped(side: Side, unskipped: number): void {
    if (side.skipping === 0) return;
    side.sealedOctets += side.skipping - unskipped;
    this.#conn.seal(side.skipping - unskipped);
    side.skipping = 0;
  }

  #lose(
    weird: "ssh_malformed_identification" | "ssh_malformed_packet" | "ssh_handshake_lost" = "ssh_handshake_lost",
  ): void {
    this.#isLost = true;
    this.#out.weird(weird);
  }

  #begin(): Row {
    if (this.#row !== null) return this.#row;
    this.#from = this.#conn.now;
    const origIsPrivate = isPrivateAddress(this.#conn.origH);
    const isAcross = origIsPrivate !== isPrivateAddress(this.#conn.respH);
    this.#row = emptyRow(isAcross ? (origIsPrivate ? "OUTBOUND" : "INBOUND") : null);
    return this.#row;
  }
}

/** Zeek's ssh.log keeps so many octets of the hash. */
const ZEEK_FINGERPRINT_OCTETS = 24;

const EMPTY = new Uint8Array(0);

function emptyRow(direction: string | null): Row {
  return {
    version: null,
    auth_success: null,
    auth_attempts: 0,
    direction,
    client: null,
    server: null,
    cipher_alg: null,
    mac_alg: null,
    compression_alg: null,
    kex_alg: null,
    host_key_alg: null,
    host_key_fingerprint: null,
    host_key: null,
    host_key_sha256: null,
    hassh: null,
    hassh_algorithms: null,
    hassh_server: null,
    hassh_server_algorithms: null,
    orig_sealed_octets: 0,
    resp_sealed_octets: 0,
    inferred_use: null,
    inferred_program: null,
    inferred_direction: null,
    inferred_confidence: null,
    inferred_reasons: null,
    keystrokes: null,
    forwarded_connections: null,
    orig_session_octets: null,
    resp_session_octets: null,
  };
}
