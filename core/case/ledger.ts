import { createHash } from "node:crypto";
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { CaptureSummary } from "../contracts/story.ts";
import type { TimeNs } from "../contracts/finding.ts";
import { BacktrailError } from "../contracts/result.ts";
import { replaceFile } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import type { Json } from "./journal.ts";

/** Version of `ledger.json`. */
const LEDGER_FORMAT = 1;

/** Interface of a capture file, as the file describes it. */
export interface CaptureInterface {
  readonly name: string | null;
  readonly description: string | null;
  /** LINKTYPE_* number. */
  readonly linkType: number;
  /** 0: not limited. */
  readonly snapLength: number;
  /** Packets that this interface received and dropped, as the recorder counted; null if it said nothing. */
  readonly received: number | null;
  readonly dropped: number | null;
}

/** One capture file of the evidence. */
export interface EvidenceEntry {
  /** Number by which records name it, 1 for the first. */
  readonly number: number;
  /** As absolute path when it was read. */
  readonly path: string;
  /** Seen from the case folder, so that case and captures can be moved together. "" for standard input. */
  readonly relativePath: string;
  readonly octets: number;
  /** Modification time of the file when it was read, ns since 1970-01-01 UTC; null for standard input. */
  readonly modified: TimeNs | null;
  /** Of the file's octets as they were read, in hex; "" where reading was stopped before its end. */
  readonly sha256: string;
  /** "pcap", "pcapng", with the compression if any ("pcapng.gz"). */
  readonly format: string;
  readonly packets: number;
  readonly tsFirst: TimeNs | null;
  readonly tsLast: TimeNs | null;
  /** What is wrong with it, each a sentence with the offset; empty if nothing. */
  readonly damage: readonly string[];
  readonly interfaces: readonly CaptureInterface[];
  /** Comments of the file itself (pcapng section header). */
  readonly comments: readonly string[];
  /** Where it was copied from, absolute; absent where the case refers to the capture itself. */
  readonly original?: string;
  /** When it was added, ISO 8601 UTC. */
  readonly added: string;
  /** The file as the system tells it apart (device, inode, size, times of change) when its octets last had the SHA-256. */
  readonly seen?: string;
  /** What else the reader knows (recorder, hardware, operating system). */
  readonly detail?: { readonly [key: string]: Json };
}

/** What became of a capture since it was read. */
export interface EvidenceState {
  readonly number: number;
  readonly path: string;
  /** "deleted": by the ring of the recording, as the journal says. */
  readonly state: "ok" | "changed" | "missing" | "unreadable" | "unhashed" | "deleted";
  /** Whether only size and time were compared, or every octet. */
  readonly check: "size and time" | "sha256";
  /** What is different, as a sentence; null if nothing is. */
  readonly difference: string | null;
}

/** The list of captures that a case rests on. */
export class Ledger {
  readonly path: string;
  readonly #folder: string;
  #entries: EvidenceEntry[];
  #unfinished: readonly EvidenceEntry[] = [];
  /** By path and stamp. */
  readonly #hashed = new Map<string, Promise<EvidenceState>>();

  private constructor(path: string, folder: string, entries: EvidenceEntry[]) {
    this.path = path;
    this.#folder = folder;
    this.#entries = entries;
  }

