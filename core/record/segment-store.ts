import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { JournalEntry, Json } from "../case/journal.ts";
import { Journal } from "../case/journal.ts";
import { CaseLock } from "../case/lock.ts";
import { makeFolder } from "../case/make-folder.ts";
import { greatest } from "../contracts/greatest.ts";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import { INCOMING, isWriterLock } from "./driver.ts";
import { LateJournal, type EntryAbout } from "./late-journal.ts";
import type { ClosedSegment } from "./segment-file.ts";

/** Files of a recording, in `evidence/live` of its case. `docs/recording.md` describes them. */
export const RECORDING_FILES = {
  folder: "evidence/live",
  journal: "recording.jsonl",
  lock: "recorder.lock",
  kept: "kept.json",
  status: "status.json",
  calls: "window.sock",
} as const;

/** A part of time, with both ends; none where the first is later than the last. */
export interface TimeSpan {
  /** ns since 1970 UTC. */
  readonly fromNs: bigint;
  readonly untilNs: bigint;
}

/** A closed segment that is on the disk. */
export interface StoredSegment {
  readonly name: string;
  readonly number: number;
  readonly octets: number;
  readonly sha256: string;
  /** When it was closed, ms since 1970 UTC by the clock that ages are measured with. */
  readonly closedMs: number;
  /** Where in time its frames lie. */
  readonly span: TimeSpan;
}

/** What the analysis says of segments: `kept.json`. */
export interface KeptSegments {
  /** Number of the last segment that was analysed. */
  readonly analysed: number;
  /** Names of those that findings rest on: they are never deleted. */
  readonly held: readonly string[];
  /** Names of those that may tell of findings that were not read again: no age deletes them, and the bound on octets after those that nothing speaks for. */
  readonly spared: readonly string[];
}

const SEGMENT_NAME = /^segment-(\d{8})-\d{8}T\d{6}Z\.pcapng$/;
const HASH_BLOCK = 4 * 1024 * 1024;

/** Number of a segment; null if the name is none. */
export function segmentNumber(name: string): number | null {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Names of the segments in a folder, oldest first. */
export function segmentNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => segmentNumber(name) !== null)
    .sort();
}

/** The segments of a recording and its journal, which has the SHA-256 of each. One recorder at a time has it. */
export class SegmentStore {
  readonly folder: string;
  readonly #journal: LateJournal;
  readonly #lock: CaseLock;
  #segments: StoredSegment[];
  #next: number;
  #clock = () => Date.now();

  private constructor(folder: string, journal: Journal, lock: CaseLock) {
    this.folder = folder;
    this.#journal = new LateJournal(journal);
    this.#lock = lock;
    this.#segments = storedSegments(folder, journal.entries);
    const onDisk = segmentNames(folder).map((name) => segmentNumber(name) ?? 0);
    this.#next = 1 + greatest(onDisk, greatest(journal.entries.map(numberOf), 0));
  }

