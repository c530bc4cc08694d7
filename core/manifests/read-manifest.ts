import { gunzipSync } from "node:zlib";
import { BacktrailError } from "../contracts/result.ts";
import { countText } from "../contracts/text-forms.ts";
import { readAideDatabase, readAideText } from "./aide.ts";
import { readChecksums } from "./checksum-lists.ts";
import { readBorgCheck, readVeeamValidator } from "./checks.ts";
import { readCsvList } from "./csv-list.ts";
import { readHashdeep, readHashdeepAudit } from "./hashdeep.ts";
import { readJsonLists } from "./json-lists.ts";
import type { Manifest } from "./manifest.ts";
import { readTripwire } from "./tripwire.ts";

const IS_JSON = /^\s*[[{]/;

/** Longest manifest that is read, unpacked. */
export const MOST_MANIFEST_OCTETS = 256 << 20;

/** Most lines, or NUL-ended records, that are read. */
export const MOST_LINES = 2_000_000;
/** Most values of a JSON document; counted by what begins or parts them, in texts, too. */
export const MOST_JSON_VALUES = 10_000_000;

/** Forms, the most telling ones first. */
const READERS: readonly ((text: string, name: string) => Manifest | null)[] = [
  readHashdeep,
  readHashdeepAudit,
  readAideDatabase,
  readAideText,
  readTripwire,
  readVeeamValidator,
  (text) => (IS_JSON.test(text) ? readJsonLists(text) : null),
  readBorgCheck,
  readChecksums,
  readCsvList,
];

/**
 * Reads a manifest or a report of any form that is known, by its content.
 * @param name Its file name: BagIt's manifests are told by it.
 * @throws BacktrailError `manifest-unknown`, `manifest-large`.
 */
export function readManifest(bytes: Uint8Array, name: string): Manifest {
  const text = textOf(bytes, name);
  requireFew(text, name);
  for (const read of READERS) {
    const manifest = read(text, name);
    if (manifest !== null) return manifest;
  }
  throw new BacktrailError(
    "manifest-unknown",
    `${name} is no manifest of a known form: give checksums (sha256sum, md5sum, BSD, BagIt), hashdeep, AIDE, Tripwire, Wazuh, osquery, restic or borg output, or CSV or JSON lines with the columns path and sha256 (docs/manifests.md).`,
  );
}

/** A short text in a packed file may hold more lines or values than there is memory for. */
function requireFew(text: string, name: string): void {
  const isMore = (most: number, ...marks: string[]) =>
    marks.reduce((left, mark) => left - countUpTo(left, text, mark), most) === 0;
  if (isMore(MOST_LINES + 1, "\n") || isMore(MOST_LINES + 1, "\0"))
    throw new BacktrailError(
      "manifest-large",
      `${name} has more than ${countText(MOST_LINES)} lines: split it, a part at a time is read.`,
    );
  if (IS_JSON.test(text) && isMore(MOST_JSON_VALUES + 1, "{", "[", ","))
    throw new BacktrailError(
      "manifest-large",
      `${name} has more than ${countText(MOST_JSON_VALUES)} values: split it, a part at a time is read.`,
    );
}

/** How often a mark stands in a text; no further is counted than to `most`. */
function countUpTo(most: number, text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count < most; at = text.indexOf(mark, at + 1)) count++;
  return count;
}

function textOf(bytes: Uint8Array, name: string): string {
  let plain = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      plain = gunzipSync(bytes, { maxOutputLength: MOST_MANIFEST_OCTETS });
    } catch (cause) {
      throw new BacktrailError(
        "manifest-unknown",
        `${name} cannot be unpacked: it is damaged, or longer than 256 MiB.`,
        { cause },
      );
    }
  }
  if (plain.length > MOST_MANIFEST_OCTETS)
    throw new BacktrailError("manifest-large", `${name} is longer than 256 MiB: split it, a part at a time is read.`);
  if (plain[0] === 0xff && plain[1] === 0xfe) return Buffer.from(plain.subarray(2)).toString("utf16le");
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length)
    .toString("utf8")
    .replace(/^\ufeff/, "");
}
