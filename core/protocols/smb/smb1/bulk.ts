import type { ByteReader } from "../../../bytes/reader.ts";
import { MAX_UNIT_OCTETS } from "../framing.ts";
import { isNtError } from "../nt-status.ts";
import type { Smb1Header } from "./header.ts";
import { SMB1, SMB1_HEADER_LENGTH } from "./header.ts";

/** Octets before the data of a READ_ANDX response and a WRITE_ANDX request: WordCount, words, ByteCount. */
const READ_RESPONSE_FIXED = 1 + 24 + 2;
const WRITE_REQUEST_FIXED = 1 + 28 + 2;

/** True if the message is a read's or write's data alone, which then need not be held. */
export function isBulkData(header: Smb1Header, r: ByteReader, left: number): boolean {
  const isData = header.isReply
    ? header.command === SMB1.readAndx && !isNtError(header.status)
    : header.command === SMB1.writeAndx;
  return isData && left > bulkFixed(header) && (r.peekU8(1) === SMB1.noFurther || left > MAX_UNIT_OCTETS);
}

/** Octets of such a message to have before it is read. */
export function bulkFixed(header: Smb1Header): number {
  return SMB1_HEADER_LENGTH + (header.isReply ? READ_RESPONSE_FIXED : WRITE_REQUEST_FIXED);
}
