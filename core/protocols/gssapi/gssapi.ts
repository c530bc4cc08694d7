import type { ByteReader } from "../../bytes/reader.ts";
import { kerberos } from "../krb/records.ts";
import { isNtlm } from "../ntlm/messages.ts";
import { ntlmRecord } from "../ntlm/records.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { GssAnalyzer } from "./analyzer.ts";
import { INITIAL_TOKEN, NEG_TOKEN_INIT, NEG_TOKEN_RESP } from "./tokens.ts";

/** What can be wrong in authentication tokens. */
export const GSSAPI_WEIRDS = [
  /** A token that begins as SPNEGO or GSS-API and whose ASN.1 is wrong. */
  "gssapi_token_malformed",
  /** A list of AV pairs in NTLM that does not end as it should. */
  "ntlm_av_pairs_malformed",
] as const;

/** Authentication tokens: SPNEGO, NTLM, Kerberos. */
export const gssapi: Protocol = {
  name: "gssapi",
  specs: ["RFC 2743", "RFC 4178", "RFC 4121", "MS-SPNG", "MS-NLMP"],
  over: ["gss"],
  ports: [],
  probe,
  open: (conn, out) => new GssAnalyzer(conn, out),
  records: [ntlmRecord, kerberos],
  weirds: GSSAPI_WEIRDS,
};

/** AP-REQ without a frame, as DCE/RPC and some LDAP clients send it. */
const AP_REQ = 0x6e;

function probe(r: ByteReader): Verdict {
  if (isNtlm(r)) return "yes";
  const first = r.peekU8();
  return first === INITIAL_TOKEN || first === NEG_TOKEN_INIT || first === NEG_TOKEN_RESP || first === AP_REQ
    ? "yes"
    : "no";
}
