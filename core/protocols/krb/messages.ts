import { applicationTag, contextTag, DER, DerReader } from "../../bytes/der.ts";
import type { EncryptedPart } from "../security-context.ts";
import { encryptedData, enterMessage, eachPadata, field, integers, optional, principal } from "./elements.ts";
import type { Principal } from "./elements.ts";
import { certificateOfReply, certificateOfRequest, errorData, forUserName, PA, s4uUserName } from "./padata.ts";

/** Identifier octets of the messages. RFC 4120 5.4 to 5.9 */
export const KRB_TAGS = {
  ticket: applicationTag(1),
  asReq: applicationTag(10),
  asRep: applicationTag(11),
  tgsReq: applicationTag(12),
  tgsRep: applicationTag(13),
  apReq: applicationTag(14),
  apRep: applicationTag(15),
  safe: applicationTag(20),
  priv: applicationTag(21),
  cred: applicationTag(22),
  error: applicationTag(30),
} as const;

/** Ticket, as far as it is not encrypted. RFC 4120 5.3 */
export interface Ticket {
  readonly realm: string;
  readonly service: Principal;
  readonly etype: number;
  readonly kvno: number | null;
  /** Encrypted part, borrowed. */
  readonly cipher: Uint8Array;
}

/** KDC-REQ. RFC 4120 5.4.1 */
export interface KdcRequest {
  readonly kind: "AS" | "TGS";
  readonly isRequest: true;
  readonly padata: readonly number[];
  readonly options: Uint8Array;
  readonly client: Principal | null;
  readonly realm: string;
  readonly service: Principal | null;
  /** ns since 1970-01-01 UTC. */
  readonly from: bigint | null;
  readonly till: bigint | null;
  readonly nonce: number;
  readonly etypes: readonly number[];
  /** TGS: the ticket it is authorised with. */
  readonly authTicket: Ticket | null;
  /** TGS: account that the client asks a ticket in the name of, as "name/realm". [MS-SFU] 2.2.1 */
  readonly forUser: string | null;
  /** TGS: it brings another ticket (user to user, constrained delegation). */
  readonly hasAdditionalTickets: boolean;
  /** Client's certificate in DER (PKINIT), borrowed. */
  readonly certificate: Uint8Array | null;
}

/** KDC-REP. RFC 4120 5.4.2 */
export interface KdcReply {
  readonly kind: "AS" | "TGS";
  readonly isRequest: false;
  readonly padata: readonly number[];
  readonly clientRealm: string;
  readonly client: Principal;
  readonly ticket: Ticket;
  /** Encryption type of the part for the client. */
  readonly etype: number;
  /** KDC's certificate in DER (PKINIT), borrowed. */
  readonly certificate: Uint8Array | null;
}

/** KRB-ERROR. RFC 4120 5.9.1 */
export interface KrbError {
  readonly kind: "error";
  readonly code: number;
  readonly clientRealm: string | null;
  readonly client: Principal | null;
  readonly realm: string;
  readonly service: Principal | null;
  readonly text: string | null;
  /** Types of pre-authentication that the KDC offers instead. */
  readonly padata: readonly number[];
  /** Windows' own status of the refusal. [MS-KILE] 2.2.1 */
  readonly ntStatus: number | null;
}

/** AP-REQ. RFC 4120 5.5.1 */
export interface ApRequest {
  readonly kind: "AP";
  readonly wantsReply: boolean;
  readonly ticket: Ticket;
  /** Encryption type of the authenticator. */
  readonly etype: number;
  /** The authenticator, encrypted; borrowed. */
  readonly authenticator: EncryptedPart;
}

/** AP-REP. RFC 4120 5.5.2 */
export interface ApReply {
  readonly kind: "AP-REP";
  /** Borrowed. */
  readonly encrypted: EncryptedPart;
}

/** A message of which only the kind matters. */
export interface OtherMessage {
  readonly kind: "SAFE" | "PRIV" | "CRED";
}

export type KrbMessage = KdcRequest | KdcReply | KrbError | ApRequest | ApReply | OtherMessage;

/** Reads one message; null if it is none, malformed or cut short. Octets in the result are borrowed. RFC 4120 5.10 */
export function parseKrb(bytes: Uint8Array, start: number, end: number): KrbMessage | null {
  const d = new DerReader(bytes, start, end);
  const message = messageOf(d);
  return d.failed ? null : message;
}

function messageOf(d: DerReader): KrbMessage | null {
  switch (d.next) {
    case KRB_TAGS.asReq:
      return kdcRequest(d, "AS");
    case KRB_TAGS.tgsReq:
      return kdcRequest(d, "TGS");
    case KRB_TAGS.asRep:
      return kdcReply(d, "AS");
    case KRB_TAGS.tgsRep:
      return kdcReply(d, "TGS");
    case KRB_TAGS.error:
      return krbError(d);
    case KRB_TAGS.apReq:
      return apRequest(d);
    case KRB_TAGS.apRep:
      return apReply(d);
    case KRB_TAGS.safe:
      return { kind: "SAFE" };
    case KRB_TAGS.priv:
      return { kind: "PRIV" };
    case KRB_TAGS.cred:
      return { kind: "CRED" };
    default:
      return null;
  }
}

