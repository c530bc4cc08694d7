import { PACKET_ID } from "../records/record-type.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 11;

/**
 * Identifier of a connection in Zeek's form: "C" and 11 base-62 digits.
 *
 * @param key See `sessionKey`; whole and below 2^53. Different keys give different identifiers: the key goes through a bijection
 *   of 64-bit numbers (a Feistel network), so that identifiers of neighbours do not look alike.
 */
export function uidOf(key: number): string {
  return `C${digitsOf(key)}`;
}

/** Identifier of a packet that belongs to no connection: "P" and the digits that a connection beginning with it would have. */
export function packetIdOf(key: number): string {
  return `${PACKET_ID}${digitsOf(key)}`;
}

function digitsOf(key: number): string {
  let high = Math.floor(key / 0x1_0000_0000) | 0;
  let low = key | 0;
  for (let round = 1; round <= 4; round++) {
    const mixed = mix(low + Math.imul(round, 0x9e3779b9)) ^ high;
    high = low;
    low = mixed;
  }
  return text(high >>> 0, low >>> 0);
}

function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) | 0;
}

/** 64-bit number in base 62, most significant digit first. */
function text(high: number, low: number): string {
  let digits = "";
  let top = high;
  let bottom = low;
  for (let i = 0; i < LENGTH; i++) {
    const rest = top % 62;
    top = Math.floor(top / 62);
    const carried = rest * 0x1_0000_0000 + bottom;
    bottom = Math.floor(carried / 62);
    digits = DIGITS[carried % 62]! + digits;
  }
  return digits;
}
