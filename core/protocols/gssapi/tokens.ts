import { applicationTag, contextTag, DER, DerReader } from "../../bytes/der.ts";

/** Mechanisms by OBJECT IDENTIFIER. RFC 4178 3.1, RFC 4121 1, [MS-SPNG] 1.9, [MS-NEGOEX] */
export const OID_SPNEGO = "1.3.6.1.5.5.2";
const MECHANISMS: Readonly<Record<string, string>> = {
  "1.2.840.113554.1.2.2": "kerberos",
  "1.2.840.48018.1.2.2": "kerberos",
  "1.2.840.113554.1.2.2.3": "kerberos-user2user",
  "1.3.6.1.4.1.311.2.2.10": "ntlm",
  "1.3.6.1.4.1.311.2.2.30": "negoex",
  "1.3.6.1.5.2.5": "iakerb",
};

export function mechanismName(oid: string): string {
  return MECHANISMS[oid] ?? oid;
}

/** `[APPLICATION 0]`: a mechanism's first token. RFC 2743 3.1 */
export const INITIAL_TOKEN = applicationTag(0);
/** NegTokenInit and NegTokenResp without the frame of RFC 2743. */
export const NEG_TOKEN_INIT = contextTag(0);
export const NEG_TOKEN_RESP = contextTag(1);

/** negState of a NegTokenResp. RFC 4178 4.2.2 */
export const NEG_STATE = { acceptCompleted: 0, acceptIncomplete: 1, reject: 2, requestMic: 3 } as const;
const MAX_MECHANISMS = 32;

/** What a GSS-API token says. Octets are borrowed. */
export type GssToken =
  /** NegTokenInit, or the server's NegTokenInit2. RFC 4178 4.2.1, [MS-SPNG] 2.2.1 */
  | { readonly kind: "init"; readonly mechanisms: readonly string[]; readonly token: Uint8Array | null }
  /** NegTokenResp. RFC 4178 4.2.2 */
  | {
      readonly kind: "resp";
      readonly state: number | null;
      readonly mechanism: string | null;
      readonly token: Uint8Array | null;
    }
  /** A mechanism's own first token. */
  | { readonly kind: "mechanism"; readonly oid: string; readonly body: Uint8Array };

/** Reads one token; null if it is none of these or malformed. */
export function parseGssToken(bytes: Uint8Array, start: number, end: number): GssToken | null {
  const d = new DerReader(bytes, start, end);
  const token = tokenOf(d, bytes);
  return d.failed ? null : token;
}

function tokenOf(d: DerReader, bytes: Uint8Array): GssToken | null {
  if (d.at(NEG_TOKEN_INIT)) return init(d);
  if (d.at(NEG_TOKEN_RESP)) return resp(d);
  if (!d.at(INITIAL_TOKEN)) return null;
  const whole = new DerReader(bytes, d.pos, bytes.length).skip();
  d.enter(INITIAL_TOKEN);
  const oid = d.oid();
  if (oid === OID_SPNEGO) return d.at(NEG_TOKEN_RESP) ? resp(d) : init(d);
  return { kind: "mechanism", oid, body: bytes.subarray(d.pos, whole?.end ?? d.pos) };
}

function init(d: DerReader): GssToken {
  d.enter(NEG_TOKEN_INIT);
  d.enter(DER.sequence);
  const mechanisms: string[] = [];
  if (d.enterIf(contextTag(0))) {
    d.enter(DER.sequence);
    while (d.more && mechanisms.length < MAX_MECHANISMS) mechanisms.push(d.oid());
    d.leave();
    d.leave();
  }
  if (d.at(contextTag(1))) d.skip(); // reqFlags
  return { kind: "init", mechanisms, token: octetsIn(d, 2) };
}

function resp(d: DerReader): GssToken {
  d.enter(NEG_TOKEN_RESP);
  d.enter(DER.sequence);
  let state: number | null = null;
  if (d.enterIf(contextTag(0))) {
    state = d.integer(DER.enumerated);
    d.leave();
  }
  let mechanism: string | null = null;
  if (d.enterIf(contextTag(1))) {
    mechanism = d.oid();
    d.leave();
  }
  return { kind: "resp", state, mechanism, token: octetsIn(d, 2) };
}

function octetsIn(d: DerReader, tag: number): Uint8Array | null {
  if (!d.enterIf(contextTag(tag))) return null;
  const octets = d.octets();
  d.leave();
  return octets;
}
