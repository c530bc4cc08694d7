import { Charge } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { ApiStreams } from "../http/api-streams.ts";
import { Authentication } from "../http/authentication.ts";
import type { BodyMeter } from "../http/body.ts";
import { FramingHeaders } from "../http/framing-headers.ts";
import { requestMeter, responseMeter } from "../http/message-files.ts";
import { HTTP_RECORD } from "../http/records.ts";
import { reportHttpObjects } from "../http/stored-objects.ts";
import { unescapeUri } from "../http/start-line.ts";
import { Transaction, shown } from "../http/transaction.ts";
import { upgradedRequest } from "../http/upgraded-request.ts";
import type { WebSocketHandshake } from "../websocket/handshake.ts";
import { addHeader, leaveHandshake, newHandshake } from "../websocket/handshake.ts";
import type { Analyzer, Connection, InnerStream, RecordSink } from "../protocol.ts";
import type { FrameHandler } from "./direction.ts";
import { Direction } from "./direction.ts";
import { errorName } from "./frames.ts";
import type { Field } from "./hpack.ts";

/** Most streams under way at one time; servers allow some hundred. */
const MAX_STREAMS = 1000;

/** Octets of memory of one beside its transaction, about. */
const STREAM = 1024;

/** One direction of one stream. */
class Message {
  readonly framing = new FramingHeaders(null);
  meter: BodyMeter | null = null;
  sawHeaders = false;
  isOver = false;
}

/** A request with its response. */
class Exchange {
  readonly transaction: Transaction;
  readonly request = new Message();
  readonly response = new Message();
  /** What a CONNECT leads to, once the server agreed. */
  tunnel: InnerStream | null = null;
  protocol = "";
  handshake: WebSocketHandshake | null = null;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }
}

