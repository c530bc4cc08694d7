import type { Charge } from "../../bytes/held-budget.ts";
import { isAscii, utf8OfLatin1 } from "../../bytes/text.ts";
import { ApiExchange } from "./api-streams.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Moment } from "../protocol.ts";
import type { BodyFile } from "./body.ts";
import type { HTTP_RECORD } from "./records.ts";
import { Telltales } from "./telltales.ts";

type Row = { -readonly [K in keyof RowOf<typeof HTTP_RECORD>]: RowOf<typeof HTTP_RECORD>[K] };

/** Most files of each side that one record names (Zeek's HTTP::max_files_orig and max_files_resp). */
const MAX_FILES = 15;

/** Most cookies that are looked at, and the longest name: pages set dozens, hostile clients thousands. */
const MAX_COOKIES = 32;
const LONGEST_COOKIE_NAME = 128;

/** Octets of memory of one without its texts, about; the first of its bodies that are looked at included. */
const TRANSACTION = 2048;

/** Headers that tell of a proxy (Zeek's HTTP::proxy_headers). */
const PROXY_HEADERS = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-from",
  "client-ip",
  "via",
  "xroxy-connection",
  "proxy-connection",
]);

/** A body that is over: its length, decompressed where it could be, and the files in it. */
interface Body {
  readonly octets: number;
  readonly files: readonly BodyFile[];
  readonly isComplete: boolean;
}

const NO_BODY: Body = { octets: 0, files: [], isComplete: false };

/** A request with its response while both go by. */
export class Transaction {
  readonly row: Row;
  readonly from: Moment;
  /** What APIs on top of HTTP get of it. */
  readonly api: ApiExchange;
  readonly telltales = new Telltales();
  to: Moment;
  /** The bodies, once they are over. */
  sent: Body = NO_BODY;
  got: Body = NO_BODY;
  /** A token of the client's went to the stream of authentication. */
  sentToken = false;
  /** The client asked for a part of what the target names. */
  asksRange = false;
  /** The server answered with a token of its own. */
  gotToken = false;

  /** Octets of memory that it is charged with. */
  #weight = TRANSACTION;
  readonly #charge: Charge;

  /** @param charge Told what all transactions of the connection take. */
  constructor(depth: number, now: Moment, charge: Charge) {
    this.#charge = charge;
    charge.add(TRANSACTION);
    this.row = emptyRow(depth);
    this.api = new ApiExchange(depth);
    this.from = now;
    this.to = now;
  }

  /** Method and target, as sent. */
  asks(method: string, target: string): void {
    this.#grows(3 * target.length);
    this.api.asks(method, target);
    this.telltales.target(target);
  }

