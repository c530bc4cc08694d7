import { contextPrimitive, contextTag, DER, DerReader } from "../../bytes/der.ts";
import { eachPadata, field, optional, principal } from "./elements.ts";

/** Types of pre-authentication data that are looked into. RFC 4120 7.5.2, RFC 4556, RFC 6113, [MS-KILE], [MS-SFU] */
export const PA = {
  tgsReq: 1,
  encTimestamp: 2,
  extendedError: 3,
  pkAsReqOld: 14,
  pkAsRepOld: 15,
  pkAsReq: 16,
  pkAsRep: 17,
  forUser: 129,
  s4uX509User: 130,
  fxFast: 136,
  encryptedChallenge: 138,
  spake: 151,
} as const;

const ERR_PREAUTH_REQUIRED = 25;

/**
 * e-data of an error, an OCTET STRING: what pre-authentication is wanted, or Windows' status, alone (KERB-ERROR-DATA) or among others.
 * RFC 4120 5.9.1, [MS-KILE] 2.2.1, 2.2.2
 */
export function errorData(code: number, data: Uint8Array, padata: number[]): number | null {
  let status: number | null = null;
  const take = (type: number, value: Uint8Array): void => {
    if (type === PA.extendedError && value.length >= 12) status = statusOf(value);
    else if (code === ERR_PREAUTH_REQUIRED) padata.push(type);
  };
  const octets = new DerReader(data).octets();
  const alone = new DerReader(octets);
  alone.enter(DER.sequence);
  if (!alone.at(contextTag(1))) {
    eachPadata(new DerReader(octets), take);
    return status;
  }
  const type = field(alone, 1, () => alone.integer());
  const value = field(alone, 2, () => alone.octets());
  if (!alone.failed) take(type, value);
  return status;
}

function statusOf(value: Uint8Array): number {
  return value[0]! + value[1]! * 0x100 + value[2]! * 0x10000 + value[3]! * 0x1000000;
}

/** The first certificate in a PA-PK-AS-REQ. RFC 4556 3.2.1 */
export function certificateOfRequest(value: Uint8Array): Uint8Array | null {
  const d = new DerReader(value);
  d.enter(DER.sequence);
  return d.at(contextPrimitive(0)) ? firstCertificate(d.octets(contextPrimitive(0))) : null;
}

/** The first certificate in a PA-PK-AS-REP with a Diffie-Hellman answer. RFC 4556 3.2.3 */
export function certificateOfReply(value: Uint8Array): Uint8Array | null {
  const d = new DerReader(value);
  if (!d.enterIf(contextTag(0))) return null;
  d.enter(DER.sequence);
  return d.at(contextPrimitive(0)) ? firstCertificate(d.octets(contextPrimitive(0))) : null;
}

/** The first certificate in a ContentInfo with SignedData. RFC 5652 3, 5.1 */
function firstCertificate(content: Uint8Array): Uint8Array | null {
  const d = new DerReader(content);
  d.enter(DER.sequence);
  d.oid();
  d.enter(contextTag(0));
  d.enter(DER.sequence);
  d.integer();
  d.skip(); // digestAlgorithms
  d.skip(); // encapContentInfo
  if (!d.enterIf(contextTag(0))) return null;
  const certificate = d.skip();
  return d.failed || certificate === null ? null : content.subarray(certificate.start, certificate.end);
}

/** "name/realm" in a PA-FOR-USER. [MS-SFU] 2.2.1 */
export function forUserName(value: Uint8Array): string | null {
  const d = new DerReader(value);
  d.enter(DER.sequence);
  const user = field(d, 0, () => principal(d));
  const realm = field(d, 1, () => d.text());
  return d.failed ? null : `${user.name}/${realm}`;
}

/** "name/realm" in a PA-S4U-X509-USER; null if the account is given by its certificate. [MS-SFU] 2.2.2 */
export function s4uUserName(value: Uint8Array): string | null {
  const d = new DerReader(value);
  d.enter(DER.sequence);
  d.enter(contextTag(0));
  d.enter(DER.sequence);
  optional(d, 0, () => d.skip());
  const user = optional(d, 1, () => principal(d));
  const realm = field(d, 2, () => d.text());
  return d.failed || user === null || user.name === "" ? null : `${user.name}/${realm}`;
}
