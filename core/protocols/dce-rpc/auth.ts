import { accountOf } from "../account.ts";
import type { Connection, Identity, InnerStream, RecordSink } from "../protocol.ts";
import { ContextUnsealer } from "../unsealing/context-unsealer.ts";
import { hasSessionSecrets } from "../unsealing/decryption-tally.ts";
import type { AuthVerifier } from "./pdu.ts";

export const LEVEL_CONNECT = 2;
export const LEVEL_PRIVACY = 6;
/** Octets of a security trailer before its value. [MS-RPCE] 2.2.2.11 */
const TRAILER_OCTETS = 8;

/** Most security contexts of one association. */
const MOST_CONTEXTS = 16;

const AUTH_TYPES: ReadonlyMap<number, string> = new Map([
  [9, "spnego"],
  [10, "ntlm"],
  [14, "schannel"],
  [16, "kerberos"],
  [68, "netlogon"],
  [255, "default"],
]);

/** Name of a security provider, as `auth_type` has it; its number if it has none. [MS-RPCE] 2.2.1.1.7 */
export function authTypeName(type: number): string {
  return AUTH_TYPES.get(type) ?? String(type);
}

/** True if the tokens of this provider are GSS-API tokens or NTLM messages. */
function hasGssTokens(type: number): boolean {
  return type === 9 || type === 10 || type === 16;
}

/** True if Zeek's analyzer reads the tokens of this provider. Zeek: `dce_rpc-auth.pac` */
export function isReadByZeek(type: number): boolean {
  return type === 9 || type === 10;
}

/** One security context: an association may hold several, each with its own user. [MS-RPCE] 3.3.1.5.4 */
export interface SecurityContext {
  readonly type: number;
  readonly level: number;
  readonly gss: InnerStream | null;
  /** True until an answer shows whether the authentication went well. */
  isPending: boolean;
  /** What opens its sealed PDUs; null before the first, and without a secret. */
  unsealer: ContextUnsealer | null;
}

/** Security contexts of one association by the id in their trailers. */
export class SecurityContexts {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #hasSecrets: boolean;
  readonly #byId = new Map<number, SecurityContext>();
  #last: SecurityContext | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#hasSecrets = hasSessionSecrets(conn.secrets);
  }

  /** A token in bind, alter_context, their answers or auth3. @param bytes Octets that the verifier's range is in. */
  token(bytes: Uint8Array, auth: AuthVerifier, fromOriginator: boolean): void {
    const { type, level, contextId, start, end } = auth;
    let context = this.#byId.get(contextId);
    if (context === undefined || context.type !== type) {
      if (this.#byId.size >= MOST_CONTEXTS && context === undefined) return;
      context?.gss?.close();
      context?.unsealer?.close(this.#out);
      const gss = hasGssTokens(type) ? this.#conn.inner("gss", "dce_rpc") : null;
      context = { type, level, gss, isPending: false, unsealer: null };
      this.#byId.set(contextId, context);
    }
    this.#last = context;
    if (context.gss === null) return;
    context.isPending = true;
    context.gss.data(bytes, start, end, fromOriginator);
  }

  /**
   * Context of a call.
   * @param auth The call's own verifier; calls at level connect have none and belong to the last context.
   */
  of(auth: AuthVerifier | null): SecurityContext | null {
    if (auth === null) return this.#last?.level === LEVEL_CONNECT ? this.#last : null;
    const known = this.#byId.get(auth.contextId);
    if (known !== undefined && known.type === auth.type && known.level === auth.level) return known;
    return { type: auth.type, level: auth.level, gss: known?.gss ?? null, isPending: false, unsealer: null };
  }

  /**
   * Opens a sealed PDU `bytes[start..auth.end)`, borrowed. [MS-RPCE] 3.3.1.5.2.2
   * @param bodyAt Where the sealed octets begin.
   * @returns a copy with its stub in clear; null if it stays sealed.
   */
  open(
    bytes: Uint8Array,
    start: number,
    bodyAt: number,
    auth: AuthVerifier,
    fromOriginator: boolean,
  ): Uint8Array | null {
    if (!this.#hasSecrets || auth.level !== LEVEL_PRIVACY) return null;
    const context = this.#byId.get(auth.contextId);
    if (context?.type !== auth.type) return null;
    const trailerAt = auth.start - TRAILER_OCTETS;
    if (trailerAt < bodyAt) return null;
    context.unsealer ??= new ContextUnsealer("dce_rpc", "dce", this.#conn, context.gss?.securityContext ?? null);
    const before = bytes.subarray(start, bodyAt);
    const sealed = bytes.subarray(bodyAt, trailerAt);
    const after = bytes.subarray(trailerAt, auth.start);
    const token = bytes.subarray(auth.start, auth.end);
    const clear = context.unsealer.open({ before, sealed, after, token }, fromOriginator);
    if (clear === null) return null;
    const pdu = bytes.slice(start, auth.end);
    pdu.set(clear, bodyAt - start);
    return pdu;
  }

  /** PDUs of one direction were lost. */
  lost(fromOriginator: boolean): void {
    if (!this.#hasSecrets) return;
    for (const { unsealer } of this.#byId.values()) unsealer?.lost(fromOriginator);
  }

  /** The context that was negotiated last. */
  get last(): SecurityContext | null {
    return this.#last;
  }

  /** What an answer shows of the authentication: passed on once. @param context null for the last one. */
  result(context: SecurityContext | null, success: boolean): void {
    const judged = context?.gss === undefined || context.gss === null ? this.#last : this.#pendingWith(context.gss);
    if (judged?.gss === null || judged?.isPending !== true) return;
    judged.isPending = false;
    judged.gss.tell({ kind: "auth-result", success });
  }

  #pendingWith(gss: InnerStream): SecurityContext | null {
    for (const context of this.#byId.values()) if (context.gss === gss) return context;
    return null;
  }

  close(): void {
    for (const { gss, unsealer } of this.#byId.values()) {
      gss?.close();
      unsealer?.close(this.#out);
    }
  }
}

/** Who a call was made as: the user of its own tokens, else the carrier's (the SMB session's). */
export function userOf(context: SecurityContext | null, carrier: Identity | null): CallUser {
  const who = context?.gss?.identity ?? carrier;
  const user = accountOf(who);
  return { user, isFromTicket: user === null ? null : (who?.isFromTicket ?? null) };
}

/** User of a call as a row has it. */
export interface CallUser {
  readonly user: string | null;
  /** True if an opened ticket names the user, else null. */
  readonly isFromTicket: true | null;
}
