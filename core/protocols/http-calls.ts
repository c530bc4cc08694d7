import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { GatheredOctets } from "../bytes/gathered-octets.ts";
import { Charge, ENTRY, textWeight } from "../bytes/held-budget.ts";
import { unpackedBound } from "../bytes/unpacked-bound.ts";
import type { ByteReader } from "../bytes/reader.ts";
import type { HttpHead } from "./http-message.ts";
import type { Analyzer, CarrierFact, Connection, Moment } from "./protocol.ts";

/** Calls that wait for their end: what HTTP/2 may have under way, and more than clients of HTTP/1 send ahead. */
const MOST_CALLS = 1024;
/** Most octets of bodies that all calls of a connection keep at one time. */
const MOST_KEPT = 16 << 20;

/** Who gets the octets of a body as they go by. */
export interface BodySink {
  data(bytes: Uint8Array, start: number, end: number): void;
  gap(octets: number): void;
}

/** A request or a response. */
export class HttpMessage {
  readonly head: HttpHead;
  /** So many octets of its body are kept; set when it begins. */
  keep = 0;
  sink: BodySink | null = null;
  /** Octets of its body: those that went by, and those of them that were not seen. */
  octets = 0;
  lost = 0;
  /** Of those the octets that were never captured; known once it is over. */
  neverCaptured = 0;
  isOver = false;
  isComplete = false;
  /** Frame in which it ended. */
  to: Moment;
  /** Octets of memory that it takes without its body, about. */
  readonly weight: number;
  readonly #kept = new GatheredOctets();

  constructor(head: HttpHead) {
    this.head = head;
    this.to = head.from;
    this.weight = 2 * ENTRY + textWeight(head.target);
    for (const value of head.headers.values()) this.weight += textWeight(value);
  }

  header(name: string): string | null {
    return this.head.headers.get(name) ?? null;
  }

  /** Octets that are kept. */
  get kept(): number {
    return this.#kept.length;
  }

  /** True if all of its body is kept. */
  get isWhole(): boolean {
    return this.isComplete && this.lost === 0 && this.#kept.length === this.octets;
  }

  /** @returns Octets that are kept of it. */
  add(bytes: Uint8Array, start: number, end: number, room: number): number {
    const octets = this.lost > 0 ? 0 : Math.min(this.keep - this.#kept.length, end - start, room);
    if (octets > 0) this.#kept.add(bytes, start, start + octets);
    this.octets += end - start;
    this.sink?.data(bytes, start, end);
    return Math.max(0, octets);
  }

  gap(octets: number): void {
    this.octets += octets;
    this.lost += octets;
    this.sink?.gap(octets);
  }

  /** The body as far as it is kept, from its beginning on. */
  body(): Buffer {
    return this.#kept.octets();
  }

  /** The body as UTF-8, unpacked if it is packed as a whole; "" if it cannot be. */
  text(): string {
    const body = this.body();
    const coding = this.header("content-encoding")?.toLowerCase() ?? "";
    const options = { maxOutputLength: unpackedBound(body.length) };
    try {
      if (coding === "gzip" || coding === "x-gzip") return gunzipSync(body, options).toString("utf8");
      if (coding !== "deflate") return body.toString("utf8");
      return (((body[0] ?? 0) & 0x0f) === 8 ? inflateSync : inflateRawSync)(body, options).toString("utf8");
    } catch {
      // Cut short, damaged, or a bomb: there is no text to read.
      return "";
    }
  }
}

/** RFC 9110 15.2.2 */
const SWITCHING_PROTOCOLS = 101;

/** A request with its response; one of them may not have been captured. */
export interface HttpCall {
  request: HttpMessage | null;
  response: HttpMessage | null;
}

export interface HttpCallHandler {
  /** The headers of a message ended: it may be told what to keep of its body. */
  begin(call: HttpCall, message: HttpMessage): void;
  /** Request and response are over, or the connection is. */
  over(call: HttpCall): void;
}

/** The analyzer of an interface over HTTP: joins the messages of a stream of carrier "http" to calls. */
export class HttpCalls implements Analyzer {
  readonly #conn: Connection;
  readonly #handler: HttpCallHandler;
  readonly #calls = new Map<number, HttpCall>();
  #kept = 0;
  readonly #charge = new Charge();
  /** Messages whose octets go by. */
  #request: HttpMessage | null = null;
  #response: HttpMessage | null = null;

