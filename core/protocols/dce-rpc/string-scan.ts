import type { NdrReader } from "./ndr.ts";

const MOST_STRINGS = 32;
const LONGEST = 32_768;

/**
 * Strings in what is left of a stub whose structure is not followed. Only two exact forms count, both with their length
 * three times: BSTRs (characters, octets, characters; [MS-OAUT] 2.2.23.1) and conformant varying strings (most, offset
 * 0, actual; with a final NUL). So noise is not mistaken for text, but text in other forms is not found.
 */
export function stringsIn(ndr: NdrReader): string[] {
  const r = ndr.octets;
  const found: string[] = [];
  ndr.align(4);
  const { end } = r;
  let at = r.pos;
  while (at + 14 <= end && found.length < MOST_STRINGS) {
    r.seek(at, end);
    const first = r.u32(ndr.littleEndian);
    const second = r.u32(ndr.littleEndian);
    const third = r.u32(ndr.littleEndian);
    const isBstr = first === third && second === 2 * first;
    const isString = second === 0 && third <= first && third > 1;
    const octets = third * 2;
    if (first > 0 && first <= LONGEST && (isBstr || isString) && octets <= r.left) {
      const text = ndr.littleEndian ? r.utf16le(octets) : "";
      const isTerminated = text.endsWith("\0");
      const shown = isTerminated ? text.slice(0, -1) : text;
      if (shown !== "" && (isBstr || isTerminated) && isText(shown)) {
        found.push(shown);
        at = r.pos + ((4 - (octets & 3)) & 3);
        continue;
      }
    }
    at += 4;
  }
  r.seek(end, end);
  return found;
}

/** True if no character is a control character, a lone surrogate or unassigned. */
function isText(text: string): boolean {
  return !/[^\P{C}\t\r\n]/u.test(text);
}
