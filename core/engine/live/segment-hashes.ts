import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { hasOnlyBlocks, INTERFACE_STATISTICS } from "../../capture/pcapng-blocks.ts";
import type { Case } from "../../case/case.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { isClosing } from "../../record/segment-store.ts";

/** A segment as it was read to its end. */
export interface ReadSegment {
  readonly name: string;
  readonly path: string;
  /** Of its capture in the case. */
  readonly number: number;
  readonly octets: number;
  readonly sha256: string | null;
}

/** What a segment is once it is closed. */
export type ClosedSegment = Pick<ReadSegment, "number" | "octets"> & { readonly sha256: string };

interface HashEvents {
  /** Takes a sentence for the coverage. */
  limit(sentence: string): void;
  /** Takes a segment that was closed after it was read, by which nothing came that would have to be read. */
  closed(segment: ClosedSegment): void;
}

/** A driver that closes a file writes a block of statistics for each interface; more than this it does not. */
const MOST_STATISTICS = 64 * 1024;
const STATISTICS: ReadonlySet<number> = new Set([INTERFACE_STATISTICS]);
const PIECE = 4 * 1024 * 1024;

/** Compares segments as they were read with what the recorder said of them when it closed them. */
export class SegmentHashes {
  readonly #journal: Pick<Case["journal"], "append">;
  readonly #events: HashEvents;
  /** Those that were read before they were closed, by name. */
  readonly #unclosed = new Map<string, ReadSegment>();

  constructor(journal: Pick<Case["journal"], "append">, events: HashEvents) {
    this.#journal = journal;
    this.#events = events;
  }

  /** Takes a segment that was read to its end. */
  read(segment: ReadSegment, closing: JournalEntry | undefined): void {
    if (closing === undefined) this.#unclosed.set(segment.name, segment);
    else this.#compare(segment, closing, "is not as it was recorded: its SHA-256 is");
  }

  /** Takes an entry of the recording's journal. */
  take(entry: JournalEntry): void {
    if (entry.object === null || !isClosing(entry)) return;
    const segment = this.#unclosed.get(entry.object);
    if (segment === undefined) return;
    this.#unclosed.delete(entry.object);
    this.#compare(segment, entry, "was read before the recorder could close it, and changed: its SHA-256 was");
  }

  #compare(segment: ReadSegment, { sha256: recorded }: JournalEntry, what: string): void {
    const { name, number, sha256, octets: read } = segment;
    if (sha256 === recorded) return;
    const octets = recorded === null ? null : octetsWithStatistics(segment, recorded);
    if (recorded !== null && octets !== null) {
      const detail = { number, octets, read: { octets: read, sha256 } };
      this.#journal.append("segment-closed-late", { object: name, sha256: recorded, detail });
      this.#events.closed({ number, octets, sha256: recorded });
      return;
    }
    this.#journal.append("segment-differs", { object: name, sha256, detail: { recorded } });
    this.#events.limit(`Segment ${name} ${what} ${sha256 ?? "unknown"}, the recorder wrote ${recorded ?? ""}.`);
  }
}

/** Octets of a file that is what was read of it and statistics behind, and has that SHA-256; null if it is anything else. */
function octetsWithStatistics({ path, octets, sha256 }: ReadSegment, recorded: string): number | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null; // The ring has deleted it.
  }
  try {
    const hash = createHash("sha256");
    const piece = Buffer.allocUnsafe(PIECE);
    for (let at = 0; at < octets;) {
      const got = readSync(file, piece, 0, Math.min(PIECE, octets - at), at);
      if (got === 0) return null;
      hash.update(piece.subarray(0, got));
      at += got;
    }
    if (hash.copy().digest("hex") !== sha256) return null;
    const behind = piece.subarray(0, readSync(file, piece, 0, MOST_STATISTICS, octets));
    // Were there more octets, the hash would be another.
    if (!hasOnlyBlocks(behind, STATISTICS) || hash.update(behind).digest("hex") !== recorded) return null;
    return octets + behind.length;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
