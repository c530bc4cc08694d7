import type { XdrReader } from "./xdr.ts";

export const CALL = 0;
export const REPLY = 1;
const RPC_VERSION = 2;

export const AUTH_SYS = 1;
export const RPCSEC_GSS = 6;

/** Authentication flavors. RFC 5531 8.2, IANA "RPC Authentication Flavor Numbers" */
const FLAVORS: Readonly<Record<number, string>> = {
  0: "none",
  1: "sys",
  2: "short",
  3: "dh",
  6: "gss",
  7: "tls",
  390003: "krb5",
  390004: "krb5i",
  390005: "krb5p",
};

export function flavorName(flavor: number): string {
  return FLAVORS[flavor] ?? String(flavor);
}

/** What is protected of a call under RPCSEC_GSS. RFC 2203 5.3.1 */
export const GSS_PRIVACY = 3;
export const GSS_INTEGRITY = 2;

/** Procedures of RPCSEC_GSS itself. RFC 2203 5 */
export const GSS_DATA = 0;

/** Who calls, as the call says. */
export interface Credential {
  readonly flavor: number;
  readonly machine: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly gids: readonly number[];
  /** RPCSEC_GSS: data 0, init 1, continue 2, destroy 3; else -1. */
  readonly gssProcedure: number;
  /** RPCSEC_GSS: none 1, integrity 2, privacy 3; else 0. */
  readonly gssService: number;
}

/** RFC 5531 9 */
export interface CallHeader {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly credential: Credential;
}

/** RFC 5531 9 */
export interface ReplyHeader {
  readonly xid: number;
  /** Why nothing was done; null if the procedure's own results follow. */
  readonly refusal: string | null;
}

/** Most octets of a credential or verifier. RFC 5531 8.2 */
const MAX_AUTH = 400;
/** Most groups in AUTH_SYS. RFC 5531 appendix A */
const MAX_GROUPS = 16;

/** Reads behind the message type. Null if it is no call. */
export function readCall(xid: number, x: XdrReader): CallHeader | null {
  if (x.u32() !== RPC_VERSION) return null;
  const program = x.u32();
  const version = x.u32();
  const procedure = x.u32();
  const credential = readCredential(x);
  x.skip(4);
  const verifier = x.u32();
  if (credential === null || verifier > MAX_AUTH) return null;
  x.skip((verifier + 3) & ~3);
  return x.truncated ? null : { xid, program, version, procedure, credential };
}

function readCredential(x: XdrReader): Credential | null {
  const flavor = x.u32();
  const length = x.u32();
  if (length > MAX_AUTH) return null;
  const former = x.r.narrow(length);
  if (x.truncated) return null;
  let [machine, uid, gid]: [string | null, number | null, number | null] = [null, null, null];
  let [gssProcedure, gssService] = [-1, 0];
  const gids: number[] = [];
  if (flavor === AUTH_SYS) {
    x.skip(4);
    machine = x.text();
    uid = x.u32();
    gid = x.u32();
    const count = x.u32();
    for (let i = 0; i < Math.min(count, MAX_GROUPS) && !x.truncated; i++) gids.push(x.u32());
  } else if (flavor === RPCSEC_GSS) {
    x.skip(4);
    gssProcedure = x.u32();
    x.skip(4);
    gssService = x.u32();
  }
  if (x.truncated) return null;
  x.r.widen(former);
  x.skip((4 - (length & 3)) & 3);
  return { flavor, machine, uid, gid, gids, gssProcedure, gssService };
}

const ACCEPTANCE = ["SUCCESS", "PROG_UNAVAIL", "PROG_MISMATCH", "PROC_UNAVAIL", "GARBAGE_ARGS", "SYSTEM_ERR"];
const AUTH_ERRORS: Readonly<Record<number, string>> = {
  1: "AUTH_BADCRED",
  2: "AUTH_REJECTEDCRED",
  3: "AUTH_BADVERF",
  4: "AUTH_REJECTEDVERF",
  5: "AUTH_TOOWEAK",
  6: "AUTH_INVALIDRESP",
  7: "AUTH_FAILED",
  13: "RPCSEC_GSS_CREDPROBLEM",
  14: "RPCSEC_GSS_CTXPROBLEM",
};

/** Reads behind the message type. Null if it is no reply. */
export function readReply(xid: number, x: XdrReader): ReplyHeader | null {
  const stat = x.u32();
  if (stat === 1) {
    const why = x.u32();
    const value = x.u32();
    if (x.truncated || why > 1) return null;
    return { xid, refusal: why === 0 ? "RPC_MISMATCH" : (AUTH_ERRORS[value] ?? `AUTH_ERROR ${value}`) };
  }
  if (stat !== 0) return null;
  x.skip(4);
  const verifier = x.u32();
  if (verifier > MAX_AUTH) return null;
  x.skip((verifier + 3) & ~3);
  const accepted = x.u32();
  if (x.truncated || accepted >= ACCEPTANCE.length) return null;
  return { xid, refusal: accepted === 0 ? null : ACCEPTANCE[accepted]! };
}
