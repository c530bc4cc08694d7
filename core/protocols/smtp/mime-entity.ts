import { Charge } from "../../bytes/held-budget.ts";
import type { TransferDecoder } from "./transfer-decoders.ts";
import { Base64Decoder, PlainDecoder, QuotedPrintableDecoder } from "./transfer-decoders.ts";

/** Takes what a mail has, in its order. */
export interface MailHandler {
  /** The mail itself or a part of it begins. */
  beginEntity(): void;
  /** @param name In upper case. @param value One character an octet, continuation lines joined. */
  header(name: string, value: string): void;
  /** Decoded octets of the body of the entity that began last. */
  content(bytes: Uint8Array): void;
  endEntity(): void;
  oddity(name: "exceeded_mime_max_header_bytes" | "exceeded_mime_max_depth", addl: string): void;
}

/** Parts inside parts that are told apart (Zeek's MIME::max_depth). */
const MAX_DEPTH = 100;
/** Most octets of one header with its continuation lines. */
const MAX_HEADER = 65_536;
/** Octets of memory that joining two texts takes beside them. */
const JOINED = 32;
/** Longest boundary: RFC 2046 5.1.1 has 70. */
const MAX_BOUNDARY = 200;

const SPACES = /^[ \t]/;

type Kind = "leaf" | "multipart" | "message";

/** A mail, or a part of one. RFC 2045, RFC 2046. Header fields and parts are recognised as Zeek's MIME analyzer does. */
export class MimeEntity {
  readonly #handler: MailHandler;
  readonly #depth: number;
  readonly #parentKind: Kind | null;
  #isInHeader = true;
  #isOver = false;
  #header = "";
  readonly #charge = new Charge();
  #kind: Kind = "leaf";
  #boundary: string | null = null;
  #encoding: string;
  #decoder: TransferDecoder | null = null;
  #child: MimeEntity | null = null;

  constructor(handler: MailHandler, depth = 0, parentKind: Kind | null = null, encoding = "") {
    this.#handler = handler;
    this.#depth = depth;
    this.#parentKind = parentKind;
    this.#encoding = encoding;
    handler.beginEntity();
  }

  /** A line without its end. */
  line(line: string, isEnded: boolean): void {
    if (!this.#isInHeader) {
      this.#bodyLine(line, isEnded);
      return;
    }
    if (line === "" || line.startsWith("\0")) {
      this.#endHeaders();
      if (this.#kind === "message") this.#beginChild();
    } else if (SPACES.test(line) && this.#header !== "") {
      if (this.#header.length < MAX_HEADER) {
        this.#header += line;
        this.#charge.add(JOINED + 2 * line.length);
      } else this.#handler.oddity("exceeded_mime_max_header_bytes", String(this.#header.length));
    } else {
      this.#endHeader();
      this.#header = line.replace(/^[ \t]+/, "");
    }
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isInHeader) this.#endHeaders();
    this.#child?.end();
    this.#child = null;
    const rest = this.#decoder?.end();
    if (rest !== undefined && rest.length > 0) this.#handler.content(rest);
    this.#handler.endEntity();
  }

  #bodyLine(line: string, isEnded: boolean): void {
    if (this.#kind === "multipart" && line.startsWith("--") && line.startsWith(this.#boundary!, 2)) {
      this.#child?.end();
      this.#child = null;
      if (line.startsWith("--", 2 + this.#boundary!.length)) this.end();
      else if (!this.#isOver) this.#beginChild();
      return;
    }
    if (this.#kind !== "leaf") {
      // What stands before the first and behind the last delimiter is for readers without MIME.
      this.#child?.line(line, isEnded);
      return;
    }
    this.#decoder ??= this.#newDecoder();
    const content = this.#decoder.line(line, isEnded);
    if (content.length > 0) this.#handler.content(content);
  }

  #beginChild(): void {
    if (this.#depth >= MAX_DEPTH) {
      this.#handler.oddity("exceeded_mime_max_depth", String(this.#depth));
      return;
    }
    this.#child = new MimeEntity(this.#handler, this.#depth + 1, this.#kind, this.#encoding);
  }

  #endHeaders(): void {
    this.#endHeader();
    this.#isInHeader = false;
    if (this.#kind === "multipart" && this.#boundary === null) this.#kind = "leaf";
  }

  #endHeader(): void {
    const header = this.#header;
    this.#header = "";
    this.#charge.set(0);
    const [, name, value] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:\s*([^]*)/.exec(header) ?? [];
    if (name === undefined || value === undefined) return;
    const upper = name.toUpperCase();
    if (upper === "CONTENT-TYPE") this.#contentType(value);
    else if (upper === "CONTENT-TRANSFER-ENCODING") this.#encoding = /[\w-]+/.exec(value)?.[0].toLowerCase() ?? "";
    this.#handler.header(upper, value);
  }

  #contentType(value: string): void {
    const type = /^\s*([\w!#$%&'*+.^`{|}~-]+)\s*\/\s*[\w!#$%&'*+.^`{|}~-]+/.exec(value);
    if (type === null) return;
    const main = type[1]!.toLowerCase();
    this.#kind = main === "multipart" || main === "message" ? main : "leaf";
    if (main === "multipart") this.#boundary = boundaryIn(value.slice(type[0].length)) ?? this.#boundary;
  }

  #newDecoder(): TransferDecoder {
    if (this.#encoding === "base64") return new Base64Decoder();
    if (this.#encoding === "quoted-printable") return new QuotedPrintableDecoder();
    return new PlainDecoder(this.#parentKind === "multipart");
  }
}

/** The boundary among the parameters of a multipart type. RFC 2046 5.1.1, and what senders write in spite of it. */
function boundaryIn(parameters: string): string | null {
  const [, quoted, token] = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s";]+))/i.exec(parameters) ?? [];
  const boundary = quoted?.replaceAll(/\\([^])/g, "$1") ?? token;
  return boundary === undefined || boundary === "" || boundary.length > MAX_BOUNDARY ? null : boundary;
}
