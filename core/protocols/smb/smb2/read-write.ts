import type { ByteReader } from "../../../bytes/reader.ts";
import { FILE_ID_LENGTH } from "./create.ts";

/** Octets of body that a READ response or WRITE request has before its data. */
export const READ_RESPONSE_FIXED = 16;
export const WRITE_REQUEST_FIXED = 48;

/** SMB2 READ request. [MS-SMB2] 2.2.19 */
export interface ReadRequest {
  readonly length: number;
  readonly offset: number;
  readonly fileId: string;
}

/** Where the data of a READ response or WRITE request is. [MS-SMB2] 2.2.20, 2.2.21 */
export interface DataPlace {
  /** From the SMB2 header. */
  readonly dataOffset: number;
  readonly dataLength: number;
}

/** SMB2 WRITE request. [MS-SMB2] 2.2.21 */
export interface WriteRequest extends DataPlace {
  readonly offset: number;
  readonly fileId: string;
}

export function parseReadRequest(r: ByteReader): ReadRequest | null {
  if (r.u16le() !== 49) return null;
  r.skip(1 + 1); // Padding, Flags
  const length = r.u32le();
  const offset = r.u64leNumber();
  const fileId = r.latin1(FILE_ID_LENGTH);
  return r.truncated ? null : { length, offset, fileId };
}

export function parseReadResponse(r: ByteReader): DataPlace | null {
  if (r.u16le() !== 17) return null;
  const dataOffset = r.u8();
  r.skip(1);
  const dataLength = r.u32le();
  return r.truncated ? null : { dataOffset, dataLength };
}

export function parseWriteRequest(r: ByteReader): WriteRequest | null {
  if (r.u16le() !== 49) return null;
  const dataOffset = r.u16le();
  const dataLength = r.u32le();
  const offset = r.u64leNumber();
  const fileId = r.latin1(FILE_ID_LENGTH);
  return r.truncated ? null : { dataOffset, dataLength, offset, fileId };
}

/** FileId of a CLOSE request. [MS-SMB2] 2.2.15 */
export function parseCloseRequest(r: ByteReader): string | null {
  if (r.u16le() !== 24) return null;
  r.skip(2 + 4); // Flags, Reserved
  const fileId = r.latin1(FILE_ID_LENGTH);
  return r.truncated ? null : fileId;
}

/** FileId of a LOCK or CHANGE_NOTIFY request: both have it behind eight octets. [MS-SMB2] 2.2.26, 2.2.35 */
export function parseHandleRequest(r: ByteReader): string | null {
  r.skip(8);
  const fileId = r.latin1(FILE_ID_LENGTH);
  return r.truncated ? null : fileId;
}
