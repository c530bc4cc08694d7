import type { ByteReader } from "../../../bytes/reader.ts";
import { filetimeToNs } from "../../../bytes/filetime.ts";
import type { FileTimes } from "../state.ts";
import { snapshotOfContexts, snapshotOfPath } from "../snapshot.ts";
import { textAt } from "./tree-connect.ts";

/** SMB2 CREATE request. [MS-SMB2] 2.2.13 */
export interface CreateRequest {
  readonly desiredAccess: number;
  readonly disposition: number;
  readonly options: number;
  /** Name within the share; "" for the share itself, null if it is not where the request says. */
  readonly name: string | null;
  /** When the previous version that is asked for was made, in ns since 1970-01-01 UTC; null for the file as it is. */
  readonly snapshot: bigint | null;
}

/** SMB2 CREATE response. [MS-SMB2] 2.2.14 */
export interface CreateResponse {
  readonly action: number;
  readonly times: FileTimes;
  readonly size: number;
  readonly attributes: number;
  /** FileId, one octet a character. */
  readonly fileId: string;
}

/** Octets of a FileId. [MS-SMB2] 2.2.14.1 */
export const FILE_ID_LENGTH = 16;

/** FileId of a related request in a compound: the one of the request before it. [MS-SMB2] 3.3.5.2.7.2 */
export const RELATED_FILE_ID = "\xff".repeat(FILE_ID_LENGTH);

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseCreateRequest(r: ByteReader, headerAt: number): CreateRequest | null {
  if (r.u16le() !== 57) return null;
  r.skip(1 + 1 + 4 + 8 + 8); // SecurityFlags .. Reserved
  const desiredAccess = r.u32le();
  r.skip(4 + 4); // FileAttributes, ShareAccess
  const disposition = r.u32le();
  const options = r.u32le();
  const nameOffset = r.u16le();
  const nameLength = r.u16le();
  const contextsOffset = r.u32le();
  const contextsLength = r.u32le();
  if (r.truncated) return null;
  const name = textAt(r, headerAt + nameOffset, nameLength);
  const warped = contextsLength === 0 ? null : snapshotOfContexts(r, headerAt + contextsOffset);
  return {
    desiredAccess,
    disposition,
    options,
    name,
    snapshot: warped ?? (name === null ? null : snapshotOfPath(name)),
  };
}

/** Reads the body that `r` is at. */
export function parseCreateResponse(r: ByteReader): CreateResponse | null {
  if (r.u16le() !== 89) return null;
  r.skip(1 + 1); // OplockLevel, Flags
  const action = r.u32le();
  const created = filetimeToNs(r.u64le());
  const accessed = filetimeToNs(r.u64le());
  const modified = filetimeToNs(r.u64le());
  const changed = filetimeToNs(r.u64le());
  r.skip(8); // AllocationSize
  const size = r.u64leNumber();
  const attributes = r.u32le();
  r.skip(4);
  const fileId = r.latin1(FILE_ID_LENGTH);
  if (r.truncated) return null;
  return { action, times: { modified, accessed, created, changed }, size, attributes, fileId };
}
