/**
 * Unpacks one LZ4 block. LZ4 block format, lz4.github.io
 *
 * @param output Receives the octets from `at` on; matches reach back into what lies before `at`, as linked blocks want.
 * @param from Index of `output` that matches may not reach below.
 * @param limit Index of `output` that nothing is written at or above.
 * @returns index behind the last octet written; of a block that is damaged, cut short or too long that index as
 * `-index - 1`, after all that came before the damage.
 */
export function unpackLz4Block(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  from: number,
  limit: number,
): number {
  let i = start;
  let o = at;
  while (i < end) {
    const token = input[i++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (i >= end) return -o - 1;
        more = input[i++]!;
        literals += more;
      }
    }
    if (literals > end - i || literals > limit - o) return -o - 1;
    if (literals < SHORT) for (let n = 0; n < literals; n++) output[o + n] = input[i + n]!;
    else output.set(input.subarray(i, i + literals), o);
    i += literals;
    o += literals;
    if (i === end) return o; // the last sequence has no match
    if (i + 2 > end) return -o - 1;
    const distance = input[i]! | (input[i + 1]! << 8);
    i += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255) {
        if (i >= end) return -o - 1;
        more = input[i++]!;
        length += more;
      }
    }
    if (distance === 0 || distance > o - from || length > limit - o) return -o - 1;
    if (length < SHORT || distance < length) for (let n = 0; n < length; n++) output[o + n] = output[o + n - distance]!;
    else output.copyWithin(o, o - distance, o - distance + length);
    o += length;
  }
  return o;
}

/** Below this a loop is quicker than a call. */
const SHORT = 32;
