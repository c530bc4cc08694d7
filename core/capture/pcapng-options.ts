import type { ByteReader } from "../bytes/reader.ts";
import { addTo } from "../contracts/grouping.ts";

/** Options of a pcapng block, gathered by code. draft-ietf-opsawg-pcapng 3.5 */
export interface BlockOptions {
  /** Values of every option but custom ones, in file order; borrowed. */
  readonly values: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly comments: readonly string[];
}

export const OPT_END = 0;
export const OPT_COMMENT = 1;

/** Reads options up to `r.end`; a damaged one ends the list. */
export function readOptions(r: ByteReader, littleEndian: boolean): BlockOptions {
  const values = new Map<number, Uint8Array[]>();
  const comments: string[] = [];
  while (r.left >= 4) {
    const code = r.u16(littleEndian);
    const length = r.u16(littleEndian);
    if (code === OPT_END || length > r.left) break;
    if (code === OPT_COMMENT) {
      comments.push(withoutNul(r.utf8(length)));
    } else {
      addTo(values, code, r.bytes(length));
    }
    r.skip(Math.min(-length & 3, r.left));
  }
  return { values, comments };
}

/** First value of an option as UTF-8 text. */
export function textOption(options: BlockOptions, code: number): string | null {
  const value = options.values.get(code)?.[0];
  return value === undefined ? null : withoutNul(Buffer.from(value).toString("utf8"));
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

/** Some writers count a closing NUL in. */
function withoutNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
