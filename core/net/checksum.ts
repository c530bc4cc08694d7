/**
 * One's complement sum (RFC 1071) of big-endian 16-bit words over `[at, end)`, an odd last octet padded with 0.
 * @param start Sum so far.
 */
export function sum16(view: DataView, at: number, end: number, start = 0): number {
  let sum = start;
  let i = at;
  for (; i + 1 < end; i += 2) sum += view.getUint16(i);
  if (i < end) sum += view.getUint8(i) << 8;
  return sum;
}

/** True if the sum, which takes in the checksum field, is that of undamaged octets. */
export function sumFits(sum: number): boolean {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded === 0xffff;
}

/** Sum of the pseudo header of TCP, UDP and ICMPv6 (RFC 9293 3.1, RFC 8200 8.1). */
export function pseudoHeaderSum(
  view: DataView,
  srcAt: number,
  dstAt: number,
  addressOctets: number,
  proto: number,
  length: number,
): number {
  let sum = sum16(view, srcAt, srcAt + addressOctets);
  sum = sum16(view, dstAt, dstAt + addressOctets, sum);
  return sum + proto + (length & 0xffff) + (length >>> 16);
}
