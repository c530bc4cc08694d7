import { Charge, textWeight } from "../../bytes/held-budget.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Connection, InnerStream, RecordSink } from "../protocol.ts";
import { ApiStreams, keepUpgrade } from "./api-streams.ts";
import { Authentication } from "./authentication.ts";
import type { BodyMeter } from "./body.ts";
import { FramingHeaders, firstToken } from "./framing-headers.ts";
import type { BodyPlan, MessageHandler } from "./message-reader.ts";
import { requestMeter, responseMeter } from "./message-files.ts";
import { MessageReader } from "./message-reader.ts";
import { HTTP_RECORD } from "./records.ts";
import { reportHttpObjects } from "./stored-objects.ts";
import { endsInVersion, parseRequestLine, requestVersionOf, parseStatusLine, unescapeUri } from "./start-line.ts";
import { Transaction, shown } from "./transaction.ts";
import type { WebSocketHandshake } from "../websocket/handshake.ts";
import { addHeader, leaveHandshake, newHandshake } from "../websocket/handshake.ts";
import { keepUpgradedRequest } from "./upgraded-request.ts";
import type { HTTP_WEIRDS } from "./weirds.ts";

type Weird = (typeof HTTP_WEIRDS)[number];

/** Requests without a response above which all are written (Zeek's HTTP::max_pending_requests). */
const MAX_PENDING = 100;

/** Methods that are no surprise (Zeek's HTTP::http_methods). */
const METHODS = new Set(
  (
    "GET POST HEAD OPTIONS PUT DELETE TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK POLL REPORT " +
    "SUBSCRIBE BMOVE SEARCH QUERY PATCH"
  ).split(" "),
);

const NO_BODY: BodyPlan = { kind: "none" };
const UNTIL_CLOSE: BodyPlan = { kind: "until-close" };

/** HTTP/1.x and 0.9 on one connection: pairs requests with responses as Zeek's base/protocols/http/main.zeek does. */
export class HttpExchange {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  /** Each side's reader is made when that side first speaks: many connections wait for an answer that never comes. */
  #requestReader: MessageReader | null = null;
  #responseReader: MessageReader | null = null;
  readonly #authentication: Authentication;
  readonly #apis: ApiStreams;
  /** The side that sends responses opened the connection (a start in mid-stream can hide who did). */
  readonly #isFlipped: boolean;
  readonly #pending = new Map<number, Transaction>();
  /** What these take. */
  readonly #charge = new Charge();
  #currentRequest = 0;
  #currentResponse = 0;
  #depth = 0;
  /** Methods of requests whose final response has not been seen. */
  #unanswered: readonly string[] = [];
  /** Version that each side said first. */
  #requestVersion: string | null = null;
  #replyVersion: string | null = null;
  #isOver = false;
  #isConfirmed = false;
  #upgraded: InnerStream | null = null;
  #handshake: WebSocketHandshake | null = null;

