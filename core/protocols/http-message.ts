import type { Moment } from "./protocol.ts";

/** Headers of one HTTP message, whatever the version, as an API on top of HTTP gets them. */
export interface HttpHead {
  /** The same for a request and its response; counts up on its connection. */
  readonly exchange: number;
  readonly isRequest: boolean;
  /** Frame of its first line. */
  readonly from: Moment;
  /** Of the request, as sent, its escapes not undone: one character an octet. Null in a response. */
  readonly method: string | null;
  readonly target: string | null;
  readonly host: string | null;
  /** Of the response. Null in a request. */
  readonly status: number | null;
  readonly contentType: string | null;
  /** Those that APIs ask for (`isKeptHeader`), by their name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** What the connection was changed to by an Upgrade before it spoke HTTP/2, if it was; null else. */
  readonly upgraded: string | null;
}

/** An API that HTTP carries. A line in `http/apis.ts` makes a connection's messages go to its analyzer. */
export interface HttpApi {
  /** Name of the stream of carrier "http" that gets the messages. */
  readonly name: string;
  /**
   * True if an exchange is of this API. Asked with the request alone first; if no API wants it, once more with the response. What it costs,
   * every web request costs.
   * @param request Null if only the response was captured.
   */
  matches(request: HttpHead | null, response: HttpHead | null): boolean;
  /** Octets of this message's body that are needed. More may be passed on; what nobody needs goes by as a gap. */
  wants(head: HttpHead): number;
}

/** Headers that are kept beside all those that begin with "x-". */
const KEPT_HEADERS = new Set(
  (
    "authorization accept content-length content-encoding content-range range user-agent server soapaction cookie set-cookie " +
    "etag location upgrade destination depth overwrite if if-match if-none-match lock-token timeout dav ms-author-via www-authenticate " +
    "vmware-api-session-id csrfpreventiontoken content-md5"
  ).split(" "),
);
/** Most headers of one message that are kept, and the longest. */
const MOST_HEADERS = 64;
const LONGEST_HEADER = 4096;
/** Longest target that is kept: presigned URLs have some thousand characters. */
export const LONGEST_TARGET = 8192;

/** Keeps a header if APIs may ask for it. @param name In lower case. */
export function keepHeader(headers: Map<string, string>, name: string, value: string): void {
  if (!name.startsWith("x-") && !KEPT_HEADERS.has(name)) return;
  if (headers.size < MOST_HEADERS && !headers.has(name)) headers.set(name, value.slice(0, LONGEST_HEADER));
}
