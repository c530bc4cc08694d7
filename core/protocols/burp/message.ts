import type { ByteReader } from "../../bytes/reader.ts";

/** The octet that tells the kind, and four hexadecimal digits that tell how much follows. src/asfd.c */
export const HEADER_OCTETS = 5;

/** Octets of the message at `r`; 0 if more are needed to tell, -1 if it is none. */
export function messageLength(r: ByteReader): number {
  const kind = r.peekU8();
  if (kind >= 0 && (kind < 0x21 || kind > 0x7e)) return -1;
  let octets = 0;
  for (let i = 1; i < HEADER_OCTETS; i++) {
    const digit = r.peekU8(i);
    if (digit < 0) return 0;
    const value = digit >= 0x30 && digit <= 0x39 ? digit - 0x30 : digit >= 0x41 && digit <= 0x46 ? digit - 0x37 : -1;
    if (value < 0) return -1;
    octets = octets * 16 + value;
  }
  return HEADER_OCTETS + octets;
}
