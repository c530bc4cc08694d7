/** CRC32C (Castagnoli) of octets, as iSCSI and NVMe/TCP digests use it. RFC 7143 13.1, RFC 3720 B.4 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const octet of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ octet) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}

const POLYNOMIAL = 0x82f6_3b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});
