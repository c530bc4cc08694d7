/** Digests of one file, in lower-case hexadecimal digits. `other` names those that nothing here can be compared with. */
export interface EntryDigests {
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha256: string | null;
  readonly other: string | null;
}

/** What a report says became of a file since the one before. */
export type EntryChange = "added" | "removed" | "changed" | "unchanged";

/** One file that a manifest lists. */
export interface ManifestEntry {
  /** With "/" between its parts and without "./" before it; never used to open anything. */
  readonly path: string;
  /** As the manifest has it. */
  readonly original: string;
  readonly size: number | null;
  /** ns since 1970-01-01 UTC. */
  readonly mtime: bigint | null;
  readonly digests: EntryDigests;
  readonly change: EntryChange | null;
  /** Line of the manifest, or number of the object in it; from 1. */
  readonly line: number;
}

/** What a tool that checks a repository or a backup says of it. */
export interface CheckResult {
  /** Null where the text does not tell. */
  readonly isGood: boolean | null;
  readonly errors: number | null;
  /** What it says, in its own words. */
  readonly words: string | null;
}

/** A file that says what backups should be. */
export interface Manifest {
  readonly format: string;
  readonly tool: string | null;
  readonly version: string | null;
  readonly host: string | null;
  /** When it says that it was made, ns since 1970-01-01 UTC; null if it does not. */
  readonly generated: bigint | null;
  readonly entries: readonly ManifestEntry[];
  readonly check: CheckResult | null;
  /** Lines that are of no form that is known. */
  readonly passedOver: number;
}

export const NO_DIGESTS: EntryDigests = { md5: null, sha1: null, sha256: null, other: null };

/** Most columns of a list that are read: no tool writes half as many. */
export const MOST_COLUMNS = 64;

/** Facts of a manifest that most lack. */
export const PLAIN = { tool: null, version: null, host: null, generated: null, check: null, passedOver: 0 } as const;

/** An entry from what a form of manifest tells of it. */
export function entryOf(
  original: string,
  line: number,
  facts: Partial<Omit<ManifestEntry, "path" | "original" | "line">> = {},
): ManifestEntry {
  return {
    original,
    line,
    path: normalPath(original),
    size: null,
    mtime: null,
    digests: NO_DIGESTS,
    change: null,
    ...facts,
  };
}

/** One separator, nothing doubled, no "./" before it. Of a path with a drive the drive stays. */
export function normalPath(path: string): string {
  const slashed = path.replaceAll("\\", "/");
  const isShare = slashed.startsWith("//");
  const single = slashed.replace(/\/{2,}/g, "/").replace(/^(?:\.\/)+/, "");
  return isShare ? `/${single}` : single;
}

const BY_LENGTH: ReadonlyMap<number, string> = new Map([
  [8, "crc32"],
  [32, "md5"],
  [40, "sha1"],
  [56, "sha224"],
  [64, "sha256"],
  [96, "sha384"],
  [128, "sha512"],
]);

/** Digest whose algorithm only its length tells; null if it has the length of none. */
export function digestByLength(hex: string): EntryDigests | null {
  const name = BY_LENGTH.get(hex.length);
  return name === undefined ? null : digestNamed(name, hex);
}

/** @param name Algorithm, however it is written ("SHA256", "sha-256", "SHA2-256"). */
export function digestNamed(name: string, hex: string): EntryDigests {
  const plain = name
    .toLowerCase()
    .replace(/^sha2-/, "sha")
    .replaceAll(/[-_]/g, "");
  const value = hex.toLowerCase();
  if (plain === "md5" && value.length === 32) return { ...NO_DIGESTS, md5: value };
  if ((plain === "sha1" || plain === "sha") && value.length === 40) return { ...NO_DIGESTS, sha1: value };
  if (plain === "sha256" && value.length === 64) return { ...NO_DIGESTS, sha256: value };
  return { ...NO_DIGESTS, other: plain };
}

export function joinDigests(all: readonly EntryDigests[]): EntryDigests {
  const first = (name: keyof EntryDigests) => all.find((one) => one[name] !== null)?.[name] ?? null;
  return { md5: first("md5"), sha1: first("sha1"), sha256: first("sha256"), other: first("other") };
}

/** A whole number of octets as text or number; null for anything else. */
export function sizeOf(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A time as ISO 8601 text (UTC if it names no zone) or seconds since 1970; null for anything else. */
export function timeOf(value: unknown): bigint | null {
  if (typeof value === "number" || (typeof value === "string" && /^\d{9,11}(?:\.\d+)?$/.test(value))) {
    const seconds = Number(value);
    return seconds > 0 && seconds < 1e11 ? BigInt(Math.round(seconds * 1e6)) * 1000n : null;
  }
  if (typeof value !== "string") return null;
  const text = value
    .trim()
    .replace(/^(\d{4}-\d\d-\d\d) /, "$1T")
    .replace(/ ([+-]\d{4})$/, "$1");
  const ms = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n;
}
