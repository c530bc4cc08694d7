import type { ByteReader } from "./reader.ts";

const OCTETS = Array.from({ length: 256 }, (_, i) => String(i));

/** The next 4 octets as a dotted quad. */
export function ipv4Text(r: ByteReader): string {
  const value = r.u32be();
  return (
    OCTETS[value >>> 24]! +
    "." +
    OCTETS[(value >>> 16) & 0xff]! +
    "." +
    OCTETS[(value >>> 8) & 0xff]! +
    "." +
    OCTETS[value & 0xff]!
  );
}

/** The next 16 octets as RFC 5952 text; IPv4-mapped addresses end in a dotted quad. */
export function ipv6Text(r: ByteReader): string {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 8; i++) groups[i] = r.u16be();
  return ipv6GroupsText(groups);
}

/** Eight 16-bit groups as RFC 5952 text. */
export function ipv6GroupsText(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    if (groups[i] !== 0) continue;
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) {
      bestStart = i;
      bestLength = end - i;
    }
    i = end;
  }
  if (bestStart === 0 && bestLength === 5 && groups[5] === 0xffff) {
    return `::ffff:${groups[6]! >> 8}.${groups[6]! & 0xff}.${groups[7]! >> 8}.${groups[7]! & 0xff}`;
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += "::";
      i += bestLength - 1;
      continue;
    }
    if (text !== "" && !text.endsWith(":")) text += ":";
    text += groups[i]!.toString(16);
  }
  return text;
}
