import type { HttpApi, HttpHead } from "../http-message.ts";
import { LONGEST_TARGET, keepHeader } from "../http-message.ts";
import type { Connection, InnerStream, Moment } from "../protocol.ts";
import { HTTP_APIS } from "./apis.ts";

/** The messages of one API on a connection. */
interface ApiStream {
  readonly api: HttpApi;
  readonly inner: InnerStream;
  /** Exchange whose octets go by, of each direction: HTTP/2 mixes them. */
  request: number;
  response: number;
}

/** One message of an exchange, as far as it went by. */
class Message {
  /** Null before the first. */
  headers: Map<string, string> | null = null;
  /** Set once its headers ended. */
  head: HttpHead | null = null;
  /** Octets of its body that are still needed. */
  wants = 0;
  /** Octets of its body that were never captured. */
  lost = 0;
  isOver = false;
}

/** What APIs may want to know of one exchange while it goes by; hangs on its transaction. */
export class ApiExchange {
  readonly number: number;
  readonly request = new Message();
  readonly response = new Message();
  stream: ApiStream | null = null;
  method: string | null = null;
  target: string | null = null;

  constructor(number: number) {
    this.number = number;
  }

  header(isRequest: boolean, name: string, value: string): void {
    keepHeader((this.message(isRequest).headers ??= new Map<string, string>()), name, value);
  }

  /** Method and target, as sent. */
  asks(method: string, target: string): void {
    this.method = method;
    this.target = target.slice(0, LONGEST_TARGET);
  }

  message(isRequest: boolean): Message {
    return isRequest ? this.request : this.response;
  }
}

/** Passes the messages of APIs on to streams of carrier "http", those of one API on a connection to the same. */
export class ApiStreams {
  readonly #conn: Connection;
  #streams: readonly ApiStream[] = [];
  readonly #upgraded: string | null;

  constructor(conn: Connection) {
    this.#conn = conn;
    this.#upgraded = (conn.shared(upgradeKey(conn)) as string | undefined) ?? null;
  }

  /** The headers of a request have ended. */
  request(exchange: ApiExchange, from: Moment, host: string | null, contentType: string | null): void {
    const { method, target, number, request } = exchange;
    // A spread object would have a shape of its own in every exchange.
    request.head = {
      exchange: number,
      isRequest: true,
      from,
      host,
      contentType,
      status: null,
      method,
      target,
      headers: request.headers ?? NO_HEADERS,
      upgraded: this.#upgraded,
    };
    this.#choose(exchange);
    this.#begin(exchange, request);
  }

  /** The headers of a response have ended; interim ones have the same number as the final one. */
  response(exchange: ApiExchange, status: number, contentType: string | null, requestOctets: number): void {
    const { number, request, response, stream } = exchange;
    response.head = {
      exchange: number,
      isRequest: false,
      from: this.#conn.now,
      host: null,
      contentType,
      status,
      method: null,
      target: null,
      headers: response.headers ?? NO_HEADERS,
      upgraded: this.#upgraded,
    };
    response.headers = null;
    response.isOver = false;
    if (stream === null && status >= 200) {
      this.#choose(exchange);
      if (exchange.stream !== null && request.head !== null) this.#catchUp(exchange, exchange.stream, requestOctets);
    }
    this.#begin(exchange, response);
  }

  data(exchange: ApiExchange, isRequest: boolean, bytes: Uint8Array, start: number, end: number): void {
    const { stream } = exchange;
    const message = exchange.message(isRequest);
    if (stream === null || message.head === null) return;
    message.wants -= end - start;
    this.#turn(stream, exchange.number, isRequest);
    stream.inner.data(bytes, start, end, isRequest);
  }

  /** Octets of a body were never captured. */
  lost(exchange: ApiExchange, isRequest: boolean, octets: number): void {
    exchange.message(isRequest).lost += octets;
    this.missed(exchange, isRequest, octets);
  }

  /** Octets of a body that nobody looked at. */
  missed(exchange: ApiExchange, isRequest: boolean, octets: number): void {
    const { stream } = exchange;
    if (stream === null || octets <= 0 || exchange.message(isRequest).head === null) return;
    this.#turn(stream, exchange.number, isRequest);
    stream.inner.gap(octets, isRequest);
  }

  /** Octets of the message's body that may not be skipped. */
  wants(exchange: ApiExchange, isRequest: boolean): number {
    return exchange.stream === null ? 0 : Math.max(0, exchange.message(isRequest).wants);
  }

  /** A message is over. May be said more than once. */
  end(exchange: ApiExchange, isRequest: boolean, isComplete: boolean): void {
    const message = exchange.message(isRequest);
    if (message.isOver) return;
    message.isOver = true;
    if (message.head === null) return;
    const lost = message.lost === 0 ? {} : { lost: message.lost };
    exchange.stream?.inner.tell({
      kind: "http-message-end",
      exchange: exchange.number,
      isRequest,
      isComplete,
      ...lost,
    });
  }

  close(): void {
    for (const { inner } of this.#streams) inner.close();
  }

  #choose(exchange: ApiExchange): void {
    const request = exchange.request.head;
    const response = exchange.response.head;
    const api = HTTP_APIS.find((candidate) => candidate.matches(request, response));
    if (api === undefined) return;
    let stream = this.#streams.find((open) => open.api === api);
    if (stream === undefined) {
      stream = { api, inner: this.#conn.inner("http", api.name), request: 0, response: 0 };
      // No octets yet: its name is enough to know what is in it.
      stream.inner.data(EMPTY, 0, 0, request !== null);
      this.#streams = [...this.#streams, stream];
    }
    exchange.stream = stream;
  }

  #begin({ stream, number }: ApiExchange, message: Message): void {
    if (stream === null || message.head === null) return;
    message.wants = stream.api.wants(message.head);
    stream[message.head.isRequest ? "request" : "response"] = number;
    stream.inner.tell({ kind: "http-message", ...message.head });
  }

  /** The response showed what the request was: the request is told now, its body is gone. */
  #catchUp(exchange: ApiExchange, { inner }: ApiStream, requestOctets: number): void {
    this.#begin(exchange, exchange.request);
    if (requestOctets > 0) inner.gap(requestOctets, true);
    if (!exchange.request.isOver) return;
    inner.tell({ kind: "http-message-end", exchange: exchange.number, isRequest: true, isComplete: true });
  }

  #turn(stream: ApiStream, number: number, isRequest: boolean): void {
    const direction = isRequest ? "request" : "response";
    if (stream[direction] === number) return;
    stream[direction] = number;
    stream.inner.tell({ kind: "http-turn", exchange: number, isRequest });
  }
}

/** Remembers what a connection changes to, for the HTTP/2 that may follow. */
export function keepUpgrade(conn: Connection, protocol: string): void {
  conn.pair.set(upgradeKey(conn), protocol);
}

function upgradeKey({ uid }: Connection): string {
  return `http upgrade ${uid}`;
}

const EMPTY = new Uint8Array(0);
const NO_HEADERS: ReadonlyMap<string, string> = new Map();
