import type { ByteReader } from "../../bytes/reader.ts";
import { readLength, readNumber } from "./numbers.ts";

/** An entry of a list of files. */
export interface ListedFile {
  /** Path from where the transfer begins, a character for each octet. */
  readonly name: string;
  readonly size: number;
  readonly isDirectory: boolean;
}

/** What decides which fields an entry has. */
export interface ListTerms {
  /** Flags are numbers of their own length (since 3.2), not one octet or two. */
  readonly hasNumberedFlags: boolean;
  /** Letters of the client's options. */
  readonly letters: string;
  readonly protocol: number;
}

/** Flags of an entry. rsync.h */
const SAME_MODE = 1 << 1;
const EXTENDED_FLAGS = 1 << 2;
const SAME_UID = 1 << 3;
const SAME_GID = 1 << 4;
const SAME_NAME = 1 << 5;
const LONG_NAME = 1 << 6;
const SAME_TIME = 1 << 7;
const SAME_MAJOR = 1 << 8;
const LINKED = 1 << 9;
const USER_NAME = 1 << 10;
const GROUP_NAME = 1 << 11;
const FIRST_LINK = 1 << 12;
const NANOSECONDS = 1 << 13;
/** In an octet of extended flags alone: the list ends with an error. */
const ENDS_WITH_ERROR = 1 << 12;

const KIND = 0o170_000;
const DIRECTORY = 0o040_000;
const SYMBOLIC_LINK = 0o120_000;
const DEVICES: readonly number[] = [0o020_000, 0o060_000];
/** Pipes and sockets; before protocol 31 they have a device number too. */
const SPECIALS: readonly number[] = [0o010_000, 0o140_000];
const NO_SPECIALS = 31;

/** Longest name that is believed. */
const MAX_NAME = 4096;

/** Reads entries of the lists of one session; each leaves out what it shares with the one before. rsync's flist.c, recv_file_entry */
export class FileListReader {
  readonly #terms: ListTerms;
  #name = "";
  #mode = 0;

  constructor(terms: ListTerms) {
    this.#terms = terms;
  }

  /**
   * @param firstIndex Index of the first entry of this list.
   * @returns null at the end of the list, "bad" for what cannot be an entry. Where `r` is truncated, nothing was read.
   */
  read(r: ByteReader, firstIndex: number): ListedFile | null | "bad" {
    const flags = this.#flags(r);
    if (flags === null) return null;
    const shared = (flags & SAME_NAME) === 0 ? 0 : r.u8();
    const length = (flags & LONG_NAME) === 0 ? r.u8() : readNumber(r, 1);
    if (shared > this.#name.length || length > MAX_NAME) return "bad";
    const name = this.#name.slice(0, shared) + r.latin1(length);
    const isLink = (flags & LINKED) !== 0 && (flags & FIRST_LINK) === 0;
    // Another link to a file of this list has its fields.
    const isShort = isLink && readNumber(r, 1) >= firstIndex;
    const size = isShort ? 0 : readNumber(r, 3);
    const mode = isShort ? this.#mode : this.#attributes(r, flags);
    if (r.truncated) return null;
    this.#name = name;
    this.#mode = mode;
    return { name, size, isDirectory: (mode & KIND) === DIRECTORY };
  }

  /** Null at the end of the list. */
  #flags(r: ByteReader): number | null {
    if (this.#terms.hasNumberedFlags) {
      const flags = readNumber(r, 1);
      if (flags !== 0) return flags;
      readNumber(r, 1);
      return null;
    }
    const low = r.u8();
    const flags = (low & EXTENDED_FLAGS) === 0 ? low : low | (r.u8() << 8);
    if (flags === (EXTENDED_FLAGS | ENDS_WITH_ERROR)) {
      readNumber(r, 1);
      return null;
    }
    return low === 0 ? null : flags;
  }

  /** Times, mode, owners, device, target; gives the mode. */
  #attributes(r: ByteReader, flags: number): number {
    const { letters } = this.#terms;
    if ((flags & SAME_TIME) === 0) readNumber(r, 4);
    if ((flags & NANOSECONDS) !== 0) readNumber(r, 1);
    const mode = (flags & SAME_MODE) === 0 ? r.u32le() : this.#mode;
    if (letters.includes("o") && (flags & SAME_UID) === 0) owner(r, (flags & USER_NAME) !== 0);
    if (letters.includes("g") && (flags & SAME_GID) === 0) owner(r, (flags & GROUP_NAME) !== 0);
    const kind = mode & KIND;
    const hasNumber = DEVICES.includes(kind) || (this.#terms.protocol < NO_SPECIALS && SPECIALS.includes(kind));
    if (letters.includes("D") && hasNumber) {
      if ((flags & SAME_MAJOR) === 0) readNumber(r, 1);
      readNumber(r, 1);
    }
    if (letters.includes("l") && kind === SYMBOLIC_LINK) r.skip(readNumber(r, 1));
    return mode;
  }
}

function owner(r: ByteReader, hasName: boolean): void {
  readNumber(r, 1);
  if (hasName) r.skip(r.u8());
}

/** The names of owners behind a list that is all there is. @returns false while `r` is truncated. */
export function skipOwners(r: ByteReader, hasNameOfRoot: boolean): boolean {
  while (!r.truncated && readNumber(r, 1) !== 0) r.skip(r.u8());
  if (hasNameOfRoot) r.skip(r.u8());
  return !r.truncated;
}

/** The order in which both sides count entries: files before folders, a folder before what is in it. rsync's flist.c, f_name_cmp */
export function inListOrder(files: readonly ListedFile[]): ListedFile[] {
  return files
    .map((file) => ({ file, parts: file.name === "." ? [] : file.name.split("/") }))
    .sort((a, b) => {
      for (let i = 0; i < a.parts.length && i < b.parts.length; i++) {
        const [isFileA, isFileB] = [isFileAt(a, i), isFileAt(b, i)];
        if (isFileA !== isFileB) return isFileA ? -1 : 1;
        if (a.parts[i]! !== b.parts[i]!) return a.parts[i]! < b.parts[i]! ? -1 : 1;
      }
      return a.parts.length - b.parts.length;
    })
    .map(({ file }) => file);
}

function isFileAt({ file, parts }: { file: ListedFile; parts: readonly string[] }, at: number): boolean {
  return at === parts.length - 1 && !file.isDirectory;
}

/** A string with its length in front. */
export function readString(r: ByteReader): string {
  return r.latin1(readLength(r));
}