  /** @throws BacktrailError when it cannot be read or is no ledger. */
  static open(path: string, caseFolder: string): Ledger {
    if (!existsSync(path)) return new Ledger(path, caseFolder, []);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      throw ioProblem(error, `reading ${path}`);
    }
    return new Ledger(path, caseFolder, parseLedger(text, path));
  }

  /** SHA-256 of a file, in hex. @throws the error of the file system. */
  hashOf(path: string): string {
    return hashFile(path, () => true).sha256;
  }

  get entries(): readonly EvidenceEntry[] {
    return this.#entries;
  }

  /** Number that the next capture gets. */
  nextNumber(): number {
    return this.#entries.reduce((most, entry) => Math.max(most, entry.number), 0) + 1;
  }

  /** Capture of that number, or undefined. */
  get(number: number): EvidenceEntry | undefined {
    return this.#entries.find((entry) => entry.number === number);
  }

  /** Entry of a capture that was read before, recognised by its path or, where given, its hash. */
  find(capture: { path?: string; sha256?: string }): EvidenceEntry | undefined {
    const path = capture.path === undefined ? undefined : resolve(capture.path);
    return this.#entries.find(
      (entry) =>
        (capture.sha256 !== undefined && entry.sha256 === capture.sha256) ||
        (path !== undefined && (this.locate(entry) === path || entry.original === path)),
    );
  }

  /** Adds entries, or replaces those of the same number, durably and all at once. */
  put(entries: readonly EvidenceEntry[]): void {
    const numbers = new Set(entries.map((entry) => entry.number));
    const kept = this.#entries.filter((entry) => !numbers.has(entry.number));
    this.#replace([...kept, ...entries].sort((a, b) => a.number - b.number));
  }

  /** Takes entries off the list, durably. */
  remove(numbers: ReadonlySet<number>): void {
    this.#replace(this.#entries.filter((entry) => !numbers.has(entry.number)));
  }

  #replace(next: EvidenceEntry[]): void {
    replaceFile(this.path, `${JSON.stringify({ format: LEDGER_FORMAT, captures: next }, null, 2)}\n`);
    this.#entries = next;
  }

  /** `path` as an entry names it seen from the case folder. */
  relativePath(path: string): string {
    return relative(this.#folder, resolve(path)).replaceAll("\\", "/");
  }

  /** Where a capture is now: at its path seen from the case folder if it is there, else at its absolute path. */
  locate(entry: EvidenceEntry): string {
    if (entry.relativePath !== "" && !isAbsolute(entry.relativePath)) {
      const near = resolve(join(this.#folder, entry.relativePath));
      if (existsSync(near)) return near;
    }
    return entry.path;
  }

  /** Names captures that an open run is reading: `summaries` tells of them, the file on disk does not. */
  showUnfinished(entries: readonly EvidenceEntry[]): void {
    this.#unfinished = entries;
  }

  /** Captures as story and report name them. */
  summaries(): CaptureSummary[] {
    return [...this.#entries, ...this.#unfinished].map(
      ({ number, path, original, octets, sha256, format, packets, tsFirst, tsLast, damage }) => {
        const copied = original === undefined ? {} : { original };
        return { number, path, ...copied, octets, sha256, format, packets, tsFirst, tsLast, damage };
      },
    );
  }

  /**
   * Compares size and modification time of each capture: quick, and it does not notice a change that kept both. A capture of which
   * only the time differs, as after copying, is hashed if all such together are small.
   */
  glance(): EvidenceState[] {
    let left = MOST_HASHED_AT_A_GLANCE;
    return this.#entries.map((entry) => {
      const path = this.locate(entry);
      const seen = glance(entry, path);
      if (seen.state !== "touched") return { ...seen, state: seen.state };
      left -= entry.octets;
      return left < 0 || entry.sha256 === "" ? { ...seen, state: "changed" } : compareHash(entry, path, () => true);
    });
  }

  /**
   * The same for one capture that is about to be read, whatever its size: unless the file is the very one whose octets had the SHA-256 when they
   * were last hashed, unchanged since, they are hashed again. One that has no hash is "unhashed".
   */
  async checkBeforeReading(entry: EvidenceEntry): Promise<EvidenceState> {
    const path = this.locate(entry);
    const seen = glance(entry, path);
    if (seen.state !== "touched" && seen.state !== "ok") return { ...seen, state: seen.state };
    if (entry.sha256 === "") return { ...seen, state: seen.state === "ok" ? "ok" : "unhashed" };
    const stamp = fileStamp(path);
    if (entry.seen === stamp) return { ...seen, state: "ok", difference: null };
    const name = `${path} ${stamp ?? ""}`;
    const known = this.#hashed.get(name) ?? compareHashAside(entry, path);
    this.#hashed.set(name, known);
    return known;
  }

  /** Keeps with the ledger that a file had its SHA-256 as it is now, so that it is not hashed again as long as it stays so. */
  rememberSeen(entry: EvidenceEntry): void {
    const stamp = fileStamp(this.locate(entry));
    if (stamp !== null && stamp !== entry.seen) this.put([{ ...entry, seen: stamp }]);
  }

  /**
   * Reads every capture and compares its SHA-256.
   * @param progress Takes the octets read of a capture from time to time; false from it stops with `BacktrailError` "cancelled".
   */
  verify(progress: (entry: EvidenceEntry, octets: number) => boolean = () => true): EvidenceState[] {
    return this.#entries.map((entry) => {
      const path = this.locate(entry);
      if (entry.relativePath === "" && entry.modified === null) return withoutFile(entry, path);
      return compareHash(entry, path, (octets) => progress(entry, octets));
    });
  }
}

function compareHash(entry: EvidenceEntry, path: string, progress: (octets: number) => boolean): EvidenceState {
  if (entry.sha256 === "") {
    const seen = glance(entry, path);
    const difference = "reading was stopped before its end, so there is no SHA-256 to compare with";
    if (seen.state === "ok") return { ...seen, state: "unhashed", difference };
    return { ...seen, state: seen.state === "touched" ? "changed" : seen.state };
  }
  try {
    return hashState(entry, path, hashFile(path, progress));
  } catch (error) {
    if (error instanceof BacktrailError) throw error;
    return unavailable(entry, path, error, "sha256");
  }
}

