/**
 * Octets of each symbol's code in bits, 0 to 255 and the end of the string. RFC 7541 appendix B. The code is canonical: codes of one
 * length are numbered in the order of their symbols, behind all shorter ones.
 */
const LENGTHS = (
  "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 6 10 10 12 13 6 8 11 10 10 8 11 " +
  "8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6 15 5 6 5 6 5 6 6 " +
  "6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28 20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 " +
  "21 22 23 22 23 23 24 22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23 26 26 20 19 " +
  "22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27 20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 " +
  "23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26 30"
)
  .split(" ")
  .map(Number);
const END_OF_STRING = 256;
const LONGEST = 30;

/** Symbols in the order of their codes; by length, the first code and its place in that order, and how many there are. */
const SYMBOLS: number[] = [];
const FIRST_CODE = new Uint32Array(LONGEST + 1);
const FIRST_PLACE = new Uint32Array(LONGEST + 1);
const COUNT = new Uint32Array(LONGEST + 1);
for (let length = 1, code = 0; length <= LONGEST; length++, code *= 2) {
  FIRST_CODE[length] = code;
  FIRST_PLACE[length] = SYMBOLS.length;
  for (const [symbol, bits] of LENGTHS.entries()) if (bits === length) SYMBOLS.push(symbol);
  const count = SYMBOLS.length - FIRST_PLACE[length]!;
  COUNT[length] = count;
  code += count;
}

/** Decodes a string, one character an octet; null if it is none. What is left at the end must be less than an octet of ones. RFC 7541 5.2 */
export function huffmanText(bytes: Uint8Array): string | null {
  const out: number[] = [];
  let code = 0;
  let length = 0;
  for (const octet of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((octet >> bit) & 1);
      length++;
      const place = code - FIRST_CODE[length]!;
      if (place >= 0 && place < COUNT[length]!) {
        const symbol = SYMBOLS[FIRST_PLACE[length]! + place]!;
        if (symbol === END_OF_STRING) return null;
        out.push(symbol);
        code = length = 0;
      } else if (length === LONGEST) {
        return null;
      }
    }
  }
  return length < 8 && code === (1 << length) - 1 ? Buffer.from(out).toString("latin1") : null;
}
