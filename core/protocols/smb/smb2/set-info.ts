import type { ByteReader } from "../../../bytes/reader.ts";
import { basicInformationText } from "../file-attributes.ts";
import { securityDescriptorText } from "../security-descriptor.ts";
import { FILE_ID_LENGTH } from "./create.ts";

const INFO_FILE = 1;
const INFO_SECURITY = 3;

/** What a SET_INFO request asks for; `other` for what is not told apart. */
export type SetInfoChange =
  | { readonly kind: "delete"; readonly isDelete: boolean }
  | { readonly kind: "rename" | "link"; readonly name: string }
  | { readonly kind: "truncate" | "allocate"; readonly size: number }
  | { readonly kind: "attributes"; readonly text: string | null }
  | { readonly kind: "security"; readonly text: string }
  | { readonly kind: "other" };

/** SMB2 SET_INFO request. [MS-SMB2] 2.2.39 */
export interface SetInfoRequest {
  readonly fileId: string;
  readonly change: SetInfoChange;
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseSetInfoRequest(r: ByteReader, headerAt: number): SetInfoRequest | null {
  if (r.u16le() !== 33) return null;
  const infoType = r.u8();
  const infoClass = r.u8();
  const length = r.u32le();
  const offset = r.u16le();
  r.skip(2);
  const additional = r.u32le();
  const fileId = r.latin1(FILE_ID_LENGTH);
  if (r.truncated) return null;
  const start = Math.min(headerAt + offset, r.end);
  r.seek(start, Math.min(r.end, start + length));
  if (infoType === INFO_SECURITY) return { fileId, change: { kind: "security", text: securityText(additional, r) } };
  if (infoType !== INFO_FILE) return { fileId, change: { kind: "other" } };
  return { fileId, change: fileChange(r, infoClass) };
}

/** One file information class; `r` is at its buffer. [MS-FSCC] 2.4 */
export function fileChange(r: ByteReader, infoClass: number): SetInfoChange {
  switch (infoClass) {
    case 4: // FileBasicInformation
      return { kind: "attributes", text: basicInformationText(r) };
    case 13: // FileDispositionInformation
      return { kind: "delete", isDelete: r.u8() !== 0 };
    case 64: // FileDispositionInformationEx
      return { kind: "delete", isDelete: (r.u32le() & 1) !== 0 };
    case 10: // FileRenameInformation
    case 65: // FileRenameInformationEx
      return { kind: "rename", name: targetName(r) };
    case 11: // FileLinkInformation
    case 72: // FileLinkInformationEx
      return { kind: "link", name: targetName(r) };
    case 19: // FileAllocationInformation
      return { kind: "allocate", size: r.u64leNumber() };
    case 20: // FileEndOfFileInformation
      return { kind: "truncate", size: r.u64leNumber() };
    default:
      return { kind: "other" };
  }
}

/** Name in a FileRenameInformation or FileLinkInformation of type 2. [MS-FSCC] 2.4.42.2 */
function targetName(r: ByteReader): string {
  r.skip(1 + 7 + 8); // ReplaceIfExists or Flags, Reserved, RootDirectory
  const length = r.u32le();
  return r.utf16le(Math.min(length, r.left));
}

const SECURITY_PARTS: readonly [bit: number, name: string][] = [
  [1, "OWNER"],
  [2, "GROUP"],
  [4, "DACL"],
  [8, "SACL"],
  [0x10, "LABEL"],
];

/**
 * Parts that a SECURITY_INFORMATION names, then the descriptor that `r` is at as SDDL. [MS-DTYP] 2.4.7
 */
export function securityText(bits: number, r: ByteReader): string {
  const parts = SECURITY_PARTS.filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join(",");
  const descriptor = securityDescriptorText(r);
  return descriptor === "" ? parts : `${parts} ${descriptor}`;
}