  /** Texts of so many octets may be kept. */
  #grows(octets: number): void {
    this.#weight += octets;
    this.#charge.add(octets);
  }

  /** All of it went by that will. */
  finish(): void {
    this.#charge.add(-this.#weight);
    for (const isRequest of [true, false]) this.telltales.bodyEnd(isRequest);
    this.row.telltales = this.telltales.names;
    this.row.telltale_text = this.telltales.text;
  }

  requestHeader(name: string, value: string): void {
    const { row } = this;
    // The row and APIs keep a copy each.
    this.#grows(2 * value.length);
    this.telltales.header(name, value);
    switch (name) {
      case "host":
        row.host = utf8OfLatin1(value);
        break;
      case "referer":
        row.referrer = utf8OfLatin1(value);
        break;
      case "user-agent":
        row.user_agent = utf8OfLatin1(value);
        break;
      case "origin":
        row.origin = utf8OfLatin1(value);
        break;
      case "content-type":
        row.request_content_type = utf8OfLatin1(value);
        break;
      case "range":
        this.asksRange = true;
        break;
      case "cookie":
        row.cookie_vars = listed(row.cookie_vars, value.split(";", MAX_COOKIES).map(cookieName));
        break;
      case "soapaction":
        row.soap_action = utf8OfLatin1(value.replace(/^"(.*)"$/, "$1"));
        break;
      default:
        if (PROXY_HEADERS.has(name)) this.#addProxy(`${name.toUpperCase()} -> ${utf8OfLatin1(value)}`);
    }
  }

  responseHeader(name: string, value: string): void {
    const { row } = this;
    this.#grows(2 * value.length);
    switch (name) {
      case "content-type":
        row.response_content_type = utf8OfLatin1(value);
        break;
      case "server":
        row.server = utf8OfLatin1(value);
        break;
      case "location":
        row.location = utf8OfLatin1(value);
        break;
      case "set-cookie":
        row.set_cookie_vars = listed(row.set_cookie_vars, [cookieName(value)]);
        break;
    }
  }

  /** User of Basic credentials, as Zeek reads them. */
  basicCredentials(value: string, encoded: string): string | null {
    const decoded = Buffer.from(encoded, "base64").toString("latin1");
    const colon = decoded.indexOf(":");
    const user = colon < 0 ? null : utf8OfLatin1(decoded.slice(0, colon));
    this.row.username = user ?? `<problem-decoding> (${utf8OfLatin1(value)})`;
    return user;
  }

  requestBody(octets: number, files: readonly BodyFile[], isComplete: boolean): void {
    const { row } = this;
    this.sent = { octets, files, isComplete };
    row.request_body_len = octets;
    row.orig_fuids = withFuids(row.orig_fuids, files);
    row.orig_filenames = withNames(row.orig_filenames, files);
    row.orig_mime_types = withTypes(row.orig_mime_types, files);
  }

  responseBody(octets: number, files: readonly BodyFile[], isComplete: boolean): void {
    const { row } = this;
    this.got = { octets, files, isComplete };
    row.response_body_len = octets;
    row.resp_fuids = withFuids(row.resp_fuids, files);
    row.resp_filenames = withNames(row.resp_filenames, files);
    row.resp_mime_types = withTypes(row.resp_mime_types, files);
  }

  #addProxy(text: string): void {
    const before = this.row.proxied ?? [];
    if (!before.includes(text) && before.length < MAX_FILES) this.row.proxied = [...before, text];
  }
}

function withFuids(before: readonly string[] | null, files: readonly BodyFile[]): readonly string[] | null {
  return listed(
    before,
    files.filter(isNew).map(({ file }) => file.fuid),
  );
}

function withNames(before: readonly string[] | null, files: readonly BodyFile[]): readonly string[] | null {
  return listed(
    before,
    files
      .filter(isNew)
      .map(({ filename }) => filename)
      .filter((name) => name !== null),
  );
}

function withTypes(before: readonly string[] | null, files: readonly BodyFile[]): readonly string[] | null {
  return listed(
    before,
    files
      .filter(isNew)
      .map(({ file }) => file.mimeType)
      .filter((type) => type !== null),
  );
}

/** Zeek names a file once for each connection, however many of its ranges come. */
function isNew({ file }: BodyFile): boolean {
  return file.isNewHere;
}

function cookieName(pair: string): string {
  return utf8OfLatin1((pair.split("=", 1)[0] ?? "").trim().slice(0, LONGEST_COOKIE_NAME));
}

function listed(before: readonly string[] | null, more: readonly string[]): readonly string[] | null {
  return more.length === 0 ? before : [...(before ?? []), ...more].slice(0, MAX_FILES);
}

/** Text of the wire for a column; most is ASCII and stays as it is. */
export function shown(text: string): string {
  return isAscii(text) ? text : utf8OfLatin1(text);
}

const NO_TAGS: readonly string[] = [];

function emptyRow(depth: number): Row {
  return {
    trans_depth: depth,
    method: null,
    host: null,
    uri: null,
    referrer: null,
    version: null,
    user_agent: null,
    origin: null,
    request_body_len: 0,
    response_body_len: 0,
    status_code: null,
    status_msg: null,
    info_code: null,
    info_msg: null,
    tags: NO_TAGS,
    username: null,
    password: null,
    proxied: null,
    orig_fuids: null,
    orig_filenames: null,
    orig_mime_types: null,
    resp_fuids: null,
    resp_filenames: null,
    resp_mime_types: null,
    request_version: null,
    auth_scheme: null,
    auth_user: null,
    request_content_type: null,
    response_content_type: null,
    server: null,
    location: null,
    soap_action: null,
    cookie_vars: null,
    set_cookie_vars: null,
    telltales: null,
    telltale_text: null,
    upgrade: null,
    stream: null,
    reset: null,
  };
}
