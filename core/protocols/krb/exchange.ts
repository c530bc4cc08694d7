import { createHash } from "node:crypto";
import type { Moment, RecordSink } from "../protocol.ts";
import type { ApRequest, KdcReply, KdcRequest, KrbError, Principal, Ticket } from "./messages.ts";
import {
  cipherName,
  errorName,
  hasBit,
  KDC_OPTION_FORWARDABLE,
  KDC_OPTION_RENEWABLE,
  kdcOptionNames,
  nameTypeName,
  padataName,
} from "./names.ts";
import { kerberos } from "./records.ts";

const PA_PK_AS_REQ_OLD = 14;
const PA_PK_AS_REQ = 16;

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
  #error: KrbError | null = null;
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
    this.#success = false;
  }

  /** The service accepted the ticket (true), or did not. */
  accepted(success: boolean): void {
    this.#success = success;
  }

  emit(out: RecordSink, to: Moment): void {
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
        client_cert_subject: null,
        client_cert_fuid: null,
        server_cert_subject: null,
        server_cert_fuid: null,
        error_code: this.#error === null ? null : Math.max(0, this.#error.code),
        etypes: request?.etypes.map(cipherName) ?? null,
        reply_cipher: this.#replyCipher === null ? null : cipherName(this.#replyCipher),
        client_type: this.#clientType === null ? null : nameTypeName(this.#clientType),
        service_type: this.#service === null ? null : nameTypeName(this.#service.type),
        kdc_options: request === null ? null : kdcOptionNames(request.options),
        padata: request?.padata.map(padataName) ?? null,
        reply_padata: this.#replyPadata?.map(padataName) ?? null,
        pkinit: request?.padata.some((type) => type === PA_PK_AS_REQ || type === PA_PK_AS_REQ_OLD) ?? null,
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
  return createHash("sha256").update(ticket.cipher).digest("hex");
}

/** The request without octets of the packet, so that it can be kept. */
function withoutBorrowed(request: KdcRequest): KdcRequest {
  return { ...request, options: request.options.slice(), authTicket: null };
}
