import { isUtf8 } from "node:buffer";
import type { ByteReader } from "./reader.ts";

/**
 * The next octets as text when the protocol does not say which encoding they are in: UTF-8 if they are valid UTF-8,
 * else ISO 8859-1, one character an octet, so that nothing is lost.
 */
export function wireText(r: ByteReader, octets: number): string {
  const start = r.pos;
  const text = r.latin1(octets);
  if (isAscii(text)) return text;
  const bytes = r.source.subarray(start, start + text.length);
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8") : text;
}

/** ISO 8859-1 text (one character an octet) as UTF-8 text if its octets are valid UTF-8. */
export function utf8OfLatin1(text: string): string {
  if (isAscii(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}

/** True if every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
