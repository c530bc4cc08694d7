import type { ByteReader } from "../../../bytes/reader.ts";
import { FILE_ID_LENGTH } from "./create.ts";
import { textAt } from "./tree-connect.ts";

/** SMB2_RESTART_SCANS and SMB2_REOPEN. */
const RESTARTS = 0x01 | 0x10;

/** Where an entry has the length of its name, and the name, by information class. [MS-FSCC] 2.4 */
const NAME_AT: ReadonlyMap<number, readonly [lengthAt: number, nameAt: number]> = new Map([
  [1, [60, 64]],
  [2, [60, 68]],
  [3, [60, 94]],
  [12, [8, 12]],
  [37, [60, 104]],
  [38, [60, 80]],
]);

/** SMB2 QUERY_DIRECTORY request. [MS-SMB2] 2.2.33 */
export interface QueryDirectoryRequest {
  readonly fileId: string;
  /** Search pattern, null if it is not where the request says. */
  readonly pattern: string | null;
  /** Which form the entries have. [MS-FSCC] 2.4 */
  readonly infoClass: number;
  /** The list begins anew. */
  readonly restarts: boolean;
}

/** Reads the body that `r` is at; offsets count from `headerAt`. */
export function parseQueryDirectoryRequest(r: ByteReader, headerAt: number): QueryDirectoryRequest | null {
  if (r.u16le() !== 33) return null;
  const infoClass = r.u8();
  const flags = r.u8();
  r.skip(4); // FileIndex
  const fileId = r.latin1(FILE_ID_LENGTH);
  const offset = r.u16le();
  const length = r.u16le();
  if (r.truncated) return null;
  return { fileId, pattern: textAt(r, headerAt + offset, length), infoClass, restarts: (flags & RESTARTS) !== 0 };
}

/**
 * Names that a QUERY_DIRECTORY response tells; null if its entries cannot be read. [MS-SMB2] 2.2.34
 * @param r At the body; offsets count from `headerAt`.
 */
export function parseDirectoryNames(r: ByteReader, headerAt: number, infoClass: number): string[] | null {
  const places = NAME_AT.get(infoClass);
  if (places === undefined || r.u16le() !== 9) return null;
  const offset = r.u16le();
  const length = r.u32le();
  const start = headerAt + offset;
  const end = start + length;
  if (r.truncated || end > r.end) return null;
  const [lengthAt, nameAt] = places;
  const names: string[] = [];
  for (let at = start; at + nameAt <= end;) {
    r.seek(at);
    const next = r.u32le();
    r.seek(at + lengthAt);
    const octets = r.u32le();
    if (octets > end - at - nameAt) return null;
    r.seek(at + nameAt);
    names.push(r.utf16le(octets));
    // Entries lie one behind the other: one that points back would never end.
    if (next === 0) return names;
    if (next < nameAt) return null;
    at += next;
  }
  return null;
}
