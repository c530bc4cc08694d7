import type { ByteSource } from "./byte-source.ts";
import type { Compression } from "./capture-file.ts";
import { gunzipSource } from "./zlib-source.ts";

/** How a file is packed, by its first octets. */
export function compressionOf(magic: Uint8Array): Compression {
  if (magic.length >= 2 && magic[0] === 0x1f && magic[1] === 0x8b) return "gzip";
  return "none";
}

/** The octets that packed ones unpack to. */
export function unpacked(compression: Compression, packed: ByteSource): ByteSource {
  switch (compression) {
    case "gzip":
      return gunzipSource(packed);
    default:
      return packed;
  }
}
