import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { ArchiveOperation } from "../archive-op.ts";
import { accountOf } from "../account.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { HttpCall, HttpCallHandler, HttpMessage } from "../http-calls.ts";
import { HttpCalls } from "../http-calls.ts";
import { pathBehind, readTarget } from "../http-target.ts";
import type { Connection, Moment, Protocol, RecordSink } from "../protocol.ts";
import { reportWebdavList } from "./listing.ts";
import { HEAD_OCTETS, isOwnMethod, LISTING_OCTETS, MULTI_STATUS, WEBDAV } from "./recognise.ts";
import { WEBDAV_RECORD } from "./records.ts";

/** What methods do to archives. */
const ACTS: Readonly<Partial<Record<string, ArchiveOperation>>> = {
  GET: "read",
  PUT: "write",
  DELETE: "delete",
  MOVE: "rename",
  COPY: "create",
  LOCK: "lock",
  UNLOCK: "unlock",
};

class WebdavCalls implements HttpCallHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  /** Under this name the two hosts remember that the server speaks WebDAV. */
  readonly #known: string;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#known = `webdav ${conn.respH} ${conn.respP}`;
  }

  begin(_: HttpCall, message: HttpMessage): void {
    message.keep = message.head.status === MULTI_STATUS ? LISTING_OCTETS : HEAD_OCTETS;
  }

  over({ request, response }: HttpCall): void {
    if (request === null) return;
    const { method, from } = request.head;
    const status = response?.head.status ?? null;
    // Servers that know nothing of it answer 405 or 501.
    const isAgreed = isOwnMethod(method) && status !== null && status !== 405 && status !== 501;
    if (isAgreed || response?.header("dav")) this.#conn.pair.set(this.#known, true);
    const isWebdav = this.#conn.pair.has(this.#known);
    const to = response?.to ?? request.to;
    const path = pathBehind(readTarget(request.head.target ?? "").path, 0);
    const destination = request.header("destination");
    const newPath = destination === null ? null : pathBehind(readTarget(destination).path, 0);
    if (isWebdav || isOwnMethod(method)) this.#row(request, response, `/${path}`, newPath, to);
    if (method === "PROPFIND" && response !== null)
      reportWebdavList(this.#out, request, response, accountOf(this.#conn.identity));
    const operation = ACTS[method ?? ""];
    if (operation === undefined || (!isWebdav && (method === "LOCK" || method === "UNLOCK"))) return;
    const body = operation === "write" ? request : operation === "read" && (status ?? 0) < 300 ? response : null;
    reportArchiveOp(
      this.#out,
      isWebdav ? "webdav" : "http",
      {
        operation,
        outcome: status === null ? "asked" : status < 300 ? "granted" : "refused",
        status: status === null ? null : String(status),
        actor: accountOf(this.#conn.identity),
        share: request.head.host,
        object: `/${path}`,
        newObject: newPath === null ? null : `/${newPath}`,
        head: body?.body() ?? null,
        isStorage: isWebdav && operation === "delete" && path.endsWith("/"),
        octetsRead: operation === "read" ? (body?.octets ?? 0) : null,
        octetsWritten: operation === "write" ? request.octets : null,
      },
      from,
      to,
    );
  }

  #row(request: HttpMessage, response: HttpMessage | null, path: string, newPath: string | null, to: Moment): void {
    this.#conn.confirm();
    const agent = request.header("user-agent");
    const overwrite = request.header("overwrite");
    this.#out.emit(
      WEBDAV_RECORD,
      {
        method: request.head.method,
        path,
        destination: newPath === null ? null : `/${newPath}`,
        depth: request.header("depth"),
        overwrite: overwrite === null ? null : overwrite.toUpperCase() !== "F",
        lock_token: response?.header("lock-token") ?? request.header("lock-token") ?? request.header("if"),
        user: accountOf(this.#conn.identity),
        status_code: response?.head.status ?? null,
        request_octets: request.octets,
        response_octets: response?.octets ?? 0,
        user_agent: agent === null ? null : utf8OfLatin1(agent),
      },
      request.head.from,
      to,
    );
  }
}

/** WebDAV over HTTP. */
export const webdav: Protocol = {
  name: "webdav",
  specs: ["RFC 4918"],
  over: ["http"],
  ports: [],
  probe: (_, hint) => (hint.pipe === WEBDAV.name ? "yes" : "no"),
  open: (conn, out) => new HttpCalls(conn, new WebdavCalls(conn, out)),
  records: [WEBDAV_RECORD],
  weirds: [],
};
