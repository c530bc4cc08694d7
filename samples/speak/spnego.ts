import { joined, ascii } from "../wire/byte-writer.ts";
import { application, context, enumerated, objectId, octets, sequence, der } from "./der.ts";

const SPNEGO = "1.3.6.1.5.5.2";
const NTLM = "1.3.6.1.4.1.311.2.2.10";
const KERBEROS = "1.2.840.113554.1.2.2";
const MS_KERBEROS = "1.2.840.48018.1.2.2";

export type Mechanism = "ntlm" | "kerberos";

/** What a server offers before anybody asked: NegTokenInit2 with Windows' hint. [MS-SPNG] 2.2.1 */
export function spnegoOffer(): Uint8Array {
  const mechanisms = [MS_KERBEROS, KERBEROS, NTLM].map(objectId);
  const hint = context(3, sequence(context(0, der(0x1b, ascii("not_defined_in_RFC4178@please_ignore")))));
  return application(0, objectId(SPNEGO), context(0, sequence(context(0, sequence(...mechanisms)), hint)));
}

/** The client's first token. [RFC 4178 4.2.1] */
export function spnegoInit(mechanism: Mechanism, token: Uint8Array): Uint8Array {
  const mechanisms = mechanism === "ntlm" ? [NTLM] : [MS_KERBEROS, KERBEROS, NTLM];
  const offer = context(0, sequence(...mechanisms.map(objectId)));
  return application(0, objectId(SPNEGO), context(0, sequence(offer, context(2, octets(token)))));
}

/** negState of RFC 4178 4.2.2. */
export const ACCEPTED = 0;
export const INCOMPLETE = 1;

export interface SpnegoAnswer {
  readonly state?: number;
  readonly mechanism?: Mechanism;
  readonly token?: Uint8Array;
  readonly mic?: Uint8Array;
}

/** Any later token of either side. [RFC 4178 4.2.2] */
export function spnegoAnswer(answer: SpnegoAnswer): Uint8Array {
  const parts: Uint8Array[] = [];
  if (answer.state !== undefined) parts.push(context(0, enumerated(answer.state)));
  if (answer.mechanism !== undefined)
    parts.push(context(1, objectId(answer.mechanism === "ntlm" ? NTLM : MS_KERBEROS)));
  if (answer.token !== undefined) parts.push(context(2, octets(answer.token)));
  if (answer.mic !== undefined) parts.push(context(3, octets(answer.mic)));
  return context(1, sequence(...parts));
}

/** A Kerberos message as a GSS-API token; `id` 1 for AP-REQ, 2 for AP-REP. [RFC 4121 4.1] */
export function gssKerberos(id: 1 | 2, message: Uint8Array): Uint8Array {
  return application(0, objectId(KERBEROS), joined(Uint8Array.of(id, 0), message));
}
