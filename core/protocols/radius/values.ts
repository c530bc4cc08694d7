import type { RadiusMessage } from "./message.ts";
import { ATTR } from "./message.ts";

/** An attribute's value as UTF-8, null if it is not there. RFC 2865 5 */
export function textOf({ attributes }: RadiusMessage, type: number): string | null {
  const value = attributes.get(type);
  if (value === undefined) return null;
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8");
}

/** An IPv4 address, null if it is not there or of another length. */
export function addressOf({ attributes }: RadiusMessage, type: number): string | null {
  const value = attributes.get(type);
  return value?.length === 4 ? value.join(".") : null;
}

/** A 32-bit number, null if it is not there or of another length. */
export function numberOf({ attributes }: RadiusMessage, type: number): number | null {
  const value = attributes.get(type);
  if (value?.length !== 4) return null;
  return value[0]! * 0x1000000 + value[1]! * 0x10000 + value[2]! * 0x100 + value[3]!;
}

/** Twelve or sixteen digits of a hardware address with colons; "" if there are more or fewer, as Zeek has it. */
export function macOf(text: string): string {
  const digits = text.replaceAll(/[^0-9a-f]/gi, "").toLowerCase();
  return digits.length === 12 || digits.length === 16 ? digits.replaceAll(/..(?=.)/g, "$&:") : "";
}

/** Microsoft's responses. RFC 2548 2.1.3, 2.3.2 */
const MS_CHAP = "311:1";
const MS_CHAP_2 = "311:25";
const EAP_TYPES: Readonly<Record<number, string>> = {
  1: "EAP",
  3: "EAP",
  4: "EAP-MD5",
  6: "EAP-GTC",
  13: "EAP-TLS",
  17: "EAP-LEAP",
  18: "EAP-SIM",
  21: "EAP-TTLS",
  23: "EAP-AKA",
  25: "EAP-PEAP",
  26: "EAP-MSCHAPv2",
  43: "EAP-FAST",
  50: "EAP-AKA'",
  52: "EAP-PWD",
  55: "EAP-TEAP",
};

/** How the client proves who it is; null if the packet has no proof. EAP's type is in RFC 3748 4's fifth octet. */
export function methodOf(message: RadiusMessage): string | null {
  const { attributes, vendorAttributes } = message;
  const eap = attributes.get(ATTR.eapMessage);
  if (eap !== undefined) return eap.length > 4 ? (EAP_TYPES[eap[4]!] ?? `EAP-${eap[4]!}`) : "EAP";
  if (attributes.has(ATTR.userPassword)) return "PAP";
  if (attributes.has(ATTR.chapPassword)) return "CHAP";
  if (vendorAttributes.includes(MS_CHAP_2)) return "MS-CHAPv2";
  return vendorAttributes.includes(MS_CHAP) ? "MS-CHAP" : null;
}

const SERVICE_TYPES: readonly (string | undefined)[] = [
  undefined,
  "Login",
  "Framed",
  "Callback Login",
  "Callback Framed",
  "Outbound",
  "Administrative",
  "NAS Prompt",
  "Authenticate Only",
  "Callback NAS Prompt",
  "Call Check",
  "Callback Administrative",
];
const STATUS_TYPES: Readonly<Record<number, string>> = {
  1: "Start",
  2: "Stop",
  3: "Interim-Update",
  7: "Accounting-On",
  8: "Accounting-Off",
  15: "Failed",
};
const CAUSES: readonly (string | undefined)[] = [
  undefined,
  "User-Request",
  "Lost-Carrier",
  "Lost-Service",
  "Idle-Timeout",
  "Session-Timeout",
  "Admin-Reset",
  "Admin-Reboot",
  "Port-Error",
  "NAS-Error",
  "NAS-Request",
  "NAS-Reboot",
  "Port-Unneeded",
  "Port-Preempted",
  "Port-Suspended",
  "Service-Unavailable",
  "Callback",
  "User-Error",
  "Host-Request",
];

/** Service-Type by name. RFC 2865 5.6 */
export function serviceTypeOf(message: RadiusMessage): string | null {
  const type = numberOf(message, ATTR.serviceType);
  return type === null ? null : (SERVICE_TYPES[type] ?? String(type));
}

/** Acct-Status-Type by name. RFC 2866 5.1 */
export function statusOf(message: RadiusMessage): string | null {
  const type = numberOf(message, ATTR.acctStatusType);
  return type === null ? null : (STATUS_TYPES[type] ?? String(type));
}

/** Acct-Terminate-Cause by name. RFC 2866 5.10 */
export function causeOf(message: RadiusMessage): string | null {
  const cause = numberOf(message, ATTR.acctTerminateCause);
  return cause === null ? null : (CAUSES[cause] ?? String(cause));
}

/** Octets counted in two attributes, the higher 32 bits apart. RFC 2869 5.1 */
export function octetsOf(message: RadiusMessage, low: number, high: number): number | null {
  const octets = numberOf(message, low);
  return octets === null ? null : octets + (numberOf(message, high) ?? 0) * 2 ** 32;
}
