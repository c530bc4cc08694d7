import type { ByteReader } from "../../../bytes/reader.ts";
import { isAndx, SMB1 } from "./header.ts";

/** One command of a message: parameter words and data bytes. Positions refer to the reader's octets. [MS-CIFS] 2.2.3.2 */
export interface Block {
  readonly command: number;
  readonly wordCount: number;
  /** Where the words begin, behind the AndX part if the command has one. */
  readonly wordsAt: number;
  readonly bytesAt: number;
  readonly bytesEnd: number;
  /** Command that follows in the same message, 0xFF for none. */
  readonly nextCommand: number;
  /** Its offset from the header. */
  readonly nextOffset: number;
}

/** Reads the frame of the command that `r` is at (its WordCount); null if its words are cut short. */
export function readBlock(r: ByteReader, command: number): Block | null {
  const wordCount = r.u8();
  const words = r.pos;
  if (wordCount * 2 > r.left) {
    r.truncated = true;
    return null;
  }
  const hasAndx = isAndx(command) && wordCount >= 2;
  let nextCommand: number = SMB1.noFurther;
  let nextOffset = 0;
  if (hasAndx) {
    nextCommand = r.u8();
    r.skip(1);
    nextOffset = r.u16le();
  }
  r.seek(words + wordCount * 2, r.end);
  const byteCount = r.left >= 2 ? r.u16le() : 0;
  const bytesAt = r.pos;
  return {
    command,
    wordCount,
    wordsAt: hasAndx ? words + 4 : words,
    bytesAt,
    // Large reads and writes have more octets than 16 bits can count.
    bytesEnd: byteCount === 0 ? r.end : Math.min(r.end, bytesAt + byteCount),
    nextCommand,
    nextOffset,
  };
}

/**
 * Reads a string that ends with a zero (or at `end`). Unicode ones begin at an even offset from the header.
 * [MS-CIFS] 2.2.1.1.1, 2.2.3.3
 */
export function readText(r: ByteReader, headerAt: number, isUnicode: boolean): string {
  if (!isUnicode) {
    const zero = r.find(0);
    const text = r.latin1((zero < 0 ? r.end : zero) - r.pos);
    if (zero >= 0) r.skip(1);
    return text;
  }
  if (((r.pos - headerAt) & 1) !== 0 && r.left > 0) r.skip(1);
  let octets = 0;
  while (r.left - octets >= 2 && (r.peekU8(octets) !== 0 || r.peekU8(octets + 1) !== 0)) octets += 2;
  const text = r.utf16le(octets);
  if (r.left >= 2) r.skip(2);
  return text;
}
