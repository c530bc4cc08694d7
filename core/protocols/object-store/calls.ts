import { utf8OfLatin1 } from "../../bytes/text.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { CarriedFile } from "../carried-file.ts";
import { ContentCheck, downloadOf, resticDigest } from "../content-check.ts";
import { reportObjectVersion } from "../object-version.ts";
import type { BodySink, HttpCall, HttpCallHandler, HttpMessage } from "../http-calls.ts";
import type { HttpTarget } from "../http-target.ts";
import { pathBehind, readTarget } from "../http-target.ts";
import type { Connection, RecordSink } from "../protocol.ts";
import { archiveActs } from "./archive-acts.ts";
import { AwsChunked, isAwsChunked } from "./aws-chunked.ts";
import { readAzureAnswer, readAzureRequest } from "./azure.ts";
import { readB2Answer, readB2Request } from "./b2.ts";
import { hasContentQuery } from "./content-queries.ts";
import { productOf, readCredentials } from "./credentials.ts";
import { Part } from "./parts.ts";
import { followUpload, isPart } from "./put-together.ts";
import { readGcsAnswer, readGcsRequest } from "./gcs.ts";
import { CONTROL_OCTETS, HEAD_OCTETS, serviceOf } from "./recognise.ts";
import { reportS3List } from "./listings.ts";
import { OBJECT_STORE_RECORD } from "./records.ts";
import type { Row, StoreCall } from "./row.ts";
import { emptyRow } from "./row.ts";
import { readS3Answer, readS3Request, showsBucketHost } from "./s3.ts";
import { readSwiftRequest } from "./swift.ts";

/** What is learnt of a body while it goes by. */
interface Watch {
  readonly check: ContentCheck | null;
  readonly chunks: AwsChunked | null;
  readonly file: CarriedFile | null;
  /** Of an upload in parts: one of them. */
  readonly part: Part | null;
  /** First octets of what is inside signed chunks. */
  readonly head: Uint8Array[];
}

const CONTENT_COMPS = /^(?:block|page|appendblock)$/;

/** Calls to an object store on one connection. */
export class ObjectStoreCalls implements HttpCallHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #watched = new WeakMap<HttpMessage, Watch>();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  begin({ request }: HttpCall, message: HttpMessage): void {
    const { head } = message;
    const method = request?.head.method ?? null;
    const target = readTarget(request?.head.target ?? "");
    const carriesObject = head.isRequest ? uploads(method, target) : downloads(method, head.status, target);
    message.keep = carriesObject ? HEAD_OCTETS : CONTROL_OCTETS;
    if (!carriesObject) return;
    const check = head.isRequest ? uploadCheck(message, target) : downloadCheck(message, target);
    const part = head.isRequest && isPart(target) ? new Part() : null;
    if (!head.isRequest || !isAwsChunked(head.headers)) {
      if (check === null && part === null) return;
      message.sink = part === null ? check : new Fan([check, part]);
      this.#watched.set(message, { check, chunks: null, file: null, part, head: [] });
      return;
    }
    const total = Number(head.headers.get("x-amz-decoded-content-length") ?? NaN);
    const totalOctets = Number.isSafeInteger(total) && total >= 0 ? total : null;
    const filename = pathBehind(target.path, 0);
    const file = this.#conn.file({ source: "S3", isOrig: true, filename, totalOctets });
    const first: Uint8Array[] = [];
    const chunks = new AwsChunked(new Fan([check, file, part, new Head(first)]));
    message.sink = chunks;
    this.#watched.set(message, { check, chunks, file, part, head: first });
  }

  over(call: HttpCall): void {
    const service = serviceOf(call.request?.head ?? null, call.response?.head ?? null);
    if (service === null) return;
    this.#conn.confirm(service);
    const row = emptyRow();
    row.service = service;
    const { request, response } = call;
    row.status_code = response?.head.status ?? null;
    row.response_octets = response?.octets ?? 0;
    const store = request === null ? null : this.#request(row, call, request);
    if (store !== null) this.#answer(store);
    const first = request ?? response;
    if (first === null) return;
    const from = first.head.from;
    const to = response?.to ?? first.to;
    this.#out.emit(OBJECT_STORE_RECORD, row, from, to);
    if (store !== null) reportS3List(this.#conn, this.#out, store, to);
    const file = request === null ? null : (this.#watched.get(request)?.file ?? null);
    if (file !== null && row.operation === "PutObject" && (row.status_code ?? 0) < 300) {
      const stored = { isWrite: true, share: row.bucket, object: row.key ?? "", actor: row.access_key, isNew: true };
      reportObjectVersion(this.#out, service, stored, file);
    }
    if (store !== null) followUpload(this.#conn, this.#out, store, this.#partOf(store.request), to);
    for (const act of archiveActs(row, this.#headOf(call))) reportArchiveOp(this.#out, service, act, from, to);
  }

  #request(row: Row, call: HttpCall, request: HttpMessage): StoreCall {
    const { head } = request;
    const target = readTarget(head.target ?? "");
    const store: StoreCall = { row, call, request, method: head.method ?? "", target };
    const agent = request.header("user-agent");
    row.host = head.host;
    row.user_agent = agent === null ? null : utf8OfLatin1(agent);
    row.product = productOf(agent) ?? (resticDigest(target.path) === null ? null : "restic");
    row.request_octets = request.octets;
    const watch = this.#watched.get(request);
    if (watch?.chunks) {
      row.request_octets = request.lost > 0 ? (declaredOctets(request) ?? watch.chunks.octets) : watch.chunks.octets;
      watch.file?.close();
    }
    row.content_verified = this.#verdictOf(request);
    readCredentials(store);
    switch (row.service) {
      case "azure_blob":
        readAzureRequest(store);
        break;
      case "gcs":
        readGcsRequest(store);
        break;
      case "swift":
        readSwiftRequest(store);
        break;
      case "b2":
        readB2Request(store);
        break;
      default:
        this.#s3(store);
    }
    return store;
  }

  #s3(store: StoreCall): void {
    const key = `s3 host ${store.row.host ?? ""}`;
    if (showsBucketHost(store)) this.#conn.pair.set(key, true);
    readS3Request(store, this.#conn.pair.has(key));
  }

  #answer(store: StoreCall): void {
    const { row, call } = store;
    if (call.response === null) return;
    row.content_verified ??= this.#verdictOf(call.response);
    switch (row.service) {
      case "azure_blob":
        readAzureAnswer(store);
        break;
      case "gcs":
        readGcsAnswer(store);
        break;
      case "b2":
        readB2Answer(store);
        break;
      case "swift":
        break;
      default:
        readS3Answer(store);
        this.#sumParts(row);
    }
  }

  /** The end of an upload in parts is its writing: of as many octets as its parts had, on whichever connections of the two hosts. */
  #sumParts(row: Row): void {
    if (row.upload_id === null || (row.status_code ?? 0) >= 300) return;
    const key = `s3 upload ${row.upload_id}`;
    const before = (this.#conn.pair.get(key) as number | undefined) ?? 0;
    switch (row.operation) {
      case "UploadPart":
        this.#conn.pair.set(key, before + (row.request_octets ?? 0));
        return;
      case "CompleteMultipartUpload":
        if (before > 0) row.request_octets = before;
        // An error may stand in the answer that says 200: the client tries again.
        if (row.error_code === null) this.#conn.pair.delete(key);
        return;
      case "AbortMultipartUpload":
        this.#conn.pair.delete(key);
        return;
      default:
    }
  }

  /** What a request brought of an upload in parts, as long as the object has it. */
  #partOf(request: HttpMessage): Part | null {
    const watch = this.#watched.get(request);
    if (!watch?.part) return null;
    const { part, chunks } = watch;
    part.isLossy = request.neverCaptured > 0;
    // Chunks that were not seen do not tell how long they are; the client did.
    if (chunks !== null) part.padTo(declaredOctets(request) ?? 0);
    return part;
  }

  #verdictOf(message: HttpMessage): string | null {
    return this.#watched.get(message)?.check?.verdict(message.isComplete) ?? null;
  }

  #headOf({ request, response }: HttpCall): Uint8Array | null {
    for (const message of [request, response]) {
      if (message === null || message.octets === 0) continue;
      const watch = this.#watched.get(message);
      return watch?.chunks ? Buffer.concat(watch.head) : message.body();
    }
    return null;
  }
}

