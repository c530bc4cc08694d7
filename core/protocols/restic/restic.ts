import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { ArchiveOperation } from "../archive-op.ts";
import { accountOf } from "../account.ts";
import { reportArchiveOp } from "../archive-op.ts";
import { ContentCheck, downloadOf } from "../content-check.ts";
import type { HttpCall, HttpCallHandler, HttpMessage } from "../http-calls.ts";
import { HttpCalls } from "../http-calls.ts";
import { unescapePart } from "../http-target.ts";
import type { Connection, Protocol, RecordSink } from "../protocol.ts";
import { RESTIC_REST, readResticPath } from "./recognise.ts";
import { RESTIC_RECORD } from "./records.ts";

const OPERATIONS: Readonly<Record<string, string>> = { GET: "read", POST: "write", DELETE: "delete", HEAD: "exists" };

/** Acts of the archive ledger. */
const ACTS: Readonly<Partial<Record<string, ArchiveOperation>>> = {
  create: "create",
  read: "read",
  write: "write",
  delete: "delete",
};

class ResticCalls implements HttpCallHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #checks = new WeakMap<HttpMessage, ContentCheck>();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** Objects are hashed as they pass, written or read. */
  begin({ request }: HttpCall, message: HttpMessage): void {
    const name = readResticPath(request?.head.target ?? "")?.name ?? null;
    const { isRequest, status } = message.head;
    if (name === null || request?.head.method !== (isRequest ? "POST" : "GET")) return;
    if (!isRequest && status !== 200 && status !== 206) return;
    const check = isRequest ? new ContentCheck("sha256", name) : downloadOf(message, name);
    message.sink = check;
    this.#checks.set(message, check);
  }

  over({ request, response }: HttpCall): void {
    const path = readResticPath(request?.head.target ?? "");
    if (request === null || path === null) return;
    this.#conn.confirm();
    const { method, from } = request.head;
    const isListing = path.name === null && path.type !== "config" && method === "GET";
    const isMaking = path.type === "repository" && method !== "DELETE";
    const verb = isMaking ? "create" : (OPERATIONS[method ?? ""] ?? "");
    const operation = isListing ? "list" : verb === "create" && method !== "POST" ? "exists" : verb;
    const repository = path.repository === "" ? "/" : unescapePart(path.repository);
    const status = response?.head.status ?? null;
    const moved = operation === "write" ? request : operation === "read" ? response : null;
    const octets = moved?.octets ?? 0;
    const user = accountOf(this.#conn.identity);
    const to = response?.to ?? request.to;
    const agent = request.header("user-agent");
    const verdict = moved === null ? null : (this.#checks.get(moved)?.verdict(moved.isComplete) ?? null);
    this.#out.emit(
      RESTIC_RECORD,
      {
        operation: operation === "" ? null : operation,
        repository,
        type: path.type,
        name: path.name,
        user,
        status_code: status,
        octets,
        content_verified: verdict,
        user_agent: agent === null ? null : utf8OfLatin1(agent),
      },
      from,
      to,
    );
    const act = ACTS[operation];
    if (act === undefined) return;
    reportArchiveOp(
      this.#out,
      "restic",
      {
        operation: act,
        outcome: status === null ? "asked" : status < 300 ? "granted" : "refused",
        status: status === null ? null : String(status),
        actor: user,
        share: repository,
        object: path.name === null ? path.type : `${path.type}/${path.name}`,
        product: "restic",
        octetsRead: operation === "read" ? octets : null,
        octetsWritten: operation === "write" ? octets : null,
        detail: verdict === "mismatch" ? "the content is not what its name says" : null,
      },
      from,
      to,
    );
  }
}

/** restic's REST interface, as rest-server and rclone serve it. */
export const restic: Protocol = {
  name: "restic",
  specs: ["restic REST backend"],
  over: ["http"],
  ports: [],
  probe: (_, hint) => (hint.pipe === RESTIC_REST.name ? "yes" : "no"),
  open: (conn, out) => new HttpCalls(conn, new ResticCalls(conn, out)),
  records: [RESTIC_RECORD],
  weirds: [],
};
