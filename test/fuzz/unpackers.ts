import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { unpackLz4Block } from "../../core/bytes/lz4-block.ts";
import { ByteReader } from "../../core/bytes/reader.ts";
import type { ByteSource } from "../../core/capture/byte-source.ts";
import { compressionOf, unpacked } from "../../core/capture/compression.ts";
import { HpackDecoder } from "../../core/protocols/http2/hpack.ts";
import { unpackLz77Huffman } from "../../core/protocols/smb/compression/lz77-huffman.ts";
import { unpackLz77 } from "../../core/protocols/smb/compression/lz77.ts";
import { unpackLznt1 } from "../../core/protocols/smb/compression/lznt1.ts";
import { readCompressionHeader, unpackMessage } from "../../core/protocols/smb/compression/message.ts";
import { readCompressedCertificate } from "../../core/protocols/ssl/compressed-certificate.ts";
import { InflatedMessages } from "../../core/protocols/websocket/inflated-messages.ts";
import { asStoredLz4, asStoredZstd, packedBy } from "../generated-captures.ts";
import { compressed, type Packing } from "../smb-compression.ts";
import type { Reader } from "./readers.ts";

/** Octets of one packed stream that are taken out: what comes behind is more of the same. */
const MOST_TAKEN = 16 << 20;
/** The largest message of SMB that is made. */
const MOST_MESSAGE = 8 << 20;
/** Octets in front of a message of SMB that say how long it is. */
const FRAMING = 4;
/** Octets in front of what an algorithm unpacks that say how long that becomes. */
const LENGTH = 2;

/** Prose: it packs into literals and matches of many lengths. */
const TEXT = readFileSync(fileURLToPath(new URL("../../LICENSE", import.meta.url))).subarray(0, 3000);
/** A message of SMB2, framed, of which some octets repeat. */
const MESSAGE = Buffer.concat([
  Buffer.from(`000001e0fe534d42${"00".repeat(60)}`, "hex"),
  TEXT.subarray(0, 160),
  Buffer.alloc(256, 0x2e),
]);
const PACKINGS: readonly Packing[] = ["lz77", "huffman", "lznt1", "lz4", "chained"];

/** A framed message of SMB in each of its packings. */
export const COMPRESSED_MESSAGES: readonly Buffer[] = PACKINGS.map((packing) => compressed(MESSAGE, packing));

/** All that unpacks octets which others packed, beside ZIP archives. */
export function unpackers(): Reader[] {
  return [
    algorithm("LZNT1", unpackLznt1, LZNT1),
    algorithm("LZ77", unpackLz77, "ffffff1f61626317000fff2601"),
    algorithm("LZ77 with Huffman codes", unpackLz77Huffman, HUFFMAN),
    algorithm("LZ4 blocks", unpackLz4, "1f6101000a506161616161"),
    {
      name: "SMB compression transform",
      bases: COMPRESSED_MESSAGES.map((message) => message.subarray(FRAMING)),
      read: (message) => {
        const header = readCompressionHeader(message);
        if (header !== null && header.octets <= MOST_MESSAGE) unpackMessage(message, header);
      },
    },
    stream("zstd", asStoredZstd(MESSAGE), packedBy("zstd", ["-19", "-c"], TEXT), packedBy("zstd", ["-1", "-c"], TEXT)),
    stream("lz4", asStoredLz4(MESSAGE), packedBy("lz4", ["-9", "-c"], TEXT), packedBy("lz4", ["-l", "-c"], TEXT)),
    stream("gzip", Buffer.concat([gzipSync(TEXT), gzipSync(MESSAGE)])),
    {
      name: "HPACK",
      bases: HPACK.map((text) => Buffer.from(text, "hex")),
      read: (octets) => new HpackDecoder().decode(new ByteReader(octets)),
    },
    {
      name: "WebSocket messages",
      bases: [deflateRawSync(TEXT)],
      read: (octets) => {
        const messages = new InflatedMessages(true);
        for (const half of [octets.subarray(0, octets.length / 2), octets.subarray(octets.length / 2)])
          if (messages.add(half, 0, half.length)) messages.finish();
      },
    },
    {
      name: "packed certificates",
      bases: [deflateSync(TEXT), brotliCompressSync(TEXT)].map((packed, i) =>
        Buffer.concat([Buffer.from([0, i + 1, 0, 11, 184, 0, packed.length >> 8, packed.length & 255]), packed]),
      ),
      read: (octets) => readCompressedCertificate(new ByteReader(octets)),
    },
  ];
}

const LZNT1 =
  "38b08846232000204720410010a24701a045204400084501507900c045200524138805b4024a44ef0358028c091601484500be009e000401189000";
const HUFFMAN = `${"00".repeat(48)}3023${"00".repeat(78)}02${"00".repeat(14)}20${"00".repeat(112)}a8dc0000ff2601`;
/** RFC 7541 C.4.1, C.6.1, and entries of the table that change its size. */
const HPACK = [
  "828684418cf1e3c2e5f23a6ba0ab90f4ff",
  "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
  "3fe11f400a637573746f6d2d6b65790d637573746f6d2d686561646572be20be",
];

type Unpack = (packed: Uint8Array, out: Uint8Array) => unknown;

function algorithm(name: string, unpack: Unpack, example: string): Reader {
  const packed = Buffer.from(example, "hex");
  return {
    name,
    bases: [300, 26, 4096].map((octets) => Buffer.concat([Buffer.from([octets >> 8, octets & 255]), packed])),
    read: (octets) => {
      if (octets.length < LENGTH) return;
      unpack(octets.subarray(LENGTH), new Uint8Array(octets[0]! * 256 + octets[1]!));
    },
  };
}

function unpackLz4(packed: Uint8Array, out: Uint8Array): number {
  return unpackLz4Block(packed, 0, packed.length, out, 0, 0, out.length);
}

function stream(name: string, ...bases: readonly (Uint8Array | null)[]): Reader {
  return {
    name,
    bases: bases.filter((base) => base !== null),
    read: async (octets) => {
      const source = unpacked(compressionOf(octets), sourceOf(octets));
      const into = new Uint8Array(64 * 1024);
      for (let taken = 0, got = 1; got > 0 && taken < MOST_TAKEN; taken += got)
        got = await source.read(into, 0, into.length);
      await source.close();
    },
  };
}

function sourceOf(octets: Uint8Array): ByteSource {
  let at = 0;
  return {
    read: (into, start, end) => {
      const part = octets.subarray(at, at + end - start);
      into.set(part, start);
      at += part.length;
      return Promise.resolve(part.length);
    },
    live: false,
    failure: null,
    close: () => Promise.resolve(),
  };
}
