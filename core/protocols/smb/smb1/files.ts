import type { ByteReader } from "../../../bytes/reader.ts";
import { filetimeToNs } from "../../../bytes/filetime.ts";
import type { FileTimes } from "../state.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";
import { SMB1 } from "./header.ts";

/** What an open asks for, whichever of the open commands it is. */
export interface OpenRequest {
  readonly name: string;
  readonly desiredAccess: number | null;
  readonly disposition: number | null;
  readonly options: number;
}

/** What an open gave. */
export interface OpenResponse {
  readonly fid: number;
  readonly action: number | null;
  readonly times: FileTimes | null;
  readonly size: number;
  readonly isDirectory: boolean;
}

/** NT_CREATE_ANDX request. [MS-CIFS] 2.2.4.64.1 */
export function parseNtCreateRequest(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): OpenRequest {
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(1 + 2 + 4 + 4); // Reserved, NameLength, Flags, RootDirectoryFID
  const desiredAccess = r.u32le();
  r.skip(8 + 4 + 4); // AllocationSize, ExtFileAttributes, ShareAccess
  const disposition = r.u32le();
  const options = r.u32le();
  r.seek(block.bytesAt, block.bytesEnd);
  return { name: readText(r, headerAt, isUnicode), desiredAccess, disposition, options };
}

/** NT_CREATE_ANDX response. [MS-CIFS] 2.2.4.64.2 */
export function parseNtCreateResponse(r: ByteReader, block: Block): OpenResponse | null {
  if (block.wordCount < 34) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(1); // OpLockLevel
  return openResponse(r);
}

/** FID to end of file, as NT_CREATE_ANDX and NT_TRANSACT_CREATE have it in common. */
function openResponse(r: ByteReader): OpenResponse | null {
  const fid = r.u16le();
  const action = r.u32le();
  const created = filetimeToNs(r.u64le());
  const accessed = filetimeToNs(r.u64le());
  const modified = filetimeToNs(r.u64le());
  const changed = filetimeToNs(r.u64le());
  const attributes = r.u32le();
  r.skip(8); // AllocationSize
  const size = r.u64leNumber();
  if (r.truncated) return null;
  return { fid, action, times: { modified, accessed, created, changed }, size, isDirectory: (attributes & 0x10) !== 0 };
}

/** NT_TRANSACT_CREATE request: `r` is at its parameters. [MS-CIFS] 2.2.7.1.1 */
export function parseNtTransactCreate(r: ByteReader, headerAt: number, isUnicode: boolean): OpenRequest | null {
  r.skip(4 + 4); // Flags, RootDirectoryFID
  const desiredAccess = r.u32le();
  r.skip(8 + 4 + 4);
  const disposition = r.u32le();
  const options = r.u32le();
  r.skip(4 + 4); // lengths of security descriptor and extended attributes
  const nameLength = r.u32le();
  r.skip(4 + 1); // ImpersonationLevel, SecurityFlags
  if (r.truncated) return null;
  if (isUnicode && ((r.pos - headerAt) & 1) !== 0) r.skip(1);
  const octets = Math.min(nameLength, r.left);
  return { name: isUnicode ? r.utf16le(octets) : r.latin1(octets), desiredAccess, disposition, options };
}

/** NT_TRANSACT_CREATE response: `r` is at its parameters. [MS-CIFS] 2.2.7.1.2 */
export function parseNtTransactCreateResponse(r: ByteReader): OpenResponse | null {
  r.skip(2); // OpLockLevel, Reserved
  const fid = r.u16le();
  const action = r.u32le();
  r.skip(4); // EAErrorOffset
  const created = filetimeToNs(r.u64le());
  const accessed = filetimeToNs(r.u64le());
  const modified = filetimeToNs(r.u64le());
  const changed = filetimeToNs(r.u64le());
  const attributes = r.u32le();
  r.skip(8);
  const size = r.u64leNumber();
  if (r.truncated) return null;
  return { fid, action, times: { modified, accessed, created, changed }, size, isDirectory: (attributes & 0x10) !== 0 };
}

/** OPEN_ANDX request. [MS-CIFS] 2.2.4.41.1 */
export function parseOpenRequest(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): OpenRequest {
  r.seek(block.bytesAt, block.bytesEnd);
  return { name: readText(r, headerAt, isUnicode), desiredAccess: null, disposition: null, options: 0 };
}

/** OPEN_ANDX response. [MS-CIFS] 2.2.4.41.2 */
export function parseOpenResponse(r: ByteReader, block: Block): OpenResponse | null {
  if (block.wordCount < 15) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const fid = r.u16le();
  const attributes = r.u16le();
  r.skip(4); // LastWriteTime in seconds of the server's time zone
  const size = r.u32le();
  r.skip(2 + 2 + 2); // AccessRights, ResourceType, NMPipeStatus
  const results = r.u16le() & 3;
  if (r.truncated) return null;
  return { fid, action: results, times: null, size, isDirectory: (attributes & 0x10) !== 0 };
}

