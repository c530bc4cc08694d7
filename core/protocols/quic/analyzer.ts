import { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import { readClientHello } from "../ssl/hello.ts";
import { CryptoStream } from "./crypto-stream.ts";
import { InitialKeys, QUIC_V1, QUIC_V2, isMvfst, isReadableVersion } from "./initial-keys.ts";
import type { LongPacket } from "./packet.ts";
import { isLongHeader, readInitialFrames, readLongPacket } from "./packet.ts";
import { QUIC_RECORD } from "./records.ts";

type Row = { -readonly [K in keyof RowOf<typeof QUIC_RECORD>]: RowOf<typeof QUIC_RECORD>[K] };

/** Zeek's QUIC::max_history_length. */
const MAX_HISTORY = 100;
const HANDSHAKE_HEADER = 4;

/** One direction. */
class Side {
  keys: InitialKeys | null = null;
  crypto = new CryptoStream();
  shortPackets = 0;
  nextShort = 1;
  sealedOctets = 0;
}

/**
 * QUIC on one connection. The hellos of Initial packets go, as records of TLS, to a stream of their own, so that the
 * session is read like any other; all else is sealed and counted.
 */
export class QuicAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #client = new Side();
  #server = new Side();
  #row: Row | null = null;
  #from: Moment | null = null;
  #to: Moment | null = null;
  #inner: InnerStream | null = null;
  #opened = 0;
  #isUnhandled = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    while (r.left > 0) {
      if (!isLongHeader(r)) {
        if ((r.peekU8() & 0xc0) === 0x40) this.#shortPacket(r.left, fromOriginator);
        else if (this.#opened > 0) this.#addLetter("x", fromOriginator);
        return;
      }
      const packet = readLongPacket(r, isReadableVersion);
      if (packet === null) {
        if (this.#opened > 0) this.#addLetter("x", fromOriginator);
        return;
      }
      this.#longPacket(packet, r, fromOriginator);
    }
  }

  gap(): void {}

  close(): void {
    this.#write();
    this.#inner?.close();
  }

  #longPacket(packet: LongPacket, r: ByteReader, fromOriginator: boolean): void {
    const { source } = r;
    if (packet.type === "unknown") {
      this.#unhandled(packet, fromOriginator);
      return;
    }
    this.#begin(packet, fromOriginator);
    switch (packet.type) {
      case "initial":
        this.#addLetter("i", fromOriginator);
        this.#initial(packet, source.subarray(packet.start, packet.end), fromOriginator);
        break;
      case "handshake":
        this.#addLetter("h", fromOriginator);
        this.#seal(packet.end - packet.numberAt, fromOriginator);
        break;
      case "0-rtt":
        this.#addLetter("z", fromOriginator);
        this.#seal(packet.end - packet.numberAt, fromOriginator);
        break;
      case "retry":
        this.#addLetter("r", fromOriginator);
        this.#write();
        this.#reset();
        break;
    }
  }

  /** A version that cannot be read, or the server's list of versions: one row, as Zeek then gives up. */
  #unhandled(packet: LongPacket, fromOriginator: boolean): void {
    if (this.#isUnhandled) return;
    this.#isUnhandled = packet.version !== 0;
    this.#begin(packet, fromOriginator);
    this.#addLetter("u", fromOriginator);
    this.#write();
    // The client begins anew with a version of the list.
    if (!this.#isUnhandled) this.#reset();
  }

  #reset(): void {
    this.#client = new Side();
    this.#server = new Side();
  }

  #initial(packet: LongPacket, octets: Uint8Array, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    if (fromOriginator && this.#client.keys === null) {
      this.#client.keys = InitialKeys.of(packet.version, packet.destination, true);
      this.#server.keys = InitialKeys.of(packet.version, packet.destination, false);
    }
    if (side.keys === null || side.crypto.isDone) return;
    const opened = side.keys.open(octets, packet.numberAt - packet.start);
    if (opened === null) return;
    this.#opened++;
    this.#conn.confirm();
    const frames = readInitialFrames(new ByteReader(opened));
    for (const { offset, octets: piece } of frames.crypto) {
      const hello = side.crypto.add(offset, piece);
      if (hello !== null) this.#hello(hello, fromOriginator);
    }
    if (!frames.closes) return;
    this.#addLetter("c", fromOriginator);
    this.#write();
  }

  #hello(message: Uint8Array, fromOriginator: boolean): void {
    this.#addLetter("s", fromOriginator);
    const row = this.#row;
    if (fromOriginator && row !== null) {
      const hello = readClientHello(new ByteReader(message, HANDSHAKE_HEADER), false);
      const protocols = hello?.alpn ?? [];
      row.server_name = hello?.serverNames[0] ?? null;
      row.client_protocol = protocols[0] ?? null;
      if (protocols.length > 1) this.#out.weird("QUIC_many_protocols", `[${protocols.join(", ")}]`, null);
    }
    const record = new Uint8Array(5 + message.length);
    record.set([22, 3, 3, message.length >> 8, message.length & 0xff]);
    record.set(message, 5);
    this.#inner ??= this.#conn.inner("tcp", "quic");
    this.#inner.data(record, 0, record.length, fromOriginator);
  }

  #shortPacket(octets: number, fromOriginator: boolean): void {
    const side = fromOriginator ? this.#client : this.#server;
    this.#seal(octets, fromOriginator);
    if (++side.shortPackets !== side.nextShort) return;
    side.nextShort *= 2;
    if (this.#row === null)
      this.#out.weird("QUIC_spurious_short_packet_threshold_crossed", String(side.shortPackets), null);
    this.#addLetter("o", fromOriginator);
  }

  #seal(octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#client : this.#server).sealedOctets += octets;
    this.#conn.seal(octets);
  }

  #addLetter(letter: string, fromOriginator: boolean): void {
    const row = this.#row;
    if (row === null || row.history!.length >= MAX_HISTORY) return;
    row.history += fromOriginator ? letter.toUpperCase() : letter;
    if (row.history!.length === MAX_HISTORY) this.#out.weird("QUIC_max_history_length_reached", undefined, null);
  }

  /** The row that a packet belongs to; a retry or a version that cannot be read tells nothing new to one that there is. */
  #begin({ type, version, destination, source }: LongPacket, fromOriginator: boolean): void {
    const { now } = this.#conn;
    this.#to = now;
    if (this.#row === null) {
      this.#from = now;
      this.#row = emptyRow(versionName(version));
    } else if (type === "retry" || type === "unknown") return;
    const row = this.#row;
    const id = Buffer.from(source).toString("hex");
    if (fromOriginator) {
      if (destination.length > 0) row.client_initial_dcid ??= Buffer.from(destination).toString("hex");
      row.client_scid = id;
    } else {
      row.server_scid = id;
    }
  }

  #write(): void {
    const row = this.#row;
    if (row === null) return;
    this.#row = null;
    row.orig_sealed_octets = this.#client.sealedOctets;
    row.resp_sealed_octets = this.#server.sealedOctets;
    this.#out.emit(QUIC_RECORD, row, this.#from!, this.#to ?? this.#from!);
  }
}

/** As Zeek's base/protocols/quic/consts.zeek names versions. */
function versionName(version: number): string {
  if (version === QUIC_V1) return "1";
  if (version === QUIC_V2) return "quicv2";
  if (isMvfst(version)) return `mvfst (${version.toString(16)})`;
  const draft = version - 0xff000000;
  return draft >= 22 && draft <= 34 ? `draft-${draft}` : `unknown-${version.toString(16)}`;
}

function emptyRow(version: string): Row {
  return {
    version,
    client_initial_dcid: null,
    client_scid: null,
    server_scid: null,
    server_name: null,
    client_protocol: null,
    history: "",
    orig_sealed_octets: null,
    resp_sealed_octets: null,
  };
}
