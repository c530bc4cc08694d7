import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { JournalEntry } from "../../case/journal.ts";
import { isClosing, RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";

/** A segment of a recording as the analysis sees it. */
export interface FeedSegment {
  readonly name: string;
  readonly path: string;
  readonly number: number;
}

/** Octets of the recording's journal read at once. */
const PIECE = 1024 * 1024;

/**
 * What a recorder, another process, wrote so far: its segments, and its journal. Nothing is asked of the recorder, so that the two
 * can end and begin without each other.
 */
export class SegmentFeed {
  readonly #folder: string;
  readonly #closings = new Map<string, JournalEntry>();
  #read = 0;
  #rest = "";

  constructor(folder: string) {
    this.#folder = folder;
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

  /** Journal entry with which a segment was closed; undefined while it is written. */
  closing(name: string): JournalEntry | undefined {
    return this.#closings.get(name);
  }
}

/** Octets of a segment that were not read. One that has no frame yet has nothing to read: its header is not waited for. */
export function unreadOctets(path: string, read: number): number {
  const size = sizeOf(path);
  return read === 0 && size > 0 && size <= MOST_HEADER && size === headerLength(path) ? 0 : Math.max(0, size - read);
}

/** A section header is not longer. */
const MOST_HEADER = 1024;

/** Length of the section header that a segment begins with. draft-ietf-opsawg-pcapng 4.1 */
function headerLength(path: string): number {
  const head = Buffer.alloc(8);
  const file = openSync(path, "r");
  try {
    return readSync(file, head, 0, head.length, 0) === head.length ? head.readUInt32LE(4) : 0;
  } finally {
    closeSync(file);
  }
}

/** Size of a file, 0 if it is gone. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
