import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasOnlyBlocks, INTERFACE_DESCRIPTION, SECTION_HEADER } from "../../capture/pcapng-blocks.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { isClosing, RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";

/** A segment of a recording as the analysis sees it. */
export interface FeedSegment {
  readonly name: string;
  readonly path: string;
  readonly number: number;
}

/** A recorder closes a segment within seconds of the next; where that fails, it tries again within a minute. */
const UNCLOSED_MS = 60_000;
const LOOK_MS = 1000;
/** Octets of the recording's journal read at once. */
const PIECE = 1024 * 1024;

/**
 * What a recorder, another process, wrote so far: its segments, and its journal. Nothing is asked of the recorder, so that the two
 * can end and begin without each other.
 */
export class SegmentFeed {
  readonly #folder: string;
  readonly #unclosedMs: number;
  /** Segments that are not closed though there is a later one: their size, and since when it is that. */
  readonly #passed = new Map<string, { readonly octets: number; readonly sinceMs: number }>();
  #nextLook = -Infinity;
  readonly #closings = new Map<string, JournalEntry>();
  #read = 0;
  #rest = "";

  /** @param unclosedMs A segment that is not closed counts as whole once others have followed it and nothing came to it for so long. */
  constructor(folder: string, unclosedMs = UNCLOSED_MS) {
    this.#folder = folder;
    this.#unclosedMs = unclosedMs;
  }

  /** Reads what came to the journal; returns its new entries, oldest first. */
  poll(): JournalEntry[] {
    const path = join(this.#folder, RECORDING_FILES.journal);
    if (!existsSync(path)) return [];
    const found: JournalEntry[] = [];
    const file = openSync(path, "r");
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      for (;;) {
        const octets = readSync(file, piece, 0, piece.length, this.#read);
        if (octets === 0) break;
        this.#read += octets;
        // Journals are ASCII but for names: lines are cut at their ends, so no character is cut.
        const lines = (this.#rest + piece.toString("latin1", 0, octets)).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const line of lines) found.push(JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as JournalEntry);
      }
    } finally {
      closeSync(file);
    }
    for (const entry of found) if (isClosing(entry) && entry.object !== null) this.#closings.set(entry.object, entry);
    return found;
  }

  /** Segments on the disk, oldest first. */
  segments(): FeedSegment[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .map((name) => ({ name, path: join(this.#folder, name), number: segmentNumber(name) ?? 0 }))
      .filter(({ number }) => number > 0)
      .sort((a, b) => a.number - b.number);
  }

  /** True if nothing more comes to a segment: it is closed, or others have followed it and nothing came to it for long. */
  isWhole({ name, number, path }: FeedSegment, nowMs = performance.now()): boolean {
    if (this.#closings.has(name)) {
      this.#passed.delete(name);
      return true;
    }
    if (nowMs < this.#nextLook) return false;
    this.#nextLook = nowMs + LOOK_MS;
    if ((this.segments().at(-1)?.number ?? 0) <= number) return false;
    const octets = sizeOf(path);
    const passed = this.#passed.get(name);
    if (passed?.octets === octets) return nowMs - passed.sinceMs >= this.#unclosedMs;
    this.#passed.set(name, { octets, sinceMs: nowMs });
    return false;
  }

  /** Journal entry with which a segment was closed; undefined while it is written. */
  closing(name: string): JournalEntry | undefined {
    return this.#closings.get(name);
  }
}

/** Octets of a segment that were not read. One that has no frame yet has nothing to read: its headers are not waited for. */
export function unreadOctets(path: string, read: number): number {
  const size = sizeOf(path);
  return read === 0 && size > 0 && size <= MOST_HEADERS && hasOnlyBlocks(readFileSync(path), HEADERS)
    ? 0
    : Math.max(0, size - read);
}

/** Section header and interfaces are not longer together. */
const MOST_HEADERS = 4096;
const HEADERS: ReadonlySet<number> = new Set([SECTION_HEADER, INTERFACE_DESCRIPTION]);

/** Size of a file, 0 if it is gone. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
