import type { Connection, InnerStream } from "../protocol.ts";
import type { FtpReply } from "./lines.ts";

const TLS_HANDSHAKE = 0x16;
const RECORD_HEADER = 5;
/** Replies after which no more tokens go back and forth. RFC 2228 5.1 */
const REFUSALS: readonly number[] = [421, 431, 500, 501, 503, 535, 631, 632, 633];

/**
 * Tokens of a security exchange in AUTH and ADAT. RFC 2228. Those of GridFTP are TLS records as they are: they become a
 * stream of their own.
 */
export class SecurityTokens {
  readonly #conn: Connection;
  readonly #badEncoding: () => void;
  #stream: InnerStream | null = null;
  #isOver = false;

  constructor(conn: Connection, badEncoding: () => void) {
    this.#conn = conn;
    this.#badEncoding = badEncoding;
  }

  fromClient(argument: string): void {
    if (this.#isOver) return;
    const token = decode(argument);
    if (this.#stream === null) {
      if (token === null) this.#badEncoding();
      if (token === null || !isWholeHandshake(token)) {
        this.#isOver = true;
        return;
      }
      this.#stream = this.#conn.inner("tcp", "adat");
    }
    this.#deliver(token, true);
  }

  fromServer({ code, text }: FtpReply): void {
    if (this.#isOver) return;
    if (code === 334 || code === 335 || code === 235) {
      if (text.startsWith("ADAT=")) this.#deliver(decode(text.slice("ADAT=".length)), false);
      if (code === 235 && this.#stream !== null) this.#conn.confirm("gridftp");
    }
    if (code === 232 || code === 234 || code === 235 || REFUSALS.includes(code)) this.#isOver = true;
  }

  close(): void {
    this.#stream?.close();
  }

  #deliver(token: Uint8Array | null, fromOriginator: boolean): void {
    if (token !== null) this.#stream?.data(token, 0, token.length, fromOriginator);
  }
}

function isWholeHandshake(token: Uint8Array): boolean {
  if (token.length < RECORD_HEADER || token[0] !== TLS_HANDSHAKE) return false;
  return token[3]! * 256 + token[4]! === token.length - RECORD_HEADER;
}

/** null if it is not base 64. */
function decode(text: string): Uint8Array | null {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return null;
  return Uint8Array.from(Buffer.from(trimmed, "base64"));
}
