import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import type { AmandaPacket } from "./packet.ts";
import { FRAME_OCTETS, frameLength, parseDatagram, parseStreamPacket } from "./packet.ts";
import { AmandaRequest } from "./request.ts";

/** Octets of a piece that are looked at: a request with the description of what to dump. */
const HEAD = 4096;

/**
 * Amanda's programs among themselves over one TCP connection: requests and their answers, and the streams that they open, each piece with
 * the number of its stream. Handles of requests are positive, those of streams are what the answers announce.
 */
export class AmandaAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #messages: MessagePair;
  /** Handle of the request that is being dealt with. */
  #handle = -1;
  #request: AmandaRequest | null = null;
  #data: StorageLink | null = null;
  #octets = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: frameLength,
      message: (r, total) => this.#frame(r, total, fromOriginator),
      resumes: () => false,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#messages.gap(octets, fromOriginator);
  }

  close(): void {
    this.#request?.close();
    this.#request = null;
    if (this.#data === null) return;
    this.#data.row.detail = `${this.#octets} octets of a dump`;
    this.#data.close();
    this.#data = null;
  }

  /** A connection for the dump alone, which a request over UDP announced: its port is the number of the stream. */
  #carries(handle: number, octets: number): void {
    if (this.#data === null) {
      this.#data = new StorageLink(this.#conn, this.#out, "amanda", "backup server", "backup client");
      this.#data.row.service = "data";
      this.#data.row.outcome = "granted";
    }
    this.#data.saw();
    if (handle === this.#conn.respP) this.#octets += octets;
  }

  #frame(r: ByteReader, total: number, fromOriginator: boolean): boolean {
    r.skip(4);
    const handle = r.u32be();
    if (total === FRAME_OCTETS) return true;
    if (fromOriginator && isRequest(r)) {
      const packet = parseStreamPacket(r);
      this.#request?.close();
      this.#handle = handle;
      this.#request = packet === null ? null : new AmandaRequest(this.#conn, this.#out, packet);
    } else if (handle === this.#handle) {
      const packet = parseStreamPacket(r);
      if (packet !== null && !fromOriginator) this.#request?.answer(packet);
    } else if (this.#request === null) {
      this.#carries(handle, total - FRAME_OCTETS);
    } else if (!fromOriginator && handle === this.#request.dataHandle) {
      this.#request.carried(total - FRAME_OCTETS);
    } else if (fromOriginator) {
      this.#request.says(wireText(r, r.left));
    }
    return true;
  }
}

const REQUEST = 0;
const FIRST_WORD = "SE"; // SECURITY, SERVICE

/** True if the body of a request begins at `r`. */
export function isRequest(r: ByteReader): boolean {
  if (r.peekU8() !== REQUEST) return false;
  for (let i = 0; i < FIRST_WORD.length; i++) if (r.peekU8(1 + i) !== FIRST_WORD.charCodeAt(i)) return false;
  return true;
}

/** Amanda's programs among themselves over UDP. Dumps go over TCP connections that the answer announces. */
export class AmandaDatagramAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #request: AmandaRequest | null = null;
  #body = "";

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const packet = parseDatagram(r);
    if (packet === null) return;
    if (fromOriginator && packet.kind === "REQ") this.#asks(packet);
    else if (!fromOriginator) this.#answered(packet);
  }

  gap(): void {
    // Datagrams stand alone.
  }

  close(): void {
    this.#request?.close();
    this.#request = null;
  }

  #answered(packet: AmandaPacket): void {
    this.#request?.answer(packet);
    const port = this.#request?.dataHandle ?? null;
    if (port !== null && port <= 0xffff) this.#conn.expect(this.#conn.respH, port, "amanda");
  }

  /** The same request is sent again while it is not answered. */
  #asks(packet: AmandaPacket): void {
    if (this.#request !== null && packet.body === this.#body) return;
    this.close();
    this.#body = packet.body;
    this.#request = new AmandaRequest(this.#conn, this.#out, packet);
  }
}
