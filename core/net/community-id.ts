/**
 * Community ID, version 1, seed 0: SHA-1 over seed, the smaller address and port's side first, protocol and ports.
 * https://github.com/corelight/community-id-spec
 *
 * @param words Addresses of side A and side B: 4 words each, of which IPv4 uses the first.
 */
export function communityId(
  words: readonly number[],
  isV4: boolean,
  proto: number,
  portA: number,
  portB: number,
  hasPorts: boolean,
): string {
  // The message fits one SHA-1 block: 2 + 2 * 16 + 2 + 4 octets at most.
  let length = 0;
  block.fill(0);
  const octet = (value: number): void => {
    block[length >> 2]! |= value << (24 - (length & 3) * 8);
    length++;
  };
  const word = (value: number): void => {
    octet(value >>> 24);
    octet((value >>> 16) & 0xff);
    octet((value >>> 8) & 0xff);
    octet(value & 0xff);
  };
  octet(0);
  octet(0);
  const count = isV4 ? 1 : 4;
  for (let i = 0; i < count; i++) word(words[i]!);
  for (let i = 0; i < count; i++) word(words[4 + i]!);
  octet(proto);
  octet(0);
  if (hasPorts) {
    octet(portA >> 8);
    octet(portA & 0xff);
    octet(portB >> 8);
    octet(portB & 0xff);
  }
  block[15] = length * 8;
  octet(0x80);
  digest();
  for (let i = 0; i < 5; i++) result.writeInt32BE(state[i]!, i * 4);
  return `1:${result.toString("base64")}`;
}

const block = new Int32Array(80);
const state = new Int32Array(5);
const result = Buffer.alloc(20);

/** SHA-1 of the one padded block (FIPS 180-4 6.1.2). */
function digest(): void {
  for (let t = 16; t < 80; t++) block[t] = rotated(block[t - 3]! ^ block[t - 8]! ^ block[t - 14]! ^ block[t - 16]!, 1);
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  for (let t = 0; t < 80; t++) {
    let f: number;
    if (t < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
    else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else f = (b ^ c ^ d) + 0xca62c1d6;
    const next = (rotated(a, 5) + f + e + block[t]!) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  state[0] = (0x67452301 + a) | 0;
  state[1] = (0xefcdab89 + b) | 0;
  state[2] = (0x98badcfe + c) | 0;
  state[3] = (0x10325476 + d) | 0;
  state[4] = (0xc3d2e1f0 + e) | 0;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
