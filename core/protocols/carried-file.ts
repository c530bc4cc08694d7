import { recordType } from "../records/record-type.ts";
import type { Moment } from "./protocol.ts";

/** What an analyzer knows of a file that its connection carries. */
export interface FileFacts {
  /** Zeek's name of the analyzer: "HTTP", "SMB", "FTP_DATA", "SMTP" ... */
  readonly source: string;
  /** The originator of the connection sends it. */
  readonly isOrig: boolean;
  /** As the wire gives it; it is only shown, never a path of ours. */
  readonly filename?: string | null;
  /** How deep it lies in the message that carries it (parts of a mail); 0 by default. */
  readonly depth?: number;
  /** Its whole length where the protocol tells it. */
  readonly totalOctets?: number | null;
  /** Its type where the protocol leaves no doubt; else its content decides. */
  readonly mimeType?: string | null;
  /**
   * What is read under one key, by ranges or over several connections of the same two hosts, is one file (Zeek's file handle). Such a
   * file goes on when its connection ends, until it is whole or nothing more of it comes for some minutes.
   */
  readonly key?: string;
  /** The file that it was taken out of, by `fuid`. */
  readonly parent?: string | null;
  /** Who sends it, where several may write to one file at a time. */
  readonly writer?: string | null;
}

/** Which octets of a file went by, and what they are. */
export interface FileContent {
  readonly fuid: string;
  readonly first: Moment;
  readonly last: Moment;
  /** Its whole length where that was told. */
  readonly size: number | null;
  /** Octets that went by, each place counted once. */
  readonly octets: number;
  /** Places that went by, ascending: start and end. At most `MOST_LISTED`, the first ones. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
  /** Where the last of them ends. */
  readonly end: number;
  /** Octets that came again for a place that had some, counted each time. */
  readonly again: number;
  /** Two wrote in turns. */
  readonly isInterleaved: boolean;
  /** It was both read and written. */
  readonly isMixed: boolean;
  /** Of all that went by in order from the beginning; null while it is not over, and where `notHashed` says why. */
  readonly digests: { readonly md5: string; readonly sha1: string; readonly sha256: string } | null;
  /** SHA-256 of chunks of 1 MiB that went by in order, by where they begin; within a bound. */
  readonly chunks: readonly (readonly [offset: number, sha256: string])[];
  readonly notHashed: "gap" | "size" | "off" | null;
}

/** Ranges of one file that are listed. */
export const MOST_LISTED = 16;

/**
 * A file while it goes by. Its octets come in order, or each piece after a `seek`; they are borrowed for the call. It gets its record
 * once it is whole, closed, or its connection is over.
 */
export interface CarriedFile {
  /** "F" and base-62 digits: the same for the same evidence in every run, and for the same key between the same hosts. */
  readonly fuid: string;
  /** Type by content: null until the first 4,096 octets or the end were seen, and where nothing fits. */
  readonly mimeType: string | null;
  /** False for a file with a key that this connection brought octets of before, under another `file` call. */
  readonly isNewHere: boolean;
  name(filename: string): void;
  /** Its whole length. */
  total(octets: number): void;
  /** Where in the file the next octets lie. */
  seek(offset: number): void;
  data(bytes: Uint8Array, start: number, end: number): void;
  /** Octets that were never captured. */
  gap(octets: number): void;
  /** False: nobody needs the octets to come. The analyzer may let them pass unseen (`Connection.skip`) and only say how many. */
  readonly wants: boolean;
  /** Octets went by unseen because `wants` is false; negative if fewer did than was said before. */
  skipped(octets: number): void;
  /** What was sent for this place was not accepted. */
  refused(offset: number, octets: number): void;
  /** It is over, whole or not. */
  close(): void;
  /**
   * What is known of it; null if nothing of it came. Of a file with a key that began anew, the last that was whole.
   */
  content(): FileContent | null;
}

/** What is known of one file that went over the network. */
export const FILES_RECORD = recordType({
  name: "files",
  text: "A file that a connection carried; one that came over several connections has a row for each",
  version: 1,
  layout: "file",
  columns: {
    fuid: {
      kind: "string",
      text: "Identifier of the file, which other logs name it by",
      example: "FKi7Pk47Xmw8dswjRh",
      source: "Zeek base/frameworks/files/main.zeek",
    },
    source: { kind: "string", text: "Protocol it was found in", example: "HTTP" },
    depth: { kind: "count", text: "How deep it lies in the message that carries it (the parts of a mail)" },
    analyzers: { kind: "set[string]", text: "What looked into it", example: "MD5" },
    mime_type: { kind: "string", text: "Type by its first octets", example: "application/x-dosexec" },
    filename: { kind: "string", text: "Name that the protocol gives it", example: "backup.vbk" },
    duration: { kind: "interval", text: "From its first octets to its last" },
    local_orig: { kind: "bool", text: "True if who sent it has an address that is not of the Internet" },
    is_orig: { kind: "bool", text: "True if the originator of the connection sent it" },
    seen_bytes: { kind: "count", unit: "octets", text: "Octets that went by" },
    total_bytes: { kind: "count", unit: "octets", text: "Its whole length, where the protocol tells it" },
    missing_bytes: { kind: "count", unit: "octets", text: "Octets that were lost or never came" },
    overflow_bytes: {
      kind: "count",
      unit: "octets",
      text: "Octets given up because what lies before them did not come while the bound of what is held allowed to wait",
    },
    timedout: { kind: "bool", text: "True if nothing said that it was over" },
    parent_fuid: { kind: "string", text: "File that it was taken out of", example: "F3Kz2QmYw8sT" },
    md5: { kind: "string", text: "MD5 of its octets", example: "44d88612fea8a8f36de82e1278abb02f" },
    sha1: { kind: "string", text: "SHA-1 of its octets", example: "3395856ce81f2b7382dee72602f798b642f14140" },
    sha256: { kind: "string", text: "SHA-256 of its octets" },
    extracted: {
      kind: "string",
      text: "Name under which it was written, if that was asked for",
      example: "F3Kz2QmYw8sT-setup.exe",
    },
    extracted_cutoff: { kind: "bool", text: "True if a bound cut short what was written", example: "T" },
    extracted_size: {
      kind: "count",
      unit: "octets",
      text: "Octets written, if a bound cut it short",
      example: "104857600",
    },
    not_hashed: {
      kind: "enum",
      own: true,
      text: "Why it has no hashes: `gap` (octets are missing), `size` (longer than the limit), `off` (not asked for)",
      example: "size",
    },
  },
});
