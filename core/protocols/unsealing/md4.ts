/** MD4 of the octets, 16 octets. RFC 1320. Node's OpenSSL no longer brings it, and NTLM version 1 derives its key with it. */
export function md4(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, (bytes.length << 3) >>> 0, true);
  view.setUint32(padded.length - 4, Math.floor(bytes.length / 0x2000_0000), true);
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const x = new Uint32Array(16);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) x[i] = view.getUint32(block + 4 * i, true);
    const before = [a, b, c, d] as const;
    for (let step = 0; step < 48; step++) {
      const round = step >> 4;
      const k = ORDERS[round]![step & 15]!;
      const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const sum = (a + mixed + x[k]! + ADDENDS[round]!) >>> 0;
      const shift = SHIFTS[round]![step & 3]!;
      const rotated = ((sum << shift) | (sum >>> (32 - shift))) >>> 0;
      a = d;
      d = c;
      c = b;
      b = rotated;
    }
    a = (a + before[0]) >>> 0;
    b = (b + before[1]) >>> 0;
    c = (c + before[2]) >>> 0;
    d = (d + before[3]) >>> 0;
  }
  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  [a, b, c, d].forEach((word, i) => out.setUint32(4 * i, word, true));
  return digest;
}

/** Order of the words, shifts and addends of the three rounds. RFC 1320 3.4 */
const ORDERS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;
const SHIFTS = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const;
const ADDENDS = [0, 0x5a827999, 0x6ed9eba1] as const;
