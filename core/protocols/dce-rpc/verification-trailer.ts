/** Signature that begins the verification trailer of a request's stub. [MS-RPCE] 2.2.2.13.1 */
const SIGNATURE = Uint8Array.of(0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71);
/** The trailer's commands take 8 to about 80 octets behind the signature. */
const SEARCHED = 256;

/**
 * Where the stub in `bytes[start..end)` ends without its verification trailer and the padding before it.
 * A sealed stub shows no trailer and is returned whole.
 */
export function stubEndWithoutTrailer(bytes: Uint8Array, start: number, end: number): number {
  const from = Math.max(start, end - SEARCHED);
  const area = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from);
  const at = area.lastIndexOf(SIGNATURE);
  return at < 0 ? end : from + at;
}
