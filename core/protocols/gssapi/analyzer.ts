import type { ByteReader } from "../../bytes/reader.ts";
import { KrbExchange, ticketHash } from "../krb/exchange.ts";
import { KRB_TAGS, parseKrb } from "../krb/messages.ts";
import { grantedTickets } from "../krb/tickets.ts";
import { isNtlm, parseNtlm } from "../ntlm/messages.ts";
import type { Analyzer, CarrierFact, Connection, RecordSink } from "../protocol.ts";
import type { EncryptedPart, KerberosContext } from "../security-context.ts";
import type { TicketHolder } from "../unsealing/session-keys.ts";
import { ticketHolder } from "../unsealing/session-keys.ts";
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
  /** Mechanisms that the client offers in SPNEGO. */
  #offered: readonly string[] = [];
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
    if (token.kind === "init" && fromOriginator) this.#offered = token.mechanisms.map(mechanismName);
    if (token.token !== null && token.token.length > 0) this.#mechanismToken(token.token, 0, token.token.length);
    // Behind what it carries, as Zeek names them.
    this.#name();
    if (token.kind === "resp" && !fromOriginator) this.#negotiated(token.state);
  }

  /** A token is whole or not there at all. */
  gap(): void {}

  told(fact: CarrierFact): void {
    if (fact.kind === "auth-result") this.#over(null, fact.success);
  }

  close(): void {
    this.#over(null, null);
  }

  /** A mechanism's token inside SPNEGO, or without it. */
  #mechanismToken(bytes: Uint8Array, start: number, end: number): void {
    const message = parseNtlm(bytes, start, end);
    if (message !== null) {
      this.#name("ntlm");
      if (message.type === 1 && this.#ntlm?.isAnswered === true) this.#over(null, null);
      this.#ntlm ??= new NtlmExchange(this.#isSpnego, this.#offered, this.#conn.now);
      if (this.#ntlm.add(message, this.#conn.now)) this.#out.weird("ntlm_av_pairs_malformed");
      if (message.type === 3) {
        this.#conn.identity = this.#ntlm.identity;
        if (this.#conn.secrets.ntHashes.length > 0) this.#conn.securityContext = this.#ntlm.context;
      }
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
      let opened: TicketHolder | null = null;
      const { kerberosKeys, ntHashes } = this.#conn.secrets;
      // An NT hash is the account's RC4 key as well.
      if (kerberosKeys.length + ntHashes.length > 0) {
        const { ticket, authenticator } = message;
        const context: KerberosContext = {
          mechanism: "kerberos",
          realm: ticket.realm,
          service: ticket.service.name,
          ticket: copied({ encryptionType: ticket.etype, kvno: ticket.kvno, cipher: ticket.cipher }),
          authenticator: copied(authenticator),
          reply: null,
        };
        this.#conn.securityContext = context;
        opened = ticketHolder(context, this.#conn.secrets);
      }
      // A reply in a FAST tunnel may hide the client's name. RFC 6113 5.4.2
      const known = opened ?? (holder?.name === ANONYMOUS ? undefined : holder);
      this.#conn.identity = {
        user: known?.name ?? null,
        domain: known?.realm ?? message.ticket.realm,
        workstation: null,
        mechanism: "kerberos",
        ...(opened === null ? {} : { isFromTicket: true }),
      };
    } else if (message.kind === "AP-REP" || message.kind === "error") {
      const context = this.#conn.securityContext;
      // In DCE style the client answers with one more, which has no key in it. RFC 4757 7.1
      if (message.kind === "AP-REP" && context?.mechanism === "kerberos" && context.reply === null) {
        this.#conn.securityContext = { ...context, reply: copied(message.encrypted) };
      }
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
    if (state === NEG_STATE.acceptCompleted) this.#over(true, true);
    else if (state === NEG_STATE.reject) this.#over(false, false);
  }

  /**
   * Writes what is pending.
   * @param success What SPNEGO says of the outcome, null if it says nothing: what Zeek takes for NTLM's.
   * @param accepted The outcome by whatever shows it, null if nothing does.
   */
  #over(success: boolean | null, accepted: boolean | null): void {
    const { now } = this.#conn;
    if (this.#ntlm !== null) {
      this.#ntlm.emit(this.#out, success, accepted, now);
      this.#ntlm = null;
    }
    if (this.#kerberos !== null) {
      if (accepted !== null) this.#kerberos.accepted(accepted);
      this.#kerberos.emit(this.#out, now);
      this.#kerberos = null;
    }
  }
}

/** Name that stands for a client who is not named. RFC 8062 2 */
const ANONYMOUS = "WELLKNOWN/ANONYMOUS";

function copied(part: EncryptedPart): EncryptedPart {
  return { ...part, cipher: part.cipher.slice() };
}

function isKrbTag(octet: number): boolean {
  return octet === KRB_TAGS.apReq || octet === KRB_TAGS.apRep || octet === KRB_TAGS.error;
}
