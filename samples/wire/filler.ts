import { Random } from "./random.ts";

/** Octets of the pool of opaque data. */
export const FILLER_LENGTH = 1 << 19;

let pool: Uint8Array | null = null;

/** Opaque data (what compressed or sealed bytes look like), the same in every run; never written to. */
export function fillerPool(): Uint8Array {
  if (pool === null) {
    pool = new Random("filler").bytes(FILLER_LENGTH);
    // No octet is 0x80 or 0x82: segments that begin so are taken for Thrift by Wireshark's guessing.
    for (let i = 0; i < pool.length; i++) if (pool[i] === 0x80 || pool[i] === 0x82) pool[i] = 0x83;
  }
  return pool;
}

/** A borrowed run of opaque data, chosen by the caller's numbers; at most half the pool. */
export function filler(random: Random, octets: number): Uint8Array {
  const start = random.below(FILLER_LENGTH / 2);
  if (octets > FILLER_LENGTH / 2) throw new Error(`no filler of ${octets} octets`);
  return fillerPool().subarray(start, start + octets);
}
