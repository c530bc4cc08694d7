import type { ByteSource } from "./byte-source.ts";
import type { Compression } from "./capture-file.ts";
import { LZ4_LEGACY_MAGIC, LZ4_MAGIC, Lz4Unpacker } from "./lz4.ts";
import { PackedInput } from "./packed-input.ts";
import { UnpackedSource } from "./unpacked-source.ts";
import { gunzipSource } from "./zlib-source.ts";
import { SKIPPABLE_MAGIC, ZSTD_MAGIC, ZstdUnpacker } from "./zstd.ts";

/** How a file is packed, by its first octets. */
export function compressionOf(magic: Uint8Array): Compression {
  if (magic.length >= 2 && magic[0] === 0x1f && magic[1] === 0x8b) return "gzip";
  if (magic.length < 4) return "none";
  const word = new DataView(magic.buffer, magic.byteOffset, 4).getUint32(0, true);
  if (word === ZSTD_MAGIC) return "zstd";
  // A frame to skip may come first in both; parallel zstd writes such.
  if ((word & ~0xf) >>> 0 === SKIPPABLE_MAGIC) return "zstd";
  if (word === LZ4_MAGIC || word === LZ4_LEGACY_MAGIC) return "lz4";
  return "none";
}

/** The octets that packed ones unpack to. */
export function unpacked(compression: Compression, packed: ByteSource): ByteSource {
  switch (compression) {
    case "none":
      return packed;
    case "gzip":
      return gunzipSource(packed);
    case "zstd":
      return new UnpackedSource(packed, new ZstdUnpacker(new PackedInput(packed)));
    case "lz4":
      return new UnpackedSource(packed, new Lz4Unpacker(new PackedInput(packed)));
  }
}
