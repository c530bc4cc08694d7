/** Packs messages of SMB 3.1.1 as [MS-SMB2] 2.2.42 says, with literals only: what is tested is how they are unpacked. */
export type Packing = "lz77" | "huffman" | "lznt1" | "lz4" | "chained";

const HEADER_OF_SMB2 = 64;
/** The symbol behind the last octet. */
const END = 256;
const ALGORITHMS = { lznt1: 1, lz77: 2, huffman: 3, lz4: 5 } as const;

/** A framed message, compressed behind its SMB2 header. */
export function compressed(framed: Buffer, packing: Packing): Buffer {
  const message = framed.subarray(4);
  const packed = packing === "chained" ? chained(message) : unchained(message, packing);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packed.length);
  return Buffer.concat([length, packed]);
}

function unchained(message: Buffer, packing: keyof typeof ALGORITHMS): Buffer {
  const rest = message.subarray(HEADER_OF_SMB2);
  const header = Buffer.from("fc534d42000000000000000000000000", "hex");
  header.writeUInt32LE(rest.length, 4);
  header.writeUInt16LE(ALGORITHMS[packing], 8);
  header.writeUInt32LE(HEADER_OF_SMB2, 12);
  return Buffer.concat([header, message.subarray(0, HEADER_OF_SMB2), pack(rest, packing)]);
}

/** The header as it is, a run of one octet at the end as a pattern, and what is between in LZ77. */
function chained(message: Buffer): Buffer {
  const last = message.at(-1)!;
  let run = 0;
  while (run < message.length - HEADER_OF_SMB2 && message.at(-1 - run) === last) run++;
  const between = message.subarray(HEADER_OF_SMB2, message.length - run);
  const header = Buffer.from("fc534d4200000000", "hex");
  header.writeUInt32LE(message.length, 4);
  const parts = [header, payload(0, 1, message.subarray(0, HEADER_OF_SMB2))];
  if (between.length > 0) {
    const packed = pack(between, "lz77");
    const octets = Buffer.alloc(4);
    octets.writeUInt32LE(between.length);
    parts.push(payload(ALGORITHMS.lz77, 0, Buffer.concat([octets, packed])));
  }
  if (run > 0) {
    const pattern = Buffer.alloc(8);
    pattern[0] = last;
    pattern.writeUInt32LE(run, 4);
    parts.push(payload(4, 0, pattern));
  }
  return Buffer.concat(parts);
}

function payload(algorithm: number, flags: number, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(algorithm, 0);
  header.writeUInt16LE(flags, 2);
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data]);
}

function pack(octets: Buffer, packing: keyof typeof ALGORITHMS): Buffer {
  const parts: Buffer[] = [];
  switch (packing) {
    case "lz77":
      // The flags behind the last octet say that there was one more match, and so the end.
      for (let at = 0; at <= octets.length; at += 32) {
        const flags = Buffer.alloc(4);
        flags.writeUInt32LE(2 ** Math.max(0, 32 - (octets.length - at)) - 1);
        parts.push(flags, octets.subarray(at, at + 32));
      }
      break;
    case "huffman":
      for (let at = 0; at < octets.length; at += 65_536)
        parts.push(huffmanBlock(octets.subarray(at, at + 65_536), at + 65_536 >= octets.length));
      break;
    case "lz4": {
      const more = octets.length - 15;
      const lengths =
        more < 0 ? [octets.length << 4] : [0xf0, ...Array<number>(Math.floor(more / 255)).fill(255), more % 255];
      parts.push(Buffer.from(lengths), octets);
      break;
    }
    case "lznt1":
      for (let at = 0; at < octets.length; at += 4096) {
        const chunk = octets.subarray(at, at + 4096);
        const header = Buffer.alloc(2);
        header.writeUInt16LE(0x3000 | (chunk.length - 1));
        parts.push(header, chunk);
      }
  }
  return Buffer.concat(parts);
}

/** Codes of nine bits for all 512 symbols, so that each is its own code. */
function huffmanBlock(octets: Buffer, isLast: boolean): Buffer {
  const symbols = [...octets, ...(isLast ? [END] : [])];
  const bits = symbols.map((symbol) => symbol.toString(2).padStart(9, "0")).join("");
  // Two words are read ahead.
  const words = Buffer.alloc((Math.ceil(bits.length / 16) + 1) * 2);
  for (let at = 0; at < bits.length; at += 16)
    words.writeUInt16LE(parseInt(bits.slice(at, at + 16).padEnd(16, "0"), 2), at / 8);
  return Buffer.concat([Buffer.alloc(256, 0x99), words]);
}
