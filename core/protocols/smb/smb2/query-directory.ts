import type { ByteReader } from "../../../bytes/reader.ts";
import { FILE_ID_LENGTH } from "./create.ts";
import { textAt } from "./tree-connect.ts";

/** SMB2 QUERY_DIRECTORY request. [MS-SMB2] 2.2.33 */
export interface QueryDirectoryRequest {
  readonly fileId: string;
  /** Search pattern, null if it is not where the request says. */
  readonly pattern: string | null;
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseQueryDirectoryRequest(r: ByteReader, headerAt: number): QueryDirectoryRequest | null {
  if (r.u16le() !== 33) return null;
  r.skip(1 + 1 + 4); // FileInformationClass, Flags, FileIndex
  const fileId = r.latin1(FILE_ID_LENGTH);
  const offset = r.u16le();
  const length = r.u16le();
  if (r.truncated) return null;
  return { fileId, pattern: textAt(r, headerAt + offset, length) };
}
