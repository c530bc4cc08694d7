import type { ByteReader } from "../../../bytes/reader.ts";
import { FILE_ID_LENGTH } from "./create.ts";

export const FSCTL_PIPE_TRANSCEIVE = 0x0011c017;
export const FSCTL_SRV_COPYCHUNK = 0x001440f2;
export const FSCTL_SRV_COPYCHUNK_WRITE = 0x001480f2;

/** Control codes that change files or tell of snapshots; others are not worth a row. [MS-FSCC] 2.3, [MS-SMB2] 2.2.31 */
const NOTABLE: Readonly<Record<number, string>> = {
  0x00098208: "FSCTL_FILE_LEVEL_TRIM",
  0x000980c8: "FSCTL_SET_ZERO_DATA",
  0x000980c4: "FSCTL_SET_SPARSE",
  0x000900a4: "FSCTL_SET_REPARSE_POINT",
  0x000900ac: "FSCTL_DELETE_REPARSE_POINT",
  0x0009c040: "FSCTL_SET_COMPRESSION",
  0x000900d7: "FSCTL_SET_ENCRYPTION",
  0x00144064: "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
  0x00098344: "FSCTL_DUPLICATE_EXTENTS_TO_FILE",
  0x0009c280: "FSCTL_SET_INTEGRITY_INFORMATION",
};

export function notableControl(code: number): string | null {
  return NOTABLE[code] ?? null;
}

/** SMB2 IOCTL request or response. [MS-SMB2] 2.2.31, 2.2.32 */
export interface Ioctl {
  readonly code: number;
  readonly fileId: string;
  /** Position of the input (request) or output (response), which need not be among the reader's octets yet. */
  readonly dataStart: number;
  /** Octets of it as the message says. */
  readonly dataLength: number;
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseIoctlRequest(r: ByteReader, headerAt: number): Ioctl | null {
  if (r.u16le() !== 57) return null;
  r.skip(2);
  const code = r.u32le();
  const fileId = r.latin1(FILE_ID_LENGTH);
  const offset = r.u32le();
  const length = r.u32le();
  r.skip(4 + 4 + 4 + 4 + 4 + 4);
  if (r.truncated) return null;
  return { code, fileId, dataStart: headerAt + offset, dataLength: length };
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseIoctlResponse(r: ByteReader, headerAt: number): Ioctl | null {
  if (r.u16le() !== 49) return null;
  r.skip(2);
  const code = r.u32le();
  const fileId = r.latin1(FILE_ID_LENGTH);
  r.skip(4 + 4); // InputOffset, InputCount
  const offset = r.u32le();
  const length = r.u32le();
  r.skip(4 + 4);
  if (r.truncated) return null;
  return { code, fileId, dataStart: headerAt + offset, dataLength: length };
}

const MAX_CHUNKS = 256;

/** Octets that a SRV_COPYCHUNK_COPY asks to copy; `r` is at it. [MS-SMB2] 2.2.31.1 */
export function copyChunkOctets(r: ByteReader): number {
  r.skip(24); // SourceKey
  const count = r.u32le();
  r.skip(4);
  let total = 0;
  for (let i = 0; i < Math.min(count, MAX_CHUNKS) && !r.truncated; i++) {
    r.skip(8 + 8); // SourceOffset, TargetOffset
    total += r.u32le();
    r.skip(4);
  }
  return total;
}
