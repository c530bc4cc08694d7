import { filetimeToNs } from "../../bytes/filetime.ts";
import type { ByteReader } from "../../bytes/reader.ts";

/** Attributes by bit. [MS-FSCC] 2.6 */
const ATTRIBUTES: readonly [bit: number, name: string][] = [
  [0x00000001, "READONLY"],
  [0x00000002, "HIDDEN"],
  [0x00000004, "SYSTEM"],
  [0x00000010, "DIRECTORY"],
  [0x00000020, "ARCHIVE"],
  [0x00000080, "NORMAL"],
  [0x00000100, "TEMPORARY"],
  [0x00000200, "SPARSE_FILE"],
  [0x00000400, "REPARSE_POINT"],
  [0x00000800, "COMPRESSED"],
  [0x00001000, "OFFLINE"],
  [0x00002000, "NOT_CONTENT_INDEXED"],
  [0x00004000, "ENCRYPTED"],
];

/** Names of file attributes, joined by "|". */
export function attributeNames(attributes: number): string {
  return ATTRIBUTES.filter(([bit]) => (attributes & bit) !== 0)
    .map(([, name]) => name)
    .join("|");
}

const TIMES = ["created", "accessed", "modified", "changed"] as const;

/** What a FileBasicInformation sets: attributes and times, of which 0 and -1 leave as they are; `r` is at it. [MS-FSCC] 2.4.7 */
export function basicInformationText(r: ByteReader): string | null {
  const parts: string[] = [];
  for (const name of TIMES) {
    const ns = filetimeToNs(r.u64le());
    if (ns !== null) parts.push(`${name}=${new Date(Number(ns / 1_000_000n)).toISOString()}`);
  }
  const attributes = r.u32le();
  if (r.truncated) return null;
  if (attributes !== 0) parts.unshift(attributeNames(attributes));
  return parts.length === 0 ? null : parts.join(" ");
}
