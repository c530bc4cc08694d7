import { hash } from "node:crypto";
import type { Moment, RecordSink } from "../protocol.ts";
import { ntStatusName } from "../smb/nt-status.ts";
import type { Principal } from "./elements.ts";
import type { ApRequest, KdcReply, KdcRequest, KrbError, Ticket } from "./messages.ts";
import {
  cipherName,
  errorName,
  etypeName,
  hasBit,
  KDC_OPTION_CNAME_IN_TICKET,
  KDC_OPTION_ENC_TKT_IN_SKEY,
  KDC_OPTION_FORWARDABLE,
  KDC_OPTION_RENEWABLE,
  kdcOptionNames,
  nameTypeName,
  padataName,
} from "./names.ts";
import { PA } from "./padata.ts";
import { kerberos } from "./records.ts";

/** A PKINIT certificate as it is recorded. */
export interface SeenCertificate {
  readonly subject: string | null;
  readonly fuid: string;
}

/** Texts of errors that only ask for pre-authentication: Zeek writes no row for them. Zeek base/protocols/krb/main.zeek */
const IGNORED_ERRORS: readonly string[] = ["NEEDED_PREAUTH", "Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ"];

/** One exchange as it is put together from its messages; writes the `kerberos` row when it is over. */
export class KrbExchange {
  readonly from: Moment;
  readonly kind: "AS" | "TGS" | "AP" | null;
  /** Nonce of a KDC request, to know its repetition over UDP; null for others. */
  readonly nonce: number | null;
  #client: string | null = null;
  #clientType: number | null = null;
  #service: Principal | null = null;
  #request: KdcRequest | null = null;
  #cipher: number | null = null;
  #replyCipher: number | null = null;
  #replyPadata: readonly number[] | null = null;
  #authTicket: string | null = null;
  #newTicket: string | null = null;
  #ticketRealm: string | null = null;
  #ticketKvno: number | null = null;
  #error: KrbError | null = null;
  /** Certificates of PKINIT, the client's and the KDC's. */
  clientCertificate: SeenCertificate | null = null;
  kdcCertificate: SeenCertificate | null = null;
  #success: boolean | null = null;

  constructor(request: KdcRequest | ApRequest | null, from: Moment) {
    this.from = from;
    this.kind = request?.kind ?? null;
    this.nonce = null;
    if (request === null) return;
    if (request.kind === "AP") {
      this.#client = `/${request.ticket.realm}`;
      this.#service = request.ticket.service;
      this.#cipher = request.ticket.etype;
      this.#ticketRealm = request.ticket.realm;
      this.#ticketKvno = request.ticket.kvno;
      this.#replyCipher = request.etype;
      this.#authTicket = ticketHash(request.ticket);
      return;
    }
    this.nonce = request.nonce;
    this.#request = withoutBorrowed(request);
    this.#service = request.service;
    if (request.authTicket !== null) this.#authTicket = ticketHash(request.authTicket);
    if (request.kind === "AS") {
      this.#client = `${request.client?.name ?? ""}/${request.realm}`;
      this.#clientType = request.client?.type ?? null;
    }
  }

  /** Client as "name/realm" if known by now. */
  set client(client: string) {
    this.#client = client;
  }

  /** SHA-256 of the ticket presented, null if there is none. */
  get authTicket(): string | null {
    return this.#authTicket;
  }

  granted(reply: KdcReply): void {
    this.#client ??= `${reply.client.name}/${reply.clientRealm}`;
    this.#clientType ??= reply.client.type;
    this.#service = reply.ticket.service;
    this.#cipher = reply.ticket.etype;
    this.#ticketRealm = reply.ticket.realm;
    this.#ticketKvno = reply.ticket.kvno;
    this.#replyCipher = reply.etype;
    this.#replyPadata = reply.padata;
    this.#newTicket = ticketHash(reply.ticket);
    this.#success = true;
  }

  refused(error: KrbError): void {
    if (this.#client === null && (error.client !== null || error.clientRealm !== null)) {
      this.#client = `${error.client === null ? "" : `${error.client.name}/`}${error.clientRealm ?? ""}`;
    }
    this.#service = error.service ?? this.#service;
    this.#error = error;
    if (error.padata.length > 0) this.#replyPadata = error.padata;
    this.#success = false;
  }

