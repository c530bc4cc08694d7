import { isIPv4, isIPv6 } from "node:net";
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

/** Text of an address in the form that records have (dotted quad, RFC 5952), null if it is none. */
export function addressOfText(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes("%")) return null;
  const quad = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16);
  const plain = quad === null ? text : `${quad[1]!}${hex(quad[2]!, quad[3]!)}:${hex(quad[4]!, quad[5]!)}`;
  const [before = "", behind] = plain.split("::", 2);
  const left = before === "" ? [] : before.split(":");
  const right = behind === undefined || behind === "" ? [] : behind.split(":");
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return ipv6GroupsText([...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16)));
}
