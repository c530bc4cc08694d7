/** Longest text taken from one field. Distinguished names of deep trees stay below 4 KiB. */
const MAX_TEXT = 8192;

/**
 * LDAPString as text. RFC 4511 4.1.2. Control characters become "?", as Zeek has it (Active Directory ends its
 * diagnostic messages with a zero octet).
 */
export function textOfOctets(octets: Uint8Array): string {
  const text = utf8(octets);

  return text.replaceAll(/[\x00-\x1f\x7f]/g, "?");
}

/** Octets as UTF-8, as long as a field may be. */
export function utf8(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, MAX_TEXT)).toString("utf8");
}

/** Octets as lower-case hexadecimal. */
export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
}