  /** The service accepted the ticket (true), or did not. */
  accepted(success: boolean): void {
    this.#success = success;
  }

  /** True for an error that only asks for pre-authentication in words that Zeek passes over. */
  get isIgnored(): boolean {
    return IGNORED_ERRORS.includes(this.#error?.text ?? "");
  }

  emit(out: RecordSink, to: Moment): void {
    if (this.isIgnored) return;
    const request = this.#request;
    out.emit(
      kerberos,
      {
        request_type: this.kind,
        client: this.#client,
        service: this.#service?.name ?? null,
        success: this.#success,
        error_msg: this.#error === null ? null : (this.#error.text ?? errorName(this.#error.code)),
        from: request?.from ?? null,
        till: request?.till ?? null,
        cipher: this.#cipher === null ? null : cipherName(this.#cipher),
        forwardable: request === null ? null : hasBit(request.options, KDC_OPTION_FORWARDABLE),
        renewable: request === null ? null : hasBit(request.options, KDC_OPTION_RENEWABLE),
        client_cert_subject: this.clientCertificate?.subject ?? null,
        client_cert_fuid: this.clientCertificate?.fuid ?? null,
        server_cert_subject: this.kdcCertificate?.subject ?? null,
        server_cert_fuid: this.kdcCertificate?.fuid ?? null,
        nt_status: statusName(this.#error),
        service_realm: this.#ticketRealm,
        ticket_kvno: this.#ticketKvno,
        error_code: this.#error === null ? null : Math.max(0, this.#error.code),
        etypes: request?.etypes.map(etypeName) ?? null,
        reply_cipher: this.#replyCipher === null ? null : etypeName(this.#replyCipher),
        client_type: this.#clientType === null ? null : nameTypeName(this.#clientType),
        service_type: this.#service === null ? null : nameTypeName(this.#service.type),
        kdc_options: request === null ? null : kdcOptionNames(request.options),
        padata: request?.padata.map(padataName) ?? null,
        reply_padata: this.#replyPadata?.map(padataName) ?? null,
        preauth: request?.kind === "AS" ? preauthOf(request.padata) : null,
        fast: request?.padata.includes(PA.fxFast) ?? null,
        delegation: request === null ? null : delegationOf(request),
        pkinit: request?.padata.some((type) => type === PA.pkAsReq || type === PA.pkAsReqOld) ?? null,
        for_user: request?.forUser ?? null,
        has_additional_tickets: request?.hasAdditionalTickets ?? null,
        auth_ticket_sha256: this.#authTicket,
        new_ticket_sha256: this.#newTicket,
      },
      this.from,
      to,
    );
  }
}

/** SHA-256 of a ticket's encrypted part, hexadecimal. */
export function ticketHash(ticket: Ticket): string {
  return hash("sha256", ticket.cipher);
}

/** The request without octets of the packet, so that it can be kept. */
function withoutBorrowed(request: KdcRequest): KdcRequest {
  return { ...request, options: request.options.slice(), authTicket: null, certificate: null };
}

function statusName(error: KrbError | null): string | null {
  return error === null || error.ntStatus === null ? null : ntStatusName(error.ntStatus);
}

/** What an AS request proves its knowledge of the account's secret with. */
function preauthOf(padata: readonly number[]): string {
  if (padata.includes(PA.pkAsReq) || padata.includes(PA.pkAsReqOld)) return "certificate";
  if (padata.includes(PA.encTimestamp)) return "timestamp";
  if (padata.includes(PA.encryptedChallenge)) return "challenge";
  if (padata.includes(PA.spake)) return "spake";
  return padata.includes(PA.fxFast) ? "fast" : "none";
}

/** In whose name a ticket is asked for, if not the client's own. [MS-SFU] 3.1.5.1.1, 3.1.5.2.1; RFC 4120 3.3.3 */
function delegationOf(request: KdcRequest): string | null {
  if (request.forUser !== null) return "S4U2self";
  if (!request.hasAdditionalTickets) return null;
  if (hasBit(request.options, KDC_OPTION_CNAME_IN_TICKET)) return "S4U2proxy";
  return hasBit(request.options, KDC_OPTION_ENC_TKT_IN_SKEY) ? "user-to-user" : null;
}
