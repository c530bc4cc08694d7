import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { HttpExchange } from "./exchange.ts";
import { isRequestStart } from "./probe.ts";

/** HTTP on one connection; its first octets tell which side is the client. */
export class HttpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #exchange: HttpExchange | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#exchange === null) {
      // A capture that starts in mid-stream can hide who opened the connection.
      const isFlipped = fromOriginator ? r.startsWith("HTTP/") : isRequestStart(r);
      this.#exchange = new HttpExchange(this.#conn, this.#out, isFlipped);
    }
    this.#exchange.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#exchange?.gap(octets, fromOriginator);
  }

  close(): void {
    this.#exchange?.close();
  }
}
