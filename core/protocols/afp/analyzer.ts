import type { ByteReader } from "../../bytes/reader.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import { DSI_COMMAND, DSI_GET_STATUS, DSI_OPEN_SESSION, dsiLength, parseDsi, parseLogin, parseStatus } from "./dsi.ts";

/** Octets of a message that are looked at. */
const HEAD = 1024;

/** A session with a file server of Apple's: who logs on where; what is done with files is not read. */
export class AfpAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #messages: MessagePair;
  /** Request that logs on. */
  #login: number | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "afp", "client", "file server");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: dsiLength,
      message: (r) => this.#message(r, fromOriginator),
      resumes: () => false,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#messages.gap(octets, fromOriginator);
  }

  close(): void {
    this.#link.close();
  }

  #message(r: ByteReader, fromOriginator: boolean): boolean {
    this.#link.saw();
    const { row } = this.#link;
    const { isReply, command, requestId, code } = parseDsi(r);
    if (command === DSI_GET_STATUS) row.service ??= "status";
    if (command === DSI_OPEN_SESSION) row.service = "session";
    if (fromOriginator && !isReply && command === DSI_COMMAND && this.#login === null) {
      const login = parseLogin(r);
      if (login === null) return true;
      this.#login = requestId;
      row.version = login.version;
      row.user = login.user;
      row.detail = login.method;
    } else if (!fromOriginator && isReply && command === DSI_GET_STATUS) {
      const status = parseStatus(r);
      if (status === null) return true;
      row.resp_name = status.name;
      row.detail ??= status.machine;
      row.outcome = "granted";
    } else if (!fromOriginator && isReply && requestId === this.#login) {
      this.#outcome(code);
    }
    return true;
  }

  /** Several methods go on for another step, which is no refusal. */
  #outcome(code: number): void {
    const { row } = this.#link;
    if (code === AUTH_CONTINUE) return;
    row.outcome = code === 0 ? "granted" : "refused";
    if (code !== 0) row.status = RESULTS[code] ?? `error ${code}`;
  }
}

/** Results of a log-on. "Result Codes" */
const AUTH_CONTINUE = -5001;
const RESULTS: Readonly<Record<number, string>> = {
  [-5000]: "access denied",
  [-5002]: "unknown log-on method",
  [-5003]: "unknown version",
  [-5019]: "parameter error",
  [-5023]: "user not authenticated",
  [-5042]: "password expired",
};
