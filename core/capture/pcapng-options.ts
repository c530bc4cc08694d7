import type { ByteReader } from "../bytes/reader.ts";
import { addTo } from "../contracts/grouping.ts";

/** Options of a pcapng block, gathered by code. draft-ietf-opsawg-pcapng 3.5 */
export interface BlockOptions {
  /** Values of every option but custom ones, in file order; borrowed. */
  readonly values: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly comments: readonly string[];
  /** Options beyond the most of a block, and texts that were cut short. */
  omitted: number;
}

export const OPT_END = 0;
export const OPT_COMMENT = 1;

/** Options of one block that are kept. */
const MOST_OPTIONS = 16_384;
/** Octets of a text that names or describes something: capture filters are the longest of them. */
const LONGEST_TEXT = 4096;

/** Reads options up to `r.end`; a damaged one ends the list. */
export function readOptions(r: ByteReader, littleEndian: boolean): BlockOptions {
  const values = new Map<number, Uint8Array[]>();
  const comments: string[] = [];
  let kept = 0;
  let omitted = 0;
  while (r.left >= 4) {
    const code = r.u16(littleEndian);
    const length = r.u16(littleEndian);
    if (code === OPT_END || length > r.left) break;
    if (kept++ >= MOST_OPTIONS) {
      omitted++;
      r.skip(length);
    } else if (code === OPT_COMMENT) {
      comments.push(textOf(r.bytes(length)));
    } else {
      addTo(values, code, r.bytes(length));
    }
    r.skip(Math.min(-length & 3, r.left));
  }
  return { values, comments, omitted };
}

/** First value of an option as UTF-8 text. */
export function textOption(options: BlockOptions, code: number): string | null {
  const value = options.values.get(code)?.[0];
  return value === undefined ? null : textOf(notTooLong(options, value));
}

/** The beginning of a text, up to the end of a character, where it is too long to be kept whole. */
export function notTooLong(options: BlockOptions, value: Uint8Array): Uint8Array {
  if (value.length <= LONGEST_TEXT) return value;
  options.omitted++;
  let end = LONGEST_TEXT;
  while (end > LONGEST_TEXT - 4 && (value[end]! & 0xc0) === 0x80) end--;
  return value.subarray(0, end);
}

/** First value of an option as an unsigned or signed 64-bit integer. */
export function int64Option(options: BlockOptions, code: number, littleEndian: boolean, signed = false): bigint | null {
  const value = options.values.get(code)?.[0];
  if (value?.length !== 8) return null;
  const view = new DataView(value.buffer, value.byteOffset, 8);
  return signed ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian);
}

/** First value of an option of one octet. */
export function octetOption(options: BlockOptions, code: number): number | null {
  return options.values.get(code)?.[0]?.[0] ?? null;
}

/** UTF-8. Some writers count a closing NUL in; cut as octets, as a piece of a string keeps the whole in memory. */
function textOf(value: Uint8Array): string {
  const nul = value.indexOf(0);
  return Buffer.from(value.buffer, value.byteOffset, nul < 0 ? value.length : nul).toString("utf8");
}
