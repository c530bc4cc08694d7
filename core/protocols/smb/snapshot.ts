import { filetimeToNs } from "../../bytes/filetime.ts";
import type { ByteReader } from "../../bytes/reader.ts";

/** A path component that names a previous version. [MS-SMB] 2.2.1.1.1 */
const GMT_TOKEN = /(?:^|\\)@GMT-(\d{4})\.(\d{2})\.(\d{2})-(\d{2})\.(\d{2})\.(\d{2})(?=\\|$)/;

/** When the previous version that a path names was made, in ns since 1970-01-01 UTC; null if it names none. */
export function snapshotOfPath(name: string): bigint | null {
  if (!name.includes("@GMT-")) return null;
  const found = GMT_TOKEN.exec(name);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(milliseconds) ? null : BigInt(milliseconds) * 1_000_000n;
}

const TIMEWARP = 0x70725754; // "TWrp"
/** Most create contexts looked at; clients send fewer than ten. */
const MOST_CONTEXTS = 32;

/**
 * When the previous version that a CREATE asks for was made: its TWrp create context. `r` ends with the request.
 * [MS-SMB2] 2.2.13.2.7
 * @param at Where the contexts begin.
 */
export function snapshotOfContexts(r: ByteReader, at: number): bigint | null {
  let start = at;
  for (let i = 0; i < MOST_CONTEXTS; i++) {
    if (start < 0 || start + 16 > r.end) return null;
    r.seek(start);
    const next = r.u32le();
    const nameOffset = r.u16le();
    const nameLength = r.u16le();
    r.skip(2);
    const dataOffset = r.u16le();
    const dataLength = r.u32le();
    if (nameLength === 4 && start + nameOffset + 4 <= r.end) {
      r.seek(start + nameOffset);
      if (r.u32le() === TIMEWARP && dataLength >= 8 && start + dataOffset + 8 <= r.end) {
        r.seek(start + dataOffset);
        return filetimeToNs(r.u64le());
      }
    }
    if (next === 0) return null;
    start += next;
  }
  return null;
}

/** Most snapshots named in a row. */
const SHOWN = 20;

/** What an SRV_SNAPSHOT_ARRAY lists, as text; `r` is at it. [MS-SMB2] 2.2.32.2 */
export function snapshotList(r: ByteReader): string | null {
  const total = r.u32le();
  r.skip(4); // NumberOfSnapShotsReturned
  const octets = r.u32le();
  if (r.truncated) return null;
  const names = r
    .utf16le(Math.min(octets, r.left))
    .split("\0")
    .filter((name) => name.startsWith("@GMT-"))
    .slice(0, SHOWN);
  return [`${total} snapshots`, ...names].join(" ");
}