  constructor(conn: Connection, handler: HttpCallHandler) {
    this.#conn = conn;
    this.#handler = handler;
  }

  data(r: ByteReader, isRequest: boolean): void {
    const message = isRequest ? this.#request : this.#response;
    if (message !== null && r.left > 0)
      this.#keep(message.add(r.source, r.pos, r.end, Math.max(0, MOST_KEPT - this.#kept)));
    r.pos = r.end;
  }

  gap(octets: number, isRequest: boolean): void {
    (isRequest ? this.#request : this.#response)?.gap(octets);
  }

  told(fact: CarrierFact): void {
    switch (fact.kind) {
      case "http-message":
        this.#begin(fact);
        break;
      case "http-turn": {
        const call = this.#calls.get(fact.exchange);
        if (fact.isRequest) this.#request = call?.request ?? null;
        else this.#response = call?.response ?? null;
        break;
      }
      case "http-message-end":
        this.#end(fact);
        break;
      case "auth-result":
    }
  }

  close(): void {
    for (const [number, call] of this.#calls) this.#over(number, call);
  }

  #keep(octets: number): void {
    this.#kept += octets;
    this.#charge.add(octets);
  }

  #begin(head: HttpHead): void {
    const { exchange, isRequest, status } = head;
    // After an interim response the real one is still to come; behind 101 it would be in another protocol.
    if (!isRequest && status !== null && status >= 100 && status < 200 && status !== SWITCHING_PROTOCOLS) {
      this.#response = null;
      return;
    }
    let call = this.#calls.get(exchange);
    if (call === undefined) {
      this.#makeRoom(exchange);
      call = { request: null, response: null };
      this.#calls.set(exchange, call);
    }
    const message = new HttpMessage(head);
    this.#letGo(isRequest ? call.request : call.response);
    this.#charge.add(message.weight);
    if (isRequest) this.#request = call.request = message;
    else this.#response = call.response = message;
    this.#handler.begin(call, message);
  }

  #end({ exchange, isRequest, isComplete, lost = 0 }: CarrierFact & { kind: "http-message-end" }): void {
    const call = this.#calls.get(exchange);
    const message = isRequest ? call?.request : call?.response;
    if (call === undefined || !message) return;
    message.isOver = true;
    message.isComplete = isComplete;
    message.neverCaptured = lost;
    message.to = this.#conn.now;
    if (call.response?.isOver === true && call.request?.isOver !== false) this.#over(exchange, call);
  }

  #letGo(message: HttpMessage | null): void {
    if (message === null) return;
    this.#keep(-message.kept);
    this.#charge.add(-message.weight);
  }

  /** Servers may answer before a request is over, and HTTP/1 then says no more of it: the next request ends it. */
  #makeRoom(exchange: number): void {
    for (const [number, call] of this.#calls) {
      if (call.response?.isOver === true && number < exchange) this.#over(number, call);
      else if (this.#calls.size >= MOST_CALLS || this.#kept > MOST_KEPT / 2) this.#over(number, call);
      else break;
    }
  }

  #over(number: number, call: HttpCall): void {
    this.#calls.delete(number);
    for (const message of [call.request, call.response]) {
      if (message === null) continue;
      this.#letGo(message);
      if (message === this.#request) this.#request = null;
      if (message === this.#response) this.#response = null;
    }
    this.#handler.over(call);
  }
}
