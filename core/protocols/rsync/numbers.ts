import type { ByteReader } from "../../bytes/reader.ts";

/** Octets that follow a first one, by its upper six bits; they are the lower part of the number. rsync's io.c, int_byte_extra */
function furtherOctets(first: number): number {
  if (first < 0x80) return 0;
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  if (first < 0xf8) return 4;
  return first < 0xfc ? 5 : 6;
}

/**
 * A number of rsync's with at least `least` octets: the first one has the highest part, the others follow from the lowest on.
 * rsync's io.c, read_varint (1) and read_varlong
 */
export function readNumber(r: ByteReader, least: number): number {
  const first = r.u8();
  const further = furtherOctets(first);
  let value = 0;
  let scale = 1;
  for (let i = 1; i < least + further; i++) {
    value += r.u8() * scale;
    scale *= 256;
  }
  return value + (first & (further === 0 ? 0xff : (1 << (8 - further)) - 1)) * scale;
}

/** The length of a string of up to 32,767 octets. */
export function readLength(r: ByteReader): number {
  const first = r.u8();
  return first < 0x80 ? first : (first & 0x7f) * 256 + r.u8();
}

/** Indices are written as differences, positive and negative ones for themselves. rsync's io.c, read_ndx */
export class Indices {
  #positive = -1;
  #negative = 1;

  /** Counters of the same state. */
  copy(): Indices {
    const copy = new Indices();
    copy.become(this);
    return copy;
  }

  become({ position }: Indices): void {
    [this.#positive, this.#negative] = position;
  }

  get position(): readonly [positive: number, negative: number] {
    return [this.#positive, this.#negative];
  }

  /** @returns `DONE` for the end of a phase; other negative numbers have meanings of their own. */
  read(r: ByteReader): number {
    let first = r.u8();
    if (first === 0) return DONE;
    const isNegative = first === 0xff;
    if (isNegative) first = r.u8();
    let index = isNegative ? this.#negative : this.#positive;
    if (first !== 0xfe) index += first;
    else {
      const high = r.u8();
      const next = r.u8();
      if (high < 0x80) index += high * 256 + next;
      else {
        const middle = r.u8();
        index = (high & 0x7f) * 0x1000000 + r.u8() * 0x10000 + middle * 0x100 + next;
      }
    }
    if (r.truncated) return DONE;
    if (isNegative) this.#negative = index;
    else this.#positive = index;
    return isNegative ? -index : index;
  }
}

export const DONE = -1;