/** Names in the bytes of DELETE, RENAME and their kin, each behind a format octet 4. [MS-CIFS] 2.2.4.7, 2.2.4.8 */
export function parseNames(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): string[] {
  r.seek(block.bytesAt, block.bytesEnd);
  const names: string[] = [];
  while (names.length < 2 && r.left > 1) {
    if (r.u8() !== 4) break;
    names.push(readText(r, headerAt, isUnicode));
  }
  return names;
}

/** FID of a command that has it in its first word. */
export function firstWord(r: ByteReader, block: Block): number | null {
  if (block.wordsAt + 2 > block.bytesEnd || block.wordCount === 0) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  return r.u16le();
}

/** Where in the message the data of a read or write is. */
export interface DataPlace {
  readonly dataOffset: number;
  readonly dataLength: number;
}

/** READ_ANDX request. [MS-CIFS] 2.2.4.42.1 */
export function parseReadRequest(r: ByteReader, block: Block): { fid: number; offset: number } | null {
  if (block.wordCount < 10) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const fid = r.u16le();
  const low = r.u32le();
  r.skip(2 + 2 + 4 + 2); // counts, Timeout, Remaining
  const high = block.wordCount >= 12 ? r.u32le() : 0;
  return { fid, offset: low + high * 0x1_0000_0000 };
}

/** READ_ANDX response. [MS-CIFS] 2.2.4.42.2 */
export function parseReadResponse(r: ByteReader, block: Block): DataPlace | null {
  if (block.wordCount < 12) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2 + 2 + 2); // Available, DataCompactionMode, Reserved
  const low = r.u16le();
  const dataOffset = r.u16le();
  const high = r.u16le();
  return r.truncated ? null : { dataOffset, dataLength: low + high * 0x10000 };
}

/** WRITE_ANDX request. [MS-CIFS] 2.2.4.43.1 */
export function parseWriteRequest(r: ByteReader, block: Block): (DataPlace & { fid: number; offset: number }) | null {
  if (block.wordCount < 12) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const fid = r.u16le();
  const low = r.u32le();
  r.skip(4 + 2 + 2); // Timeout, WriteMode, Remaining
  const lengthHigh = r.u16le();
  const lengthLow = r.u16le();
  const dataOffset = r.u16le();
  const high = block.wordCount >= 14 ? r.u32le() : 0;
  if (r.truncated) return null;
  return { fid, offset: low + high * 0x1_0000_0000, dataOffset, dataLength: lengthLow + lengthHigh * 0x10000 };
}

/** OPEN, CREATE, CREATE_NEW and OPEN_PRINT_FILE requests: a name behind a format octet. [MS-CIFS] 2.2.4.3, 2.2.4.4, 2.2.4.67 */
export function parseOldOpenRequest(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): OpenRequest {
  const name = parseNames(r, block, headerAt, isUnicode)[0] ?? "";
  const disposition = OLD_DISPOSITIONS[block.command] ?? null;
  return { name, desiredAccess: null, disposition, options: 0 };
}

/** CreateDisposition that the older commands amount to: OPEN, OVERWRITE_IF, CREATE. */
const OLD_DISPOSITIONS: Readonly<Record<number, number>> = {
  [SMB1.open]: 1,
  [SMB1.create]: 5,
  [SMB1.createNew]: 2,
  [SMB1.openPrintFile]: 5,
};

/** Their responses: the FID, and of OPEN attributes and size besides. */
export function parseOldOpenResponse(r: ByteReader, block: Block): OpenResponse | null {
  if (block.wordCount < 1) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const fid = r.u16le();
  if (block.command !== SMB1.open || block.wordCount < 7) {
    return r.truncated ? null : { fid, action: null, times: null, size: 0, isDirectory: false };
  }
  const attributes = r.u16le();
  r.skip(4); // LastModified in seconds of the server's time zone
  const size = r.u32le();
  return r.truncated ? null : { fid, action: 1, times: null, size, isDirectory: (attributes & 0x10) !== 0 };
}

/** READ, WRITE and WRITE_AND_CLOSE requests. A WRITE of no octets makes the file end at its offset. [MS-CIFS] 2.2.4.11, 2.2.4.12, 2.2.4.40 */
export function parseOldTransfer(
  r: ByteReader,
  block: Block,
  headerAt: number,
): (DataPlace & { fid: number; offset: number }) | null {
  if (block.wordCount < 5) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const fid = r.u16le();
  const dataLength = r.u16le();
  const offset = r.u32le();
  if (r.truncated) return null;
  // Before the data: BufferFormat and its length, or one octet of padding.
  const before = block.command === SMB1.writeAndClose ? 1 : 3;
  return { fid, offset, dataOffset: block.bytesAt - headerAt + before, dataLength };
}

/** READ response. [MS-CIFS] 2.2.4.11.2 */
export function parseOldReadResponse(r: ByteReader, block: Block, headerAt: number): DataPlace | null {
  if (block.wordCount < 5) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const dataLength = r.u16le();
  return r.truncated ? null : { dataOffset: block.bytesAt - headerAt + 3, dataLength };
}