  constructor(conn: Connection, out: RecordSink, isFlipped: boolean) {
    this.#conn = conn;
    this.#out = out;
    this.#isFlipped = isFlipped;
    this.#authentication = new Authentication(conn);
    this.#apis = new ApiStreams(conn);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator !== this.#isFlipped ? this.#requests : this.#responses).read(r);
    if (this.#upgraded !== null) {
      if (r.left > 0) this.#upgraded.data(r.source, r.pos, r.end, fromOriginator);
      return;
    }
    if (this.#isOver) return;
    if (this.#requestReader?.isOver === true && this.#responseReader?.isOver === true)
      this.#end("neither side goes on with HTTP");
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#upgraded !== null) this.#upgraded.gap(octets, fromOriginator);
    else if (!this.#isOver) (fromOriginator !== this.#isFlipped ? this.#requests : this.#responses).gap(octets);
  }

  close(): void {
    if (!this.#isOver) {
      this.#requestReader?.close();
      this.#responseReader?.close();
    }
    this.#flush();
    this.#authentication.close();
    this.#apis.close();
    this.#upgraded?.close();
  }

  get #requests(): MessageReader {
    return (this.#requestReader ??= new MessageReader(this.#conn, !this.#isFlipped, this.#requestHandler()));
  }

  get #responses(): MessageReader {
    return (this.#responseReader ??= new MessageReader(this.#conn, this.#isFlipped, this.#responseHandler()));
  }

  #requestHandler(): MessageHandler {
    let framing = this.#framing();
    let meter: BodyMeter | null = null;
    let version = "1.1";
    return {
      startLine: (line) => {
        const said = requestVersionOf(line);
        if (said !== null) this.#requestVersion = this.#sameVersion(this.#requestVersion, said);
        const request = parseRequestLine(line);
        if (request === null) {
          const fault = endsInVersion(line) ? "bad_HTTP_request_with_version" : "bad_HTTP_request";
          this.#weird(line === "" ? "empty_http_request" : fault);
          if (line !== "") this.#notHttp("not a http request line");
          return false;
        }
        if (request.target === "") this.#weird("missing_HTTP_uri");
        if (request.version === "0.9" && request.method !== "GET")
          this.#weird("invalid_http_09_request_method", request.method);
        if (!METHODS.has(request.method)) this.#out.weird("unknown_HTTP_method", request.method, null);
        framing = this.#framing();
        version = request.version;
        const transaction = this.#newRequest();
        transaction.row.method = request.method;
        transaction.row.uri = shown(unescapeUri(request.target, (oddity) => this.#weird(oddity)));
        transaction.row.request_version = version;
        transaction.asks(request.method, request.target);
        this.#unanswered = [...this.#unanswered, request.method];
        if (version === "0.9") this.#responses.rawUntilClose();
        this.#confirm();
        return true;
      },
      header: (name, value) => {
        const transaction = this.#request();
        transaction.requestHeader(name, value);
        transaction.api.header(true, name, value);
        this.#webSocketHeader(name, value, true);
        framing.header(name, value, version === "1.1", false);
        if (name === "authorization" || name === "proxy-authorization") {
          this.#authentication.credentials(transaction, value, !this.#isFlipped);
        }
      },
      headersEnd: () => {
        const { api, from, row } = this.#request();
        this.#apis.request(api, from, row.host, row.request_content_type);
        return framing.plan(NO_BODY);
      },
      bodyData: (bytes, start, end) => {
        (meter ??= requestMeter(this.#conn, this.#out, framing, this.#isFlipped)).add(bytes, start, end);
        const { api, telltales } = this.#request();
        this.#apis.data(api, true, bytes, start, end);
        telltales.body(true, bytes, start, end);
      },
      bodySkipped: (octets) => {
        meter?.skipped(octets);
        this.#apis.missed(this.#request().api, true, octets);
      },
      bodyLost: (octets) => {
        (meter ??= requestMeter(this.#conn, this.#out, framing, this.#isFlipped)).lost(octets);
        this.#apis.lost(this.#request().api, true, octets);
      },
      bodyWants: () => this.#wants(this.#request(), true) || (meter?.wants ?? true),
      messageEnd: (isComplete) => {
        const transaction = this.#request();
        transaction.to = this.#conn.now;
        this.#apis.end(transaction.api, true, isComplete);
        transaction.telltales.bodyEnd(true);
        if (meter === null) return;
        transaction.requestBody(meter.finish(isComplete), meter.files, isComplete);
        meter = null;
      },
      oddity: (name, addl) => this.#weird(name, addl),
    };
  }

  #responseHandler(): MessageHandler {
    let framing = this.#framing();
    let meter: BodyMeter | null = null;
    let version = "1.1";
    let code = 0;
    let upgrade = "";
    let changes = false;
    const begin = (newVersion: string, newCode: number, reason: string | null): void => {
      framing = this.#framing();
      version = newVersion;
      code = newCode;
      upgrade = "";
      changes = false;
      this.#newResponse(version, code, reason ?? "<empty>");
    };
    return {
      startLine: (line) => {
        const status = parseStatusLine(line);
        if (status === null) {
          if (line !== "") {
            this.#weird("bad_HTTP_reply");
            this.#notHttp("not a http reply line");
          }
          return false;
        }
        this.#replyVersion = this.#sameVersion(this.#replyVersion, status.version);
        begin(status.version, status.code, status.reason);
        if (this.#unanswered.length > 0) this.#confirm();
        return true;
      },
      header: (name, value) => {
        const transaction = this.#response();
        transaction.responseHeader(name, value);
        transaction.api.header(false, name, value);
        this.#webSocketHeader(name, value, false);
        framing.header(name, value, version === "1.1", code === 206);
        if (name === "www-authenticate" || name === "proxy-authenticate") {
          this.#authentication.challenge(transaction, value, this.#isFlipped);
        } else if (name === "upgrade") {
          upgrade = value;
        } else if (name === "connection" && firstToken(value) === "upgrade") {
          changes = true;
        }
      },
      headersEnd: () => {
        const transaction = this.#response();
        this.#authentication.answered(transaction, code);
        const { api, row } = transaction;
        this.#apis.response(api, code, row.response_content_type, row.request_body_len ?? 0);
        const method = this.#unanswered[0]?.toUpperCase();
        if (method === "CONNECT" && code === 200) {
          transaction.row.upgrade = "tunnel";
          this.#conn.proxied("Tunnel::HTTP");
          this.#giveUp(transaction, "tunnel");
          return NO_BODY;
        }
        if (code === 101 && changes && upgrade !== "") {
          transaction.row.upgrade = shown(upgrade.toLowerCase());
          this.#giveUp(transaction, transaction.row.upgrade);
          return NO_BODY;
        }
        const isBodyless = method === "HEAD" || (code >= 100 && code < 200) || code === 204 || code === 304;
        return isBodyless ? NO_BODY : framing.plan(UNTIL_CLOSE);
      },
      bodyData: (bytes, start, end) => {
        // HTTP/0.9 has neither status line nor headers.
        if (meter === null && this.#isRaw()) begin("0.9", 0, null);
        (meter ??= responseMeter(this.#conn, this.#out, framing, this.#isFlipped, this.#response())).add(
          bytes,
          start,
          end,
        );
        const { api, telltales } = this.#response();
        this.#apis.data(api, false, bytes, start, end);
        telltales.body(false, bytes, start, end);
      },
      bodySkipped: (octets) => {
        meter?.skipped(octets);
        this.#apis.missed(this.#response().api, false, octets);
      },
      bodyLost: (octets) => {
        (meter ??= responseMeter(this.#conn, this.#out, framing, this.#isFlipped, this.#response())).lost(octets);
        this.#apis.lost(this.#response().api, false, octets);
      },
      bodyWants: () => this.#wants(this.#response(), false) || (meter?.wants ?? true),
      messageEnd: (isComplete) => {
        if (this.#isOver) return;
        const transaction = this.#response();
        transaction.to = this.#conn.now;
        this.#apis.end(transaction.api, false, isComplete);
        if (meter !== null) {
          transaction.responseBody(meter.finish(isComplete), meter.files, isComplete);
          meter = null;
        }
        // After an interim response the real one is still to come.
        if (code >= 100 && code < 200) return;
        this.#unanswered = this.#unanswered.slice(1);
        this.#pending.delete(this.#currentResponse);
        this.#emit(transaction);
      },
      oddity: (name, addl) => this.#weird(name, addl),
    };
  }

  #newRequest(): Transaction {
    if (this.#currentRequest < this.#currentResponse) {
      this.#weird("HTTP_response_before_request");
      this.#currentRequest = this.#currentResponse;
    }
    if (this.#pending.size > MAX_PENDING) {
      this.#weird("HTTP_excessive_pipelining");
      if (this.#currentResponse === 0) this.#currentResponse++;
      for (; this.#currentResponse < this.#currentRequest; this.#currentResponse++) {
        const old = this.#pending.get(this.#currentResponse);
        if (old === undefined) continue;
        this.#pending.delete(this.#currentResponse);
        this.#emit(old);
        this.#out.forgot("HTTP request");
      }
      this.#unanswered = [];
    }
    this.#currentRequest++;
    return this.#request();
  }

  #newResponse(version: string, code: number, reason: string): void {
    const before = this.#pending.get(this.#currentResponse);
    const status = before?.row.status_code ?? null;
    if (before === undefined || (status !== null && !(status >= 100 && status < 200))) this.#currentResponse++;
    const { row } = this.#response();
    row.status_code = code;
    row.status_msg = shown(reason);
    row.version = version;
    if (code < 100 || code >= 200) return;
    row.info_code = code;
    row.info_msg = row.status_msg;
  }

  /** The transaction that what the client sends belongs to. */
  #request(): Transaction {
    return this.#transaction(this.#currentRequest);
  }

  /** The transaction that what the server sends belongs to. */
  #response(): Transaction {
    return this.#transaction(this.#currentResponse);
  }

  #transaction(number: number): Transaction {
    let transaction = this.#pending.get(number);
    if (transaction === undefined) {
      transaction = new Transaction(++this.#depth, this.#conn.now, this.#charge);
      this.#pending.set(number, transaction);
    }
    return transaction;
  }

  #wants(transaction: Transaction, isRequest: boolean): boolean {
    return this.#apis.wants(transaction.api, isRequest) > 0 || transaction.telltales.wants(isRequest);
  }

  /** True if the response to be read has no status line. */
  #isRaw(): boolean {
    const request = this.#pending.get(this.#currentResponse + 1) ?? this.#pending.get(this.#currentResponse);
    return request?.row.request_version === "0.9" && request.row.status_code === null;
  }

  /** From here on the connection carries something else. */
  #giveUp(transaction: Transaction, to: string): void {
    transaction.to = this.#conn.now;
    this.#apis.end(transaction.api, false, true);
    this.#isOver = true;
    this.#responses.pause();
    this.#flush();
    // Frames of WebSocket cannot be told by their octets: they go to a stream that is named for them.
    if (to === "websocket") {
      this.#leaveHandshake(transaction);
      this.#upgraded = this.#conn.inner("tcp", "websocket");
    } else {
      if (to === "h2c") keepUpgradedRequest(this.#conn, transaction);
      else if (to !== "tunnel") keepUpgrade(this.#conn, to);
      this.#conn.handOver();
    }
  }

  /** Headers of WebSocket are gathered over all messages of the connection, as Zeek does. */
  #webSocketHeader(name: string, value: string, isClient: boolean): void {
    if (!name.startsWith("sec-websocket-")) return;
    this.#handshake ??= newHandshake();
    this.#charge.add(textWeight(value));
    addHeader(this.#handshake, name, shown(value), isClient);
  }

  #leaveHandshake({ row }: Transaction): void {
    const handshake = this.#handshake ?? newHandshake();
    handshake.host = row.host;
    handshake.uri = row.uri;
    handshake.userAgent = row.user_agent;
    leaveHandshake(this.#conn, handshake);
  }

  /** A line is no first line of a message: ends it all if this was HTTP before; else only this side is not read on. */
  #notHttp(reason: string): void {
    if (this.#isConfirmed) this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#requestReader?.close();
    this.#responseReader?.close();
    this.#isOver = true;
    this.#flush();
    this.#authentication.close();
    this.#apis.close();
    this.#conn.violate(reason);
  }

  #confirm(): void {
    this.#isConfirmed = true;
    this.#conn.confirm();
  }

  #flush(): void {
    for (const [number, transaction] of this.#pending) if (number > 0) this.#emit(transaction);
    this.#pending.clear();
  }

  #emit(transaction: Transaction): void {
    transaction.finish();
    this.#out.emit(HTTP_RECORD, transaction.row, transaction.from, transaction.to);
    reportHttpObjects(this.#conn, this.#out, transaction);
  }

  #framing(): FramingHeaders {
    return new FramingHeaders(this.#out);
  }

  /** The version that one side said before, or the one it says now; a change is odd. */
  #sameVersion(before: string | null, now: string): string {
    if (before === null) return now;
    if (before !== now) this.#weird("HTTP_version_mismatch");
    return before;
  }

  #weird(name: Weird, addl?: string): void {
    this.#out.weird(name, addl);
  }
}
