import type { ByteReader } from "../../bytes/reader.ts";
import { xdrArray, xdrString } from "./header.ts";
import type { NdmpRow } from "./records.ts";

/** Names that a row of file history keeps. */
export const HISTORY_NAMES = 20;
const UNIX_STAT_OCTETS = 44;
const STAT_OCTETS = 48;

/** Counts the entries of a message of file history and keeps the first names. NDMP version 4, 3.9 */
export function fileHistory(code: number, r: ByteReader, row: NdmpRow): void {
  row.entries = Math.max(0, r.peekU32be());
  const read = NAMES[code];
  if (read === undefined) return;
  const paths = xdrArray(r, HISTORY_NAMES, read).filter((path) => path !== "");
  if (paths.length > 0) row.paths = paths;
}

/** How each message's entry is read; nodes have no names. */
const NAMES: Readonly<Record<number, (r: ByteReader) => string>> = {
  0x700: (r) => {
    const path = xdrString(r);
    r.skip(UNIX_STAT_OCTETS);
    return path;
  },
  0x701: (r) => {
    const name = xdrString(r);
    r.skip(8);
    return name;
  },
  0x703: (r) => {
    const name = fileNames(r);
    const stats = r.u32be();
    r.skip(stats * STAT_OCTETS + 16);
    return name;
  },
  0x704: (r) => {
    const name = fileNames(r);
    r.skip(16);
    return name;
  },
};

/** A file may have a name of each system; the first is taken. */
function fileNames(r: ByteReader): string {
  const all = xdrArray(r, Number.POSITIVE_INFINITY, (one) => {
    const isNt = one.u32be() === 1;
    const name = xdrString(one);
    if (isNt) xdrString(one);
    return name;
  });
  return all[0] ?? "";
}