/** HTTP/2 on one connection: a row of `http` for each stream. RFC 9113 8 */
export class Http2Analyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #authentication: Authentication;
  readonly #apis: ApiStreams;
  /** In the order in which they were opened. */
  readonly #streams = new HeldMap<number, Exchange>(() => STREAM);
  /** What its transactions take. */
  readonly #charge = new Charge();
  /** Set by the first octets: who sends the preface is the client. */
  #client: Direction | null = null;
  #server: Direction | null = null;
  #isFlipped = false;
  #depth = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#authentication = new Authentication(conn);
    this.#apis = new ApiStreams(conn);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#client === null) {
      const isPreface = r.peekU8() === PREFACE_FIRST;
      this.#isFlipped = isPreface !== fromOriginator;
      this.#client = new Direction(this.#handler(true), true);
      this.#server = new Direction(this.#handler(false), false);
    }
    this.#direction(fromOriginator)!.read(r);
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#direction(fromOriginator)?.gap(octets);
  }

  close(): void {
    for (const exchange of this.#streams.values()) this.#emit(exchange, false);
    this.#streams.clear();
    this.#authentication.close();
    this.#apis.close();
  }

  #direction(fromOriginator: boolean): Direction | null {
    return fromOriginator !== this.#isFlipped ? this.#client : this.#server;
  }

  #handler(isClient: boolean): FrameHandler {
    return {
      headers: (stream, fields, ends, promised) => {
        if (promised !== 0) this.#headers(promised, fields, true, true);
        else this.#headers(stream, fields, ends, isClient);
      },
      data: (stream, bytes, start, end) => {
        const exchange = this.#streams.get(stream);
        if (exchange === undefined) return;
        if (exchange.tunnel !== null) exchange.tunnel.data(bytes, start, end, isClient !== this.#isFlipped);
        else this.#data(exchange, isClient, bytes, start, end);
      },
      dataLost: (stream, octets) => {
        const exchange = this.#streams.get(stream);
        if (exchange === undefined) return;
        if (exchange.tunnel !== null) exchange.tunnel.gap(octets, isClient !== this.#isFlipped);
        else this.#lost(exchange, isClient, octets);
      },
      dataEnd: (stream) => this.#ended(stream, isClient),
      reset: (stream, error) => {
        const exchange = this.#streams.get(stream);
        if (exchange === undefined) return;
        exchange.transaction.row.reset = `${isClient ? "client" : "server"}: ${errorName(error)}`;
        this.#close(stream, exchange, false);
      },
      settings: () => this.#conn.confirm(),
      trouble: (name, addl) => this.#out.weird(name, addl),
    };
  }

  #headers(stream: number, fields: readonly Field[], ends: boolean, isRequest: boolean): void {
    if (stream === 0) return;
    const exchange = this.#streams.get(stream) ?? this.#open(stream);
    const message = isRequest ? exchange.request : exchange.response;
    exchange.transaction.to = this.#conn.now;
    // A second block behind the body holds trailers.
    if (!message.sawHeaders) {
      if (isRequest) this.#request(exchange, message, fields);
      else this.#response(exchange, message, fields);
    }
    if (ends) this.#ended(stream, isRequest);
  }

  #open(stream: number): Exchange {
    if (this.#streams.size >= MAX_STREAMS) {
      const [oldest, exchange] = this.#streams.entries().next().value!;
      this.#out.weird("http2_too_many_streams");
      this.#out.forgot("HTTP/2 stream");
      this.#close(oldest, exchange, false);
    }
    const exchange = new Exchange(new Transaction(++this.#depth, this.#conn.now, this.#charge));
    const { row } = exchange.transaction;
    row.stream = stream;
    row.version = VERSION;
    this.#streams.set(stream, exchange);
    // The request that asked for HTTP/2 is answered on stream 1. RFC 7540 3.2
    const asked = stream === UPGRADED_STREAM ? upgradedRequest(this.#conn) : null;
    if (asked !== null) {
      Object.assign(row, asked);
      exchange.request.sawHeaders = exchange.request.isOver = true;
    }
    return exchange;
  }

  #request(exchange: Exchange, message: Message, fields: readonly Field[]): void {
    message.sawHeaders = true;
    const { transaction } = exchange;
    const { row } = transaction;
    row.request_version = VERSION;
    let method = "";
    let target = "";
    for (const { name, value } of fields) {
      switch (name) {
        case ":method":
          row.method = shown(value);
          method = value;
          break;
        case ":path":
          row.uri = shown(unescapeUri(value, () => undefined));
          target = value;
          break;
        case ":authority":
          row.host = shown(value);
          break;
        case ":protocol":
          exchange.protocol = value;
          if (value === "websocket") exchange.handshake = newHandshake();
          break;
        case "host":
          row.host ??= shown(value);
          break;
        case "authorization":
        case "proxy-authorization":
          this.#authentication.credentials(transaction, value, !this.#isFlipped);
          transaction.api.header(true, name, value);
          break;
        default:
          transaction.requestHeader(name, value);
          transaction.api.header(true, name, value);
          message.framing.header(name, value, false, false);
          if (exchange.handshake !== null) addHeader(exchange.handshake, name, shown(value), true);
      }
    }
    if (row.method === null) return;
    this.#conn.confirm();
    transaction.asks(method, target);
    if (method !== "CONNECT") this.#apis.request(transaction.api, transaction.from, row.host, row.request_content_type);
  }

  #response(exchange: Exchange, message: Message, fields: readonly Field[]): void {
    const { transaction } = exchange;
    const status = Number(fields.find(({ name }) => name === ":status")?.value ?? NaN);
    if (!Number.isInteger(status) || status < 100 || status > 999) return;
    transaction.row.status_code = status;
    if (status < 200) {
      transaction.row.info_code = status;
      return;
    }
    message.sawHeaders = true;
    for (const { name, value } of fields) {
      if (name.startsWith(":")) continue;
      transaction.responseHeader(name, value);
      transaction.api.header(false, name, value);
      message.framing.header(name, value, false, status === 206);
      if (name === "www-authenticate" || name === "proxy-authenticate") {
        this.#authentication.challenge(transaction, value, this.#isFlipped);
      }
    }
    this.#authentication.answered(transaction, status);
    const { api, row } = transaction;
    if (row.method !== "CONNECT")
      this.#apis.response(api, status, row.response_content_type, row.request_body_len ?? 0);
    if (row.method !== "CONNECT" || status >= 300) return;
    row.upgrade = exchange.protocol === "" ? "tunnel" : shown(exchange.protocol);
    const { handshake } = exchange;
    if (handshake !== null) {
      for (const { name, value } of fields) addHeader(handshake, name, shown(value), false);
      Object.assign(handshake, { host: row.host, uri: row.uri, userAgent: row.user_agent, isHttp2: true });
      leaveHandshake(this.#conn, handshake);
    }
    exchange.tunnel = this.#conn.inner("tcp", exchange.protocol === "websocket" ? "websocket" : "tunnel");
  }

  #data(exchange: Exchange, isClient: boolean, bytes: Uint8Array, start: number, end: number): void {
    this.#meter(exchange, isClient).add(bytes, start, end);
    this.#apis.data(exchange.transaction.api, isClient, bytes, start, end);
    exchange.transaction.telltales.body(isClient, bytes, start, end);
  }

  #lost(exchange: Exchange, isClient: boolean, octets: number): void {
    this.#meter(exchange, isClient).lost(octets);
    this.#apis.lost(exchange.transaction.api, isClient, octets);
  }

  #meter(exchange: Exchange, isClient: boolean): BodyMeter {
    const message = isClient ? exchange.request : exchange.response;
    return (message.meter ??= isClient
      ? requestMeter(this.#conn, this.#out, message.framing, this.#isFlipped)
      : responseMeter(this.#conn, this.#out, message.framing, this.#isFlipped, exchange.transaction));
  }

  #ended(stream: number, isClient: boolean): void {
    const exchange = this.#streams.get(stream);
    if (exchange === undefined) return;
    const message = isClient ? exchange.request : exchange.response;
    message.isOver = true;
    if (isClient) exchange.transaction.telltales.bodyEnd(true);
    this.#apis.end(exchange.transaction.api, isClient, true);
    exchange.transaction.to = this.#conn.now;
    if (exchange.request.isOver && exchange.response.isOver) this.#close(stream, exchange, true);
  }

  #close(stream: number, exchange: Exchange, isComplete: boolean): void {
    this.#streams.delete(stream);
    this.#emit(exchange, isComplete);
  }

  #emit(exchange: Exchange, isComplete: boolean): void {
    const { transaction, request, response } = exchange;
    if (request.meter !== null) {
      const isWhole = isComplete || request.isOver;
      transaction.requestBody(request.meter.finish(isWhole), request.meter.files, isWhole);
    }
    if (response.meter !== null) {
      const isWhole = isComplete || response.isOver;
      transaction.responseBody(response.meter.finish(isWhole), response.meter.files, isWhole);
    }
    for (const isRequest of [true, false]) this.#apis.end(transaction.api, isRequest, false);
    exchange.tunnel?.close();
    transaction.finish();
    this.#out.emit(HTTP_RECORD, transaction.row, transaction.from, transaction.to);
    reportHttpObjects(this.#conn, this.#out, transaction);
  }
}

const VERSION = "2";
const UPGRADED_STREAM = 1;
/** "P", with which the preface begins; a frame of a server begins with a length below it. */
const PREFACE_FIRST = 0x50;
