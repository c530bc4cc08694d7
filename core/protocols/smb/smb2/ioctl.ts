import type { ByteReader } from "../../../bytes/reader.ts";
import { FILE_ID_LENGTH } from "./create.ts";

export const FSCTL_PIPE_TRANSCEIVE = 0x0011c017;

/** Control codes whose arguments are read. [MS-FSCC] 2.3, [MS-SMB2] 2.2.31 */
export const FSCTL = {
  dfsGetReferrals: 0x00060194,
  dfsGetReferralsEx: 0x000601b0,
  setZeroData: 0x000980c8,
  requestResumeKey: 0x00140078,
  copyChunk: 0x001440f2,
  copyChunkWrite: 0x001480f2,
  enumerateSnapshots: 0x00144064,
  offloadRead: 0x00094264,
  offloadWrite: 0x00098268,
  duplicateExtents: 0x00098344,
  duplicateExtentsEx: 0x000983e8,
} as const;

/** Control codes that change files or tell of others; the rest is not worth a row. */
const NOTABLE: Readonly<Record<number, string>> = {
  [FSCTL.dfsGetReferrals]: "FSCTL_DFS_GET_REFERRALS",
  [FSCTL.dfsGetReferralsEx]: "FSCTL_DFS_GET_REFERRALS_EX",
  0x00098208: "FSCTL_FILE_LEVEL_TRIM",
  0x000900c4: "FSCTL_SET_SPARSE",
  0x000900a4: "FSCTL_SET_REPARSE_POINT",
  0x000900ac: "FSCTL_DELETE_REPARSE_POINT",
  0x0009c040: "FSCTL_SET_COMPRESSION",
  0x000900d7: "FSCTL_SET_ENCRYPTION",
  0x0009c280: "FSCTL_SET_INTEGRITY_INFORMATION",
  0x00090018: "FSCTL_LOCK_VOLUME",
  0x00090020: "FSCTL_DISMOUNT_VOLUME",
};

export function notableControl(code: number): string | null {
  return NOTABLE[code] ?? null;
}

/** Name of a control that changes files or tells of them, those with arguments too; null for others. */
export function controlName(code: number): string | null {
  return WITH_ARGUMENTS[code] ?? notableControl(code);
}

const WITH_ARGUMENTS: Readonly<Record<number, string>> = {
  [FSCTL.setZeroData]: "FSCTL_SET_ZERO_DATA",
  [FSCTL.copyChunk]: "FSCTL_SRV_COPYCHUNK",
  [FSCTL.copyChunkWrite]: "FSCTL_SRV_COPYCHUNK_WRITE",
  [FSCTL.enumerateSnapshots]: "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
  [FSCTL.offloadWrite]: "FSCTL_OFFLOAD_WRITE",
};

/** True for the controls whose answer is read: it has a key, a token or a list. */
export function answerIsWanted(code: number): boolean {
  return code === FSCTL.requestResumeKey || code === FSCTL.offloadRead || code === FSCTL.enumerateSnapshots;
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
const RESUME_KEY_OCTETS = 24;
/** Octets of a STORAGE_OFFLOAD_TOKEN. [MS-FSCC] 2.3.79 */
const TOKEN_OCTETS = 512;

/** What is copied on the server without passing the wire. */
export interface ServerCopy {
  /** Resume key, token or handle of the source, one octet a character. */
  readonly source: string;
  readonly octets: number;
}

/** What a control that copies on the server asks for; `r` is at its input. null for other controls and what is cut short. */
export function parseServerCopy(r: ByteReader, code: number): ServerCopy | null {
  switch (code) {
    case FSCTL.copyChunk:
    case FSCTL.copyChunkWrite:
      return copyChunks(r);
    case FSCTL.offloadWrite: {
      r.skip(4 + 4 + 8); // Size, Flags, FileOffset
      const octets = r.u64leNumber();
      r.skip(8); // TransferOffset
      return copyOf(r, r.latin1(TOKEN_OCTETS), octets);
    }
    case FSCTL.duplicateExtents:
    case FSCTL.duplicateExtentsEx: {
      if (code === FSCTL.duplicateExtentsEx) r.skip(8); // StructureSize, Reserved
      const source = r.latin1(FILE_ID_LENGTH);
      r.skip(8 + 8); // SourceFileOffset, TargetFileOffset
      return copyOf(r, source, r.u64leNumber());
    }
    default:
      return null;
  }
}

/** SRV_COPYCHUNK_COPY. [MS-SMB2] 2.2.31.1 */
function copyChunks(r: ByteReader): ServerCopy | null {
  const source = r.latin1(RESUME_KEY_OCTETS);
  const count = r.u32le();
  r.skip(4);
  if (r.truncated) return null;
  let octets = 0;
  for (let i = 0; i < Math.min(count, MAX_CHUNKS) && !r.truncated; i++) {
    r.skip(8 + 8); // SourceOffset, TargetOffset
    octets += r.u32le();
    r.skip(4);
  }
  return { source, octets };
}

function copyOf(r: ByteReader, source: string, octets: number): ServerCopy | null {
  return r.truncated ? null : { source, octets };
}

/** The key by which a later copy names this file as its source, from the answer's output; `r` is at it. */
export function copySourceKey(r: ByteReader, code: number): string | null {
  if (code === FSCTL.offloadRead) r.skip(4 + 4 + 8); // Size, Flags, TransferLength
  const key = r.latin1(code === FSCTL.offloadRead ? TOKEN_OCTETS : RESUME_KEY_OCTETS);
  return r.truncated ? null : key;
}

/** Range that FILE_ZERO_DATA_INFORMATION empties; `r` is at it. [MS-FSCC] 2.3.67 */
export function parseZeroData(r: ByteReader): { readonly start: number; readonly octets: number } | null {
  const start = r.u64leNumber();
  const end = r.u64leNumber();
  return r.truncated ? null : { start, octets: Math.max(0, end - start) };
}

/** Path that a REQ_GET_DFS_REFERRAL asks about; `r` is at it. [MS-DFSC] 2.2.2, 2.2.3 */
export function dfsPath(r: ByteReader, code: number): string | null {
  r.skip(2); // MaxReferralLevel
  let octets = r.left;
  if (code === FSCTL.dfsGetReferralsEx) {
    r.skip(2 + 4); // RequestFlags, RequestDataLength
    octets = r.u16le();
  }
  const text = r.utf16le(Math.min(octets, r.left)).replace(/\0.*/s, "");
  return text === "" ? null : text;
}
