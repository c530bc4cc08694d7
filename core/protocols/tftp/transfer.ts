import type { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { TftpMessage } from "./message.ts";
import { TFTP_RECORD } from "./records.ts";

type Row = { -readonly [K in keyof RowOf<typeof TFTP_RECORD>]: RowOf<typeof TFTP_RECORD>[K] };

/** Octets of a block unless options say otherwise. RFC 1350 2 */
const BLOCK_OCTETS = 512;
const BLOCKS = 0x1_0000;

/** Name of the value by which the connection with the data finds the request. */
export function transferKey(host: string, port: number): string {
  return `tftp ${host} ${port}`;
}

/** One file, from the request to its last block; requests and data may be on different connections. */
export class Transfer {
  readonly #out: RecordSink;
  readonly #from: Moment;
  #to: Moment;
  readonly #row: Row;
  #blockOctets = BLOCK_OCTETS;
  #totalOctets: number | null = null;
  #file: CarriedFile | null = null;
  #isWritten = false;
  /** The data have a connection of their own, which will tell when it is over. */
  isElsewhere = false;

  constructor(conn: Connection, out: RecordSink, request: Extract<TftpMessage, { kind: "request" }>) {
    this.#out = out;
    this.#from = this.#to = conn.now;
    this.#row = {
      wrq: request.isWrite,
      fname: request.name,
      mode: request.mode,
      uid_data: null,
      size: 0,
      block_sent: 0,
      block_acked: 0,
      error_code: null,
      error_msg: null,
      options: request.options.map(([name, value]) => `${name}=${value}`),
      is_complete: false,
      mime_type: null,
      fuid: null,
    };
    if (request.isWrite) this.#agree(request.options, false);
  }

  began(uid: string): void {
    this.isElsewhere = true;
    this.#row.uid_data = uid;
  }

  /** @param r At the data of a block. */
  message(message: TftpMessage, r: ByteReader, conn: Connection, fromOriginator: boolean): void {
    if (this.#isWritten) return;
    this.#to = conn.now;
    switch (message.kind) {
      case "data":
        this.#data(message.block, r, conn, fromOriginator);
        return;
      case "ack":
        this.#row.block_acked = this.#continued(message.block, this.#row.block_acked!);
        return;
      case "error":
        this.#row.error_code = message.code;
        this.#row.error_msg = message.text;
        this.end();
        return;
      case "options":
        this.#agree(message.options, true);
        return;
      case "request":
        return;
    }
  }

  end(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    this.#file?.close();
    if (this.#file !== null) this.#row.mime_type = this.#file.mimeType;
    this.#out.emit(TFTP_RECORD, this.#row, this.#from, this.#to);
  }

  #data(block: number, r: ByteReader, conn: Connection, fromOriginator: boolean): void {
    const row = this.#row;
    const number = this.#continued(block, row.block_sent!);
    // Sent again, or out of order: the first copy counts.
    if (number <= row.block_sent!) return;
    if (this.#file === null) {
      const facts = { source: "TFTP", isOrig: fromOriginator, filename: row.fname, totalOctets: this.#totalOctets };
      this.#file = conn.file(facts);
      row.fuid = this.#file.fuid;
    }
    const lost = number - row.block_sent! - 1;
    if (lost > 0) this.#file.gap(lost * this.#blockOctets);
    row.block_sent = number;
    row.size = row.size! + r.left;
    if (r.left < this.#blockOctets) row.is_complete = true;
    if (this.#file.wants) this.#file.data(r.source, r.pos, r.end);
    else this.#file.skipped(r.left);
  }

  /** Block numbers have 16 bits and go round in long transfers. */
  #continued(block: number, last: number): number {
    const forward = (block - (last % BLOCKS) + BLOCKS) % BLOCKS;
    return forward < BLOCKS / 2 ? last + forward : Math.max(0, last - (BLOCKS - forward));
  }

  #agree(options: readonly (readonly [string, string])[], isAnswer: boolean): void {
    for (const [name, value] of options) {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : null;
      if (number === null) continue;
      if (name === "blksize" && isAnswer && number >= 8 && number <= 65_464) this.#blockOctets = number;
      if (name === "tsize" && (isAnswer || number > 0)) this.#totalOctets = number;
    }
  }
}