  /**
   * Opens or begins a recording. A segment that a crash left open is closed as it is.
   * @throws BacktrailError where another recorder has it, or it cannot be written; `writer-running` where the driver of a recorder that is
   * gone still writes, which it does for a moment.
   */
  static open(folder: string, version: string): SegmentStore {
    makeFolder(folder);
    const lock = takeLock(join(folder, RECORDING_FILES.lock));
    try {
      for (const path of readdirSync(folder)
        .filter(isWriterLock)
        .map((name) => join(folder, name))) {
        const writer = CaseLock.holder(path);
        if (writer === null) continue;
        const message = `A driver that a recorder left behind still writes to ${folder} (${writer}): wait until it has ended, or end it; if you are sure that it is not running, delete ${path}.`;
        throw new BacktrailError("writer-running", message);
      }
      const journal = Journal.open(join(folder, RECORDING_FILES.journal), {
        actor: accountName(),
        host: hostname(),
        tool: "backtrail record",
        version,
      });
      const store = new SegmentStore(folder, journal, lock);
      store.#recover(journal.entries);
      return store;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get segments(): readonly StoredSegment[] {
    return this.#segments;
  }

  /** Has the ages of segments that are closed from now on measured by a clock that is never set, ms since 1970 UTC. */
  ageBy(clock: () => number): void {
    this.#clock = clock;
  }

  /** Name for the next segment. */
  nextName(nowMs: number): string {
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
    return `segment-${String(this.#next++).padStart(8, "0")}-${time}.pcapng`;
  }

  /** Writes what happened into the recording's journal, later where that is not possible now. @returns what prevents it; null if nothing does. */
  note(action: string, detail: { readonly [key: string]: Json } = {}): BacktrailError | null {
    return this.#journal.writeSoon(action, { detail });
  }

  /** Writes what could not be written into the journal. @returns what still prevents it; null if nothing waits. */
  noteWaiting(): BacktrailError | null {
    return this.#journal.writeWaiting();
  }

  /** Takes a segment over that was closed: its hash is chained into the journal, later where that is not possible now. */
  closed(name: string, segment: ClosedSegment, detail: { readonly [key: string]: Json }): void {
    const { octets, sha256, packets } = segment;
    const about = aboutSegment(name, octets, sha256, {
      packets,
      tsFirst: segment.tsFirst?.toString() ?? null,
      tsLast: segment.tsLast?.toString() ?? null,
      ...detail,
    });
    this.#journal.writeSoon("segment-closed", about);
    this.#add(name, octets, about);
  }

  /** Octets of the segments that findings hold. */
  heldOctets(): number {
    const kept = readKept(this.folder);
    const held = kept === null ? null : new Set(kept.held);
    return this.#segments.reduce((sum, { name, octets }) => sum + (held?.has(name) !== false ? octets : 0), 0);
  }

  /**
   * Deletes the oldest segments beyond the bounds; never one that a finding rests on, and those that were not analysed last.
   * @returns false if the bounds could not be met.
   */
  enforce(keepOctets: number | null, keepSeconds: number | null, nowMs = this.#clock()): boolean {
    const kept = readKept(this.folder);
    const isSpared = new Set(kept?.spared);
    const isOld = ({ closedMs, name }: StoredSegment) =>
      keepSeconds !== null && nowMs - closedMs > keepSeconds * 1000 && !isSpared.has(name);
    let octets = this.#segments.reduce((sum, segment) => sum + segment.octets, 0);
    const isOver = () => keepOctets !== null && octets > keepOctets;
    if (!isOver() && !this.#segments.some(isOld)) return true;
    if (kept === null) return false;
    for (const segment of this.#deletable(kept)) {
      if (!isOver() && !isOld(segment)) continue;
      this.#delete(segment, segment.number <= kept.analysed);
      octets -= segment.octets;
    }
    return !isOver();
  }

  /**
   * Deletes segments whatever the bounds are, in the same order and as few as will do, to make room for so many octets; none where all of
   * them would not do.
   * @param isSpentOnly Only those that were analysed and that nothing speaks for.
   * @returns octets of those that were deleted.
   */
  makeRoom(wantedOctets: number, isSpentOnly: boolean): number {
    const kept = readKept(this.folder);
    if (kept === null) return 0;
    const isSpared = new Set(kept.spared);
    const isSpent = ({ name, number }: StoredSegment) => number <= kept.analysed && !isSpared.has(name);
    const deletable = this.#deletable(kept).filter((segment) => !isSpentOnly || isSpent(segment));
    if (deletable.reduce((sum, segment) => sum + segment.octets, 0) < wantedOctets) return 0;
    let octets = 0;
    for (const segment of deletable) {
      if (octets >= wantedOctets) break;
      this.#delete(segment, segment.number <= kept.analysed);
      octets += segment.octets;
    }
    return octets;
  }

  release(): void {
    this.#lock.release();
  }

  /** Segments that no finding rests on, in the order in which they may be deleted. */
  #deletable({ analysed, held, spared }: KeptSegments): StoredSegment[] {
    const isHeld = new Set(held);
    const isSpared = new Set(spared);
    const free = this.#segments.filter(({ name }) => !isHeld.has(name));
    const spent = free.filter(({ number }) => number <= analysed);
    return [
      ...spent.filter(({ name }) => !isSpared.has(name)),
      ...spent.filter(({ name }) => isSpared.has(name)),
      ...free.filter(({ number }) => number > analysed),
    ];
  }

  #delete({ name, number, sha256 }: StoredSegment, analysed: boolean): void {
    const path = join(this.folder, name);
    const about = { object: name, sha256, detail: { number, analysed } };
    try {
      // First said, then done: a segment that is gone without an entry would look like a theft.
      this.#journal.write("segment-deleted", about);
      rmSync(path, { force: true });
    } catch (error) {
      if (!isProblem(error, "disk-full")) throw error;
      // Its own octets are the room to say so.
      rmSync(path, { force: true });
      this.#journal.writeSoon("segment-deleted", about);
    }
    this.#segments = this.#segments.filter((segment) => segment.number !== number);
  }

  #add(name: string, octets: number, about: SegmentAbout): void {
    const { sha256 } = about;
    const number = segmentNumber(name) ?? 0;
    const stored = { name, number, octets, sha256, closedMs: this.#clock(), span: spanOf(about.detail) };
    this.#segments = [...this.#segments, stored].sort((a, b) => a.number - b.number);
  }

  /** Closes what a recorder that is gone left open: the file stays as it is. What it said that it deletes is deleted. */
  #recover(entries: readonly JournalEntry[]): void {
    for (const name of readdirSync(this.folder).filter(isIncoming).sort()) {
      const path = join(this.folder, name);
      renameSync(path, join(this.folder, this.nextName(statSync(path).birthtimeMs)));
    }
    const known = new Set(entries.filter(isClosing).map(({ object }) => object));
    const deleted = deletedNames(entries);
    for (const name of segmentNames(this.folder)) {
      if (deleted.has(name)) rmSync(join(this.folder, name), { force: true });
      if (known.has(name)) continue;
      const { octets, sha256 } = hashFile(join(this.folder, name));
      const written = statSync(join(this.folder, name)).mtime.toISOString();
      const reason = "the recorder ended before it could close it";
      const about = aboutSegment(name, octets, sha256, { written, reason });
      this.#journal.write("segment-recovered", about);
      this.#add(name, octets, about);
    }
  }
}