/** The same for an entry with a SHA-256, while other work goes on. */
async function compareHashAside(entry: EvidenceEntry, path: string): Promise<EvidenceState> {
  const hash = createHash("sha256");
  let octets = 0;
  try {
    for await (const block of createReadStream(path, { highWaterMark: HASH_BLOCK })) {
      hash.update(block as Buffer);
      octets += (block as Buffer).length;
    }
  } catch (error) {
    return unavailable(entry, path, error, "sha256");
  }
  return hashState(entry, path, { sha256: hash.digest("hex"), octets });
}

/**
 * What tells a file apart from another in its place, or from itself before a change: the time of the last change of its status cannot be set back
 * as the modification time can. Null if there is none.
 */
export function fileStamp(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(":");
}

function hashState(
  entry: EvidenceEntry,
  path: string,
  found: { readonly sha256: string; readonly octets: number },
): EvidenceState {
  const difference =
    found.sha256 === entry.sha256
      ? null
      : found.octets === entry.octets
        ? `its SHA-256 is ${found.sha256}, the case was made from ${entry.sha256}`
        : `it has ${found.octets} octets with SHA-256 ${found.sha256}, the case was made from ${entry.octets} octets with ${entry.sha256}`;
  return { number: entry.number, path, state: difference === null ? "ok" : "changed", check: "sha256", difference };
}

/** Octets hashed at a glance, a fraction of a second's work. */
const MOST_HASHED_AT_A_GLANCE = 256 * 1024 * 1024;

/** "touched": the same size, another modification time. */
type Glance = Omit<EvidenceState, "state"> & { readonly state: EvidenceState["state"] | "touched" };

function glance(entry: EvidenceEntry, path: string): Glance {
  const check = "size and time";
  const base = { number: entry.number, path, check } as const;
  if (entry.modified === null) return withoutFile(entry, path);
  try {
    const found = statSync(path, { bigint: true });
    if (found.size !== BigInt(entry.octets)) {
      return {
        ...base,
        state: "changed",
        difference: `it has ${found.size} octets, the case was made from ${entry.octets}`,
      };
    }
    if (found.mtimeNs !== BigInt(entry.modified)) {
      return {
        ...base,
        state: "touched",
        difference: `its modification time differs (same size): its hash tells whether it changed`,
      };
    }
    return { ...base, state: "ok", difference: null };
  } catch (error) {
    return unavailable(entry, path, error, check);
  }
}

function withoutFile({ number }: EvidenceEntry, path: string): EvidenceState {
  const difference = "it was read from standard input or a pipe and cannot be read again";
  return { number, path, state: "missing", check: "size and time", difference };
}

function unavailable(entry: EvidenceEntry, path: string, error: unknown, check: EvidenceState["check"]): EvidenceState {
  const code = (error as NodeJS.ErrnoException).code;
  const missing = code === "ENOENT" || code === "ENOTDIR";
  const difference = missing
    ? "there is no such file any more"
    : `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return { number: entry.number, path, state: missing ? "missing" : "unreadable", check, difference };
}

const HASH_BLOCK = 4 * 1024 * 1024;

function hashFile(path: string, progress: (octets: number) => boolean): { sha256: string; octets: number } {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafeSlow(HASH_BLOCK);
  const file = openSync(path, "r");
  let octets = 0;
  try {
    for (;;) {
      const got = readSync(file, block, 0, block.length, null);
      if (got === 0) return { sha256: hash.digest("hex"), octets };
      hash.update(block.subarray(0, got));
      octets += got;
      if (!progress(octets))
        throw new BacktrailError("cancelled", `Cancelled while hashing ${path}; nothing was changed.`, {
          kind: "work",
        });
    }
  } finally {
    closeSync(file);
  }
}

function parseLedger(text: string, path: string): EvidenceEntry[] {
  let value: { format?: unknown; captures?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    throw damaged(path, error);
  }
  if (value === null || typeof value.format !== "number" || !Array.isArray(value.captures)) throw damaged(path, null);
  if (value.format > LEDGER_FORMAT) {
    throw new BacktrailError(
      "newer-format",
      `${path} has format ${value.format}, this version reads up to ${LEDGER_FORMAT}: update backtrail.`,
    );
  }
  const entries = value.captures as Partial<EvidenceEntry>[];
  for (const entry of entries) {
    if (typeof entry.number !== "number" || typeof entry.path !== "string" || typeof entry.sha256 !== "string")
      throw damaged(path, null);
  }
  return entries as EvidenceEntry[];
}

function damaged(path: string, cause: unknown): BacktrailError {
  return new BacktrailError(
    "ledger-damaged",
    `${path} is not a readable evidence ledger: restore it from a copy of the case (journal.jsonl has the hash of every capture).`,
    { cause },
  );
}
