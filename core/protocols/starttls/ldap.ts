import { applicationTag, contextPrimitive, contextTag, DER, DerReader, readTlv } from "../../bytes/der.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Connection, InnerStream, Protocol, Verdict } from "../protocol.ts";
import type { Messages, Step } from "./binary-upgrade.ts";
import { BinaryUpgradeAnalyzer } from "./binary-upgrade.ts";

const BIND_REQUEST = applicationTag(0);
const BIND_RESPONSE = applicationTag(1);
const EXTENDED_REQUEST = applicationTag(23);
const EXTENDED_RESPONSE = applicationTag(24);
const START_TLS = "1.3.6.1.4.1.1466.20037";
/** Choices of a bind's authentication: SASL, and the two of Microsoft's that carry an NTLM token. [MS-ADTS] 5.1.1.1.3 */
const SASL = contextTag(3);
const SICILY_NEGOTIATE = contextPrimitive(10);
const SICILY_RESPONSE = contextPrimitive(11);
/** SASL mechanisms whose credentials are GSS tokens. */
const GSS_MECHANISMS: readonly string[] = ["GSSAPI", "GSS-SPNEGO"];
const SERVER_CREDENTIALS = contextPrimitive(7);
const SUCCESS = 0;
const BIND_IN_PROGRESS = 14;
/** Messages without a StartTLS after which it is no longer waited for. */
const MOST_MESSAGES = 20;

/** LDAP: an extended operation asks for TLS (RFC 4511 4.14); a bind carries tokens of an authentication (4.2). */
export const ldapStartTls: Protocol = {
  name: "ldap_tcp",
  specs: ["RFC 4511", "MS-ADTS"],
  over: ["tcp"],
  ports: [389, 3268],
  probe: (r): Verdict => {
    if (r.peekU8() !== DER.sequence) return r.left === 0 ? "more" : "no";
    const start = r.pos;
    const d = new DerReader(r.source, start, r.end);
    if (!d.enter(DER.sequence)) return r.left < 6 ? "more" : "no";
    d.integer();
    const operation = d.next;
    const isOperation = operation >= 0x42 && operation >> 6 === 1 && (operation & 0x1f) <= 25;
    return !d.failed && isOperation ? "yes" : "no";
  },
  open: (conn) => new BinaryUpgradeAnalyzer(conn, new LdapMessages(conn), new ByteReader(new Uint8Array(0))),
  records: [],
  weirds: [],
};

class LdapMessages implements Messages {
  readonly #conn: Connection;
  #gss: InnerStream | null = null;
  #asksForTls = false;
  #messages = 0;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  length(r: ByteReader): number {
    const start = r.pos;
    if (r.peekU8() !== DER.sequence) return -1;
    const tlv = readTlv(r);
    const isShort = r.truncated;
    r.seek(start);
    if (tlv !== null) return tlv.end - start;
    return isShort ? 0 : -1;
  }

  message(r: ByteReader, fromOriginator: boolean): Step {
    const d = new DerReader(r.source, r.pos, r.end);
    d.enter(DER.sequence);
    d.integer();
    const operation = d.next;
    if (fromOriginator && operation === BIND_REQUEST) this.#bind(d);
    else if (!fromOriginator && operation === BIND_RESPONSE) this.#bound(d);
    // Behind what it carries, as Zeek names them.
    this.#conn.confirm();
    if (fromOriginator && d.enterIf(EXTENDED_REQUEST)) {
      this.#asksForTls = d.at(contextPrimitive(0)) && d.text() === START_TLS;
    } else if (!fromOriginator && this.#asksForTls && d.enterIf(EXTENDED_RESPONSE)) {
      return d.integer(DER.enumerated) === SUCCESS && !d.failed ? "hand-over" : "stop";
    }
    return ++this.#messages > MOST_MESSAGES ? "stop" : "go-on";
  }

  close(): void {
    this.#gss?.close();
  }

  #bind(d: DerReader): void {
    d.enter(BIND_REQUEST);
    d.integer();
    d.skip();
    if (d.enterIf(SASL)) {
      const mechanism = Buffer.from(d.octets()).toString("latin1");
      if (GSS_MECHANISMS.includes(mechanism) && d.at(DER.octetString)) this.#token(d.octets(), true);
    } else if (d.at(SICILY_NEGOTIATE) || d.at(SICILY_RESPONSE)) {
      this.#token(d.octets(d.next), true);
    }
  }

  #bound(d: DerReader): void {
    d.enter(BIND_RESPONSE);
    const code = d.integer(DER.enumerated);
    const matched = d.octets();
    d.skip();
    if (this.#gss === null || d.failed) return;
    if (matched.length > 0 && code === SUCCESS) {
      // Microsoft's own binds answer with the challenge here, and have a further step to go.
      this.#token(matched, false);
      return;
    }
    while (d.more && !d.at(SERVER_CREDENTIALS)) d.skip();
    if (d.at(SERVER_CREDENTIALS)) this.#token(d.octets(SERVER_CREDENTIALS), false);
    if (code !== BIND_IN_PROGRESS) this.#gss.tell({ kind: "auth-result", success: code === SUCCESS });
  }

  #token(token: Uint8Array, fromOriginator: boolean): void {
    if (token.length === 0) return;
    this.#gss ??= this.#conn.inner("gss", "ldap");
    this.#gss.data(token, 0, token.length, fromOriginator);
  }
}