type SegmentAbout = Required<EntryAbout>;

function aboutSegment(
  name: string,
  octets: number,
  sha256: string,
  detail: { readonly [key: string]: Json },
): SegmentAbout {
  return { object: name, sha256, detail: { number: segmentNumber(name) ?? 0, octets, ...detail } };
}

/** A file that a driver began and that no recorder has named. */
function isIncoming(name: string): boolean {
  return name.startsWith(`${INCOMING}_`) && name.endsWith(".pcapng");
}

/** What the analysis last said of segments: nothing is held before it said anything. Null if it cannot be read: all may be held. */
function readKept(folder: string): KeptSegments | null {
  const path = join(folder, RECORDING_FILES.kept);
  if (!existsSync(path)) return { analysed: 0, held: [], spared: [] };
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<KeptSegments>;
    return { analysed: value.analysed ?? 0, held: value.held ?? [], spared: value.spared ?? [] };
  } catch {
    return null;
  }
}

/** True for entries of the recording's journal that give a segment its hash. */
export function isClosing({ action }: JournalEntry): boolean {
  return action === "segment-closed" || action === "segment-recovered";
}

function storedSegments(folder: string, entries: readonly JournalEntry[]): StoredSegment[] {
  const deleted = deletedNames(entries);
  return entries
    .filter((entry) => isClosing(entry) && !deleted.has(entry.object) && existsSync(join(folder, entry.object ?? "")))
    .map((entry) => ({
      name: entry.object ?? "",
      number: numberOf(entry),
      octets: statSync(join(folder, entry.object ?? "")).size,
      sha256: entry.sha256 ?? "",
      closedMs: Date.parse(entry.at),
      span: spanOf(entry.detail),
    }));
}

function deletedNames(entries: readonly JournalEntry[]): ReadonlySet<string | null> {
  return new Set(entries.filter(({ action }) => action === "segment-deleted").map(({ object }) => object));
}

function numberOf({ detail }: JournalEntry): number {
  const number = detail["number"];
  return typeof number === "number" ? number : 0;
}

/** Where in time the frames of a closed segment lie, by what was written of it. */
export function spanOf({ tsFirst, tsLast }: { readonly [key: string]: Json | undefined }): TimeSpan {
  if (typeof tsFirst === "string" && typeof tsLast === "string")
    return { fromNs: BigInt(tsFirst), untilNs: BigInt(tsLast) };
  // Of one that was recovered nothing is known: the clock may have been set back before it was written last.
  return tsLast === null ? NO_TIME : ALL_TIME;
}

/** Later than any frame. */
const NEVER_NS = 2n ** 64n;
export const NO_TIME: TimeSpan = { fromNs: NEVER_NS, untilNs: -1n };
const ALL_TIME: TimeSpan = { fromNs: -1n, untilNs: NEVER_NS };

/** SHA-256 and size of a file. */
export function hashFile(path: string): { octets: number; sha256: string } {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafeSlow(HASH_BLOCK);
  const file = openSync(path, "r");
  let octets = 0;
  try {
    for (;;) {
      const got = readSync(file, block, 0, block.length, null);
      if (got === 0) return { octets, sha256: hash.digest("hex") };
      hash.update(block.subarray(0, got));
      octets += got;
    }
  } finally {
    closeSync(file);
  }
}

function takeLock(path: string): CaseLock {
  try {
    return CaseLock.take(path);
  } catch (error) {
    const holder = CaseLock.holder(path);
    if (holder === null) throw error;
    throw new BacktrailError(
      "recorder-running",
      `Another recorder writes to this case (${holder}): stop it, or record into another case (--case); if you are sure that it is not running, delete ${path}.`,
      { cause: error },
    );
  }
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // an account number without a name, as in containers
  }
}
