import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { parseTftp } from "./message.ts";
import { Transfer, transferKey } from "./transfer.ts";

/** Requests of a client, and what a server answers from the same port. */
export class TftpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #transfer: Transfer | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const message = parseTftp(r);
    if (message === null) {
      this.#out.weird("tftp_malformed_message");
      return;
    }
    if (message.kind !== "request") {
      this.#transfer?.message(message, r, this.#conn, fromOriginator);
      return;
    }
    this.#conn.confirm();
    this.close();
    this.#transfer = new Transfer(this.#conn, this.#out, message);
    // The server goes on from a port that it chooses: RFC 1350 4.
    const { origH, origP } = this.#conn;
    this.#conn.pair.set(transferKey(origH, origP), this.#transfer);
    this.#conn.expect(origH, origP, "tftp-data");
  }

  gap(): void {}

  close(): void {
    if (this.#transfer?.isElsewhere === false) this.#transfer.end();
    this.#transfer = null;
  }
}

/** The blocks of a file, between the client's port and the one that the server chose. */
export class TftpDataAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #transfer: Transfer | null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const key = transferKey(conn.respH, conn.respP);
    this.#transfer = (conn.pair.get(key) as Transfer | undefined) ?? null;
    conn.pair.delete(key);
    if (this.#transfer === null) return;
    conn.confirm();
    this.#transfer.began(conn.uid);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#transfer === null) {
      this.#conn.handOver();
      return;
    }
    const message = parseTftp(r);
    if (message === null) this.#out.weird("tftp_malformed_message");
    else this.#transfer.message(message, r, this.#conn, fromOriginator);
  }

  gap(): void {}

  close(): void {
    this.#transfer?.end();
  }
}
