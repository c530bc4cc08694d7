import type { ByteReader } from "../../bytes/reader.ts";
import { KrbExchange, ticketHash } from "../krb/exchange.ts";
import { KRB_TAGS, parseKrb } from "../krb/messages.ts";
import { grantedTickets } from "../krb/tickets.ts";
import { isNtlm, parseNtlm } from "../ntlm/messages.ts";
import type { Analyzer, CarrierFact, Connection, RecordSink } from "../protocol.ts";
import { NtlmExchange } from "./ntlm-exchange.ts";
import { INITIAL_TOKEN, mechanismName, NEG_STATE, NEG_TOKEN_INIT, NEG_TOKEN_RESP, parseGssToken } from "./tokens.ts";

/**
 * One authentication in any carrier: SPNEGO, or the tokens of NTLM and Kerberos without it. Each `data` is one token.
 * Sets the stream's identity as soon as it is known.
 */
export class GssAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #isSpnego = false;
  #ntlm: NtlmExchange | null = null;
  #kerberos: KrbExchange | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const { source, pos, end } = r;
    if (isNtlm(r)) {
      this.#mechanismToken(source, pos, end);
      return;
    }
    const first = r.peekU8();
    if (first !== INITIAL_TOKEN && first !== NEG_TOKEN_INIT && first !== NEG_TOKEN_RESP) {
      this.#mechanismToken(source, pos, end);
      return;
    }
    const token = parseGssToken(source, pos, end);
    if (token === null) {
      this.#out.weird("gssapi_token_malformed");
      return;
    }
    if (token.kind === "mechanism") {
      if (mechanismName(token.oid).startsWith("kerberos")) this.#kerberosToken(token.body, 0, token.body.length, true);
      this.#name();
      return;
    }
    this.#isSpnego = true;
    if (token.token !== null && token.token.length > 0) this.#mechanismToken(token.token, 0, token.token.length);
    // Behind what it carries, as Zeek names them.
    this.#name();
    if (token.kind === "resp" && !fromOriginator) this.#negotiated(token.state);
  }

  /** A token is whole or not there at all. */
  gap(): void {}

  told(fact: CarrierFact): void {
    this.#over(fact.success);
  }

  close(): void {
    this.#over(null);
  }

  /** A mechanism's token inside SPNEGO, or without it. */
  #mechanismToken(bytes: Uint8Array, start: number, end: number): void {
    const message = parseNtlm(bytes, start, end);
    if (message !== null) {
      this.#name("ntlm");
      if (message.type === 1 && this.#ntlm?.isAnswered === true) this.#over(null);
      this.#ntlm ??= new NtlmExchange(this.#isSpnego, this.#conn.now);
      if (this.#ntlm.add(message, this.#conn.now)) this.#out.weird("ntlm_av_pairs_malformed");
      if (message.type === 3) this.#conn.identity = this.#ntlm.identity;
      return;
    }
    const token = bytes[start] === INITIAL_TOKEN ? parseGssToken(bytes, start, end) : null;
    if (token?.kind === "mechanism") {
      if (mechanismName(token.oid).startsWith("kerberos")) this.#kerberosToken(token.body, 0, token.body.length, true);
    } else {
      this.#kerberosToken(bytes, start, end, false);
    }
  }

  /** A Kerberos message, with the two octets of RFC 4121 4.1 before it or (as some send it) without. */
  #kerberosToken(bytes: Uint8Array, start: number, end: number, hasTokenId: boolean): void {
    const at = hasTokenId ? start + 2 : start;
    const message = at < end && isKrbTag(bytes[at]!) ? parseKrb(bytes, at, end) : null;
    if (message === null) return;
    this.#name("krb");
    const { now } = this.#conn;
    if (message.kind === "AP") {
      this.#kerberos?.emit(this.#out, now);
      this.#kerberos = new KrbExchange(message, now);
      const holder = grantedTickets(this.#conn).get(ticketHash(message.ticket));
      if (holder !== undefined) this.#kerberos.client = `${holder.name}/${holder.realm}`;
      this.#conn.identity = {
        user: holder?.name ?? null,
        domain: holder?.realm ?? message.ticket.realm,
        workstation: null,
        mechanism: "kerberos",
      };
    } else if (message.kind === "AP-REP" || message.kind === "error") {
      const exchange = this.#kerberos ?? (message.kind === "error" ? new KrbExchange(null, now) : null);
      if (exchange === null) return;
      if (message.kind === "error") exchange.refused(message);
      else exchange.accepted(true);
      exchange.emit(this.#out, now);
      this.#kerberos = null;
    }
  }

  /** What is in a header of HTTP is no service of the connection, neither here nor in Zeek. */
  #name(name?: string): void {
    if (this.#conn.pipe !== "http") this.#conn.confirm(name);
  }

  /** The server's word on the negotiation. */
  #negotiated(state: number | null): void {
    if (state === NEG_STATE.acceptCompleted) this.#over(true);
    else if (state === NEG_STATE.reject) this.#over(false);
  }

  /** Writes what is pending. @param success null if the outcome is not known. */
  #over(success: boolean | null): void {
    const { now } = this.#conn;
    if (this.#ntlm !== null) {
      this.#ntlm.emit(this.#out, success, now);
      this.#ntlm = null;
    }
    if (this.#kerberos !== null) {
      if (success !== null) this.#kerberos.accepted(success);
      this.#kerberos.emit(this.#out, now);
      this.#kerberos = null;
    }
  }
}

function isKrbTag(octet: number): boolean {
  return octet === KRB_TAGS.apReq || octet === KRB_TAGS.apRep || octet === KRB_TAGS.error;
}
