import { accountOf } from "../account.ts";
import type { Connection, InnerStream } from "../protocol.ts";
import { firstToken } from "./framing-headers.ts";
import type { Transaction } from "./transaction.ts";

const HTTP_UNAUTHORIZED = 401;
const HTTP_PROXY_AUTHENTICATION = 407;
/** A scheme is a token; some programs put a secret right behind it, with no space between. RFC 9110 11.1, 5.6.2 */
const SCHEME = /^[\w!#$%&'*+.^`|~-]+/;
/** Proxmox: PVEAPIToken=user@realm!name=secret, PBSAPIToken=user@realm!name:secret. */
const API_TOKEN = /^P(?:VE|BS)APIToken[= ]([^\s:=!]{1,128}![^\s:=]{1,128})[:=]/i;
/** Schemes that carry tokens of GSS-API; Kerberos is that of WS-Management. [MS-WSMV] 2.2.9.1 */
const GSS_SCHEMES = new Set(["ntlm", "negotiate", "kerberos"]);
/** Longest token that is decoded. */
const MAX_TOKEN = 65_536;

/**
 * Credentials in headers. Tokens of NTLM, Negotiate and Kerberos go to a stream of carrier "gss", which reads them. RFC 7617,
 * RFC 7616, RFC 4559
 */
export class Authentication {
  readonly #conn: Connection;
  #inner: InnerStream | null = null;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  /** An Authorization or Proxy-Authorization header. */
  credentials(transaction: Transaction, value: string, fromOriginator: boolean): void {
    const scheme = firstToken(value);
    const rest = value.slice(scheme.length).trim();
    const { row } = transaction;
    row.auth_scheme = SCHEME.exec(scheme)?.[0] ?? null;
    const token = API_TOKEN.exec(value);
    if (token !== null) row.auth_user = token[1]!;
    if (GSS_SCHEMES.has(scheme) && this.#token(rest, fromOriginator)) transaction.sentToken = true;
    switch (scheme) {
      case "basic": {
        const user = transaction.basicCredentials(value, rest);
        row.auth_user = user;
        if (user !== null) this.#conn.identity = { user, domain: null, workstation: null, mechanism: "plain" };
        break;
      }
      case "digest":
        row.auth_user = /\busername="((?:[^"\\]|\\.)*)"/i.exec(rest)?.[1] ?? null;
        break;
    }
  }

  /** A WWW-Authenticate or Proxy-Authenticate header. */
  challenge(transaction: Transaction, value: string, fromOriginator: boolean): void {
    const scheme = firstToken(value);
    if (!GSS_SCHEMES.has(scheme)) return;
    const rest = value.slice(scheme.length).trim();
    if (rest !== "" && this.#token(rest, fromOriginator)) transaction.gotToken = true;
  }

  /** The response to credentials: tells how it ended, unless the server asks for another round. */
  answered(transaction: Transaction, code: number): void {
    if (!transaction.sentToken || this.#inner === null || code < 200) return;
    const isRefused = code === HTTP_UNAUTHORIZED || code === HTTP_PROXY_AUTHENTICATION;
    if (!(isRefused && transaction.gotToken)) this.#inner.tell({ kind: "auth-result", success: !isRefused });
    const { identity } = this.#inner;
    if (identity === null) return;
    transaction.row.auth_user = accountOf(identity);
    if (!isRefused) this.#conn.identity = identity;
  }

  close(): void {
    this.#inner?.close();
  }

  #token(encoded: string, fromOriginator: boolean): boolean {
    if (encoded.length > MAX_TOKEN) return false;
    const token = Buffer.from(encoded, "base64");
    if (token.length === 0) return false;
    this.#inner ??= this.#conn.inner("gss", "http");
    this.#inner.data(token, 0, token.length, fromOriginator);
    // Bodies may be sealed under it.
    this.#conn.securityContext = this.#inner.securityContext;
    return true;
  }
}
