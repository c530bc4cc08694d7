const MOST = 16 << 20;
/** What even a few octets may become. */
const ALWAYS = 64 << 10;
/** Texts and tables are packed to a tenth or a thirtieth; DEFLATE can do a thousandth of what is nothing but repetition. */
const MOST_DENSE = 100;

/**
 * Most octets that compressed ones may unpack to. It grows with them, so that many small bombs together cost no more than their octets
 * deserve, and does not depend on what else was unpacked, so that records do not either.
 */
export function unpackedBound(packedOctets: number): number {
  return Math.min(MOST, ALWAYS + MOST_DENSE * packedOctets);
}
