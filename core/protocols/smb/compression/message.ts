import { unpackLz4Block } from "../../../bytes/lz4-block.ts";
import { ByteReader } from "../../../bytes/reader.ts";
import { unpackLz77Huffman } from "./lz77-huffman.ts";
import { unpackLz77 } from "./lz77.ts";
import { unpackLznt1 } from "./lznt1.ts";

/** Algorithms of [MS-SMB2] 2.2.3.1.3. */
const ALGORITHM = { none: 0, lznt1: 1, lz77: 2, lz77Huffman: 3, pattern: 4, lz4: 5 } as const;
const CHAINED = 0x0001;
const HEADER_LENGTH = 16;
/** Where the first payload's own header begins in a chained message: behind ProtocolId and the original size. */
const FIRST_PAYLOAD = 8;
const PAYLOAD_HEADER = 8;

/** What the header of a compressed message says. */
export interface CompressionHeader {
  readonly algorithm: number;
  /** Octets of the message once unpacked. */
  readonly octets: number;
  readonly isChained: boolean;
  /** Not chained: octets behind the header that are not compressed. */
  readonly clear: number;
}

/** Reads SMB2_COMPRESSION_TRANSFORM_HEADER. [MS-SMB2] 2.2.42; null if it is cut short. */
export function readCompressionHeader(message: Uint8Array): CompressionHeader | null {
  const r = new ByteReader(message);
  r.skip(4); // ProtocolId
  const size = r.u32le();
  const algorithm = r.u16le();
  const isChained = (r.u16le() & CHAINED) !== 0;
  const clear = isChained ? 0 : r.u32le();
  if (r.truncated || (!isChained && clear > message.length - HEADER_LENGTH)) return null;
  return { algorithm, octets: size + clear, isChained, clear };
}

/**
 * True if the size of what is packed and the offset of the packed part (of a chain the length of its first part) go beyond 32 bits together, as no
 * message's can.
 */
export function lengthsOverflow(message: Uint8Array): boolean {
  const r = new ByteReader(message);
  r.skip(4); // ProtocolId
  const size = r.u32le();
  r.skip(4); // CompressionAlgorithm, Flags
  return size + r.u32le() > 0xffffffff;
}

/** The message inside, whole; null if it cannot be unpacked. The caller bounds `header.octets`. */
export function unpackMessage(message: Uint8Array, header: CompressionHeader): Uint8Array | null {
  const out = new Uint8Array(header.octets);
  if (header.isChained) return unpackChain(message, out) ? out : null;
  out.set(message.subarray(HEADER_LENGTH, HEADER_LENGTH + header.clear));
  const packed = message.subarray(HEADER_LENGTH + header.clear);
  return unpack(header.algorithm, packed, out.subarray(header.clear)) ? out : null;
}

/** Payloads one behind the other, each with its algorithm. [MS-SMB2] 2.2.42.2 */
function unpackChain(message: Uint8Array, out: Uint8Array): boolean {
  const r = new ByteReader(message);
  r.skip(FIRST_PAYLOAD);
  let at = 0;
  while (at < out.length && r.left >= PAYLOAD_HEADER) {
    const algorithm = r.u16le();
    r.skip(2); // Flags
    const length = r.u32le();
    const end = r.pos + length;
    if (end > message.length) return false;
    if (algorithm === ALGORITHM.pattern) {
      const octet = r.u8();
      r.skip(3);
      const repetitions = r.u32le();
      if (r.truncated || repetitions > out.length - at) return false;
      out.fill(octet, at, at + repetitions);
      at += repetitions;
    } else {
      const octets = algorithm === ALGORITHM.none ? length : r.u32le();
      if (r.truncated || r.pos > end || octets > out.length - at) return false;
      if (!unpack(algorithm, message.subarray(r.pos, end), out.subarray(at, at + octets))) return false;
      at += octets;
    }
    r.seek(end, message.length);
  }
  return at === out.length;
}

function unpack(algorithm: number, packed: Uint8Array, out: Uint8Array): boolean {
  switch (algorithm) {
    case ALGORITHM.none:
      if (packed.length < out.length) return false;
      out.set(packed.subarray(0, out.length));
      return true;
    case ALGORITHM.lznt1:
      return unpackLznt1(packed, out);
    case ALGORITHM.lz77:
      return unpackLz77(packed, out);
    case ALGORITHM.lz77Huffman:
      return unpackLz77Huffman(packed, out);
    case ALGORITHM.lz4:
      return unpackLz4Block(packed, 0, packed.length, out, 0, 0, out.length) === out.length;
    default:
      return false;
  }
}
