import { brotliDecompressSync, inflateSync } from "node:zlib";
import type { ByteReader } from "../../bytes/reader.ts";

/** Most octets that a message may unpack to. */
const MAX_UNPACKED = 1 << 17;
const UNPACK: Readonly<Record<number, (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array>> = {
  1: inflateSync,
  2: brotliDecompressSync,
};

/** CompressedCertificate. RFC 8879 4. The Certificate message inside, null if it cannot be unpacked (zstd, or damaged). */
export function readCompressedCertificate(r: ByteReader): Uint8Array | null {
  const algorithm = r.u16be();
  const octets = r.u24be();
  const packed = r.bytes(r.u24be());
  const unpack = UNPACK[algorithm];
  if (r.truncated || unpack === undefined || octets > MAX_UNPACKED) return null;
  try {
    return unpack(packed, { maxOutputLength: MAX_UNPACKED });
  } catch {
    // zlib says by throwing that the octets are not packed as they claim, or that they unpack to too much.
    return null;
  }
}