function kdcRequest(d: DerReader, kind: "AS" | "TGS"): KdcRequest {
  enterMessage(d, 1);
  const padata: number[] = [];
  let authTicket: Ticket | null = null;
  let forUser: string | null = null;
  let certificate: Uint8Array | null = null;
  optional(d, 3, () => {
    eachPadata(d, (type, value) => {
      padata.push(type);
      if (type === PA.tgsReq) {
        const inner = parseKrb(value, 0, value.length);
        if (inner?.kind === "AP") authTicket = inner.ticket;
      } else if (type === PA.forUser) {
        forUser = forUserName(value);
      } else if (type === PA.s4uX509User) {
        forUser ??= s4uUserName(value);
      } else if (type === PA.pkAsReq) {
        certificate = certificateOfRequest(value);
      }
    });
  });
  d.enter(contextTag(4));
  d.enter(DER.sequence);
  const options = field(d, 0, () => d.bits());
  const client = optional(d, 1, () => principal(d));
  const realm = field(d, 2, () => d.text());
  const service = optional(d, 3, () => principal(d));
  const from = optional(d, 4, () => d.time());
  const till = optional(d, 5, () => d.time());
  optional(d, 6, () => d.time()); // rtime
  const nonce = field(d, 7, () => d.integer());
  const etypes = field(d, 8, () => integers(d));
  optional(d, 9, () => d.skip());
  optional(d, 10, () => d.skip());
  const hasAdditionalTickets = d.at(contextTag(11));
  return {
    kind,
    isRequest: true,
    padata,
    options,
    client,
    realm,
    service,
    from,
    till,
    nonce,
    etypes,
    authTicket,
    forUser,
    hasAdditionalTickets,
    certificate,
  };
}

function kdcReply(d: DerReader, kind: "AS" | "TGS"): KdcReply {
  enterMessage(d, 0);
  const padata: number[] = [];
  let certificate: Uint8Array | null = null;
  optional(d, 2, () => {
    eachPadata(d, (type, value) => {
      padata.push(type);
      if (type === PA.pkAsRep) certificate = certificateOfReply(value);
    });
  });
  const clientRealm = field(d, 3, () => d.text());
  const client = field(d, 4, () => principal(d));
  const ticketOf = field(d, 5, () => ticket(d));
  const encrypted = field(d, 6, () => encryptedData(d));
  return { kind, isRequest: false, padata, clientRealm, client, ticket: ticketOf, etype: encrypted.etype, certificate };
}

function krbError(d: DerReader): KrbError {
  enterMessage(d, 0);
  optional(d, 2, () => d.time());
  optional(d, 3, () => d.integer());
  optional(d, 4, () => d.time());
  optional(d, 5, () => d.integer());
  const code = field(d, 6, () => d.integer());
  const clientRealm = optional(d, 7, () => d.text());
  const client = optional(d, 8, () => principal(d));
  const realm = optional(d, 9, () => d.text()) ?? "";
  const service = optional(d, 10, () => principal(d));
  const text = optional(d, 11, () => d.text());
  const padata: number[] = [];
  // Whatever is wrong in what an error adds, the error stands.
  const data = d.at(contextTag(12)) ? d.skip() : null;
  const ntStatus = data === null ? null : errorData(code, d.source.subarray(data.body, data.end), padata);
  return { kind: "error", code, clientRealm, client, realm, service, text, padata, ntStatus };
}

function apRequest(d: DerReader): ApRequest {
  enterMessage(d, 0);
  const options = field(d, 2, () => d.bits());
  const ticketOf = field(d, 3, () => ticket(d));
  const authenticator = field(d, 4, () => encryptedData(d));
  return {
    kind: "AP",
    wantsReply: ((options[0] ?? 0) & 0x20) !== 0,
    ticket: ticketOf,
    etype: authenticator.etype,
    authenticator: partOf(authenticator),
  };
}

function apReply(d: DerReader): ApReply {
  enterMessage(d, 0);
  return { kind: "AP-REP", encrypted: partOf(field(d, 2, () => encryptedData(d))) };
}

function partOf({ etype, kvno, cipher }: ReturnType<typeof encryptedData>): EncryptedPart {
  return { encryptionType: etype, kvno, cipher };
}

function ticket(d: DerReader): Ticket {
  d.enter(KRB_TAGS.ticket);
  d.enter(DER.sequence);
  field(d, 0, () => d.integer());
  const realm = field(d, 1, () => d.text());
  const service = field(d, 2, () => principal(d));
  const encrypted = field(d, 3, () => encryptedData(d));
  d.leave();
  d.leave();
  return { realm, service, ...encrypted };
}
