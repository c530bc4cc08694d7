import type { Connection, InnerStream } from "../protocol.ts";

/** Media types whose bodies are messages of a protocol of their own, and the name of the stream that gets them. */
const STREAMS: readonly (readonly [type: RegExp, name: string])[] = [
  // WS-Management, also sealed by the authentication of HTTP. [MS-WSMV] 2.2.9.1
  [/^(?:application\/soap\+xml|multipart\/(?:x-multi-)?encrypted)\b/i, "ws-man"],
];

/** Passes the bodies of such messages on, with what their headers say, to streams of carrier "http". */
export class BodyStreams {
  readonly #conn: Connection;
  #stream: InnerStream | null = null;
  #name = "";
  readonly #isPassing = { request: false, response: false };

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  /** The headers of a message have ended. `target` is the request's, `status` the response's; the other one is null. */
  begin(isRequest: boolean, contentType: string | null, target: string | null, status: number | null): void {
    const name = contentType === null ? undefined : STREAMS.find(([type]) => type.test(contentType))?.[1];
    if (name !== undefined && this.#stream === null) {
      this.#name = name;
      this.#stream = this.#conn.inner("http", name);
      // No octets yet: its name is enough to know what is in it.
      this.#stream.data(EMPTY, 0, 0, isRequest);
    }
    this.#isPassing[isRequest ? "request" : "response"] = name !== undefined && name === this.#name;
    this.#stream?.tell({ kind: "http-message", isRequest, contentType, target, status });
  }

  data(isRequest: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (this.wants(isRequest)) this.#stream?.data(bytes, start, end, isRequest);
  }

  missed(isRequest: boolean, octets: number): void {
    if (octets > 0 && this.wants(isRequest)) this.#stream?.gap(octets, isRequest);
  }

  /** True if octets of the message's body may not be skipped. */
  wants(isRequest: boolean): boolean {
    return this.#isPassing[isRequest ? "request" : "response"];
  }

  end(isRequest: boolean): void {
    this.#isPassing[isRequest ? "request" : "response"] = false;
    this.#stream?.tell({ kind: "http-message-end", isRequest });
  }

  close(): void {
    this.#stream?.close();
  }
}

const EMPTY = new Uint8Array(0);