/** True if a request's body is the content of an object, or a part of it. */
function uploads(method: string | null, { query, segments }: HttpTarget): boolean {
  if (method === "POST") return query.has("uploadType") || /^b2_upload_(?:file|part)/.test(segments[2] ?? "");
  if (method !== "PUT") return false;
  const comp = query.get("comp");
  if (comp !== undefined) return CONTENT_COMPS.test(comp);
  return hasContentQuery(query);
}

function downloads(method: string | null, status: number | null, { query, segments }: HttpTarget): boolean {
  if (method !== "GET" || (status !== 200 && status !== 206) || segments.length < 2) return false;
  return !query.has("uploadId") && !query.has("comp") && hasContentQuery(query);
}

/** What the name of an object or a header of the upload says that its digest is. */
function uploadCheck(message: HttpMessage, target: HttpTarget): ContentCheck | null {
  const named = resticDigest(target.path);
  if (named !== null) return new ContentCheck("sha256", named);
  const sha256 = message.header("x-amz-content-sha256");
  if (sha256 !== null && /^[0-9a-f]{64}$/i.test(sha256)) return new ContentCheck("sha256", sha256);
  const sha1 = message.header("x-bz-content-sha1");
  return sha1 !== null && /^[0-9a-f]{40}$/i.test(sha1) ? new ContentCheck("sha1", sha1) : null;
}

function downloadCheck(message: HttpMessage, target: HttpTarget): ContentCheck | null {
  const named = resticDigest(target.path);
  return named === null ? null : downloadOf(message, named);
}

function declaredOctets(request: HttpMessage): number | null {
  const total = Number(request.header("x-amz-decoded-content-length") ?? NaN);
  return Number.isSafeInteger(total) && total >= 0 ? total : null;
}

/** Passes octets on to several. */
class Fan implements BodySink {
  readonly #sinks: readonly BodySink[];

  constructor(sinks: readonly (BodySink | null)[]) {
    this.#sinks = sinks.filter((sink) => sink !== null);
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    for (const sink of this.#sinks) sink.data(bytes, start, end);
  }

  gap(octets: number): void {
    for (const sink of this.#sinks) sink.gap(octets);
  }
}

/** Keeps the first octets, for as long as none are missing. */
class Head implements BodySink {
  readonly #parts: Uint8Array[];
  #left = HEAD_OCTETS;

  constructor(parts: Uint8Array[]) {
    this.#parts = parts;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#left === 0) return;
    const octets = Math.min(this.#left, end - start);
    this.#parts.push(bytes.slice(start, start + octets));
    this.#left -= octets;
  }

  gap(): void {
    this.#left = 0;
  }
}
