import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { verifyJournal, type JournalEntry } from "../case/journal.ts";
import { hashFile, isClosing, RECORDING_FILES } from "./segment-store.ts";

/** What a check of a recording found. */
export interface RecordingCheck {
  readonly ok: boolean;
  readonly segments: number;
  readonly octets: number;
  /** Hash of the journal's last entry. */
  readonly head: string;
  /** What is not as it was written, each a sentence; the first of them. */
  readonly wrong: readonly string[];
}

/** Sentences kept; what is beyond says the same. */
const MOST_WRONG = 20;

/** Follows the journal of a recording and hashes every closed segment that it has not deleted. */
export function verifyRecording(folder: string): RecordingCheck {
  const path = join(folder, RECORDING_FILES.journal);
  const octetsOfJournal = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  // The recorder may be writing its next line.
  const whole = octetsOfJournal.subarray(0, octetsOfJournal.lastIndexOf(0x0a) + 1);
  const journal = verifyJournal(whole);
  const wrong: string[] = [];
  if (!journal.ok)
    wrong.push(
      `The journal does not hold from line ${journal.firstBad?.line ?? 1} on: ${journal.firstBad?.reason ?? ""}.`,
    );
  let segments = 0;
  let octets = 0;
  for (const { object, sha256 } of standing(whole)) {
    const name = object ?? "";
    try {
      const found = hashFile(join(folder, name));
      segments++;
      octets += found.octets;
      if (found.sha256 !== sha256)
        wrong.push(`${name} has SHA-256 ${found.sha256}, the journal has ${sha256 ?? "none"}.`);
    } catch (error) {
      // The ring may have deleted it since the journal was read.
      if (!standing(readFileSync(path)).some((entry) => entry.object === object)) continue;
      wrong.push(`${name} cannot be read: ${(error as Error).message}.`);
    }
  }
  return { ok: wrong.length === 0, segments, octets, head: journal.head, wrong: wrong.slice(0, MOST_WRONG) };
}

/** A check that is due when recording begins waits for so long: the start has enough to do. */
const FIRST_CHECK_MS = 60_000;

/**
 * How long after a start the next check is due, ms: starts between two of them do not put it off.
 * @param folder Of the recording, which may not have begun.
 */
export function nextCheckMs(folder: string, everySeconds: number, nowMs = Date.now()): number {
  const everyMs = everySeconds * 1000;
  const since = checkedOrBegunMs(join(folder, RECORDING_FILES.journal)) ?? nowMs;
  // Never later than a whole interval from now, whatever the clock was then.
  return Math.min(everyMs, Math.max(Math.min(everyMs, FIRST_CHECK_MS), since + everyMs - nowMs));
}

/** When the recording was last checked, or begun where it never was; null where its journal does not say. */
function checkedOrBegunMs(journal: string): number | null {
  let text = "";
  try {
    text = readFileSync(journal, "utf8");
  } catch {
    return null; // not begun, or the start will be refused
  }
  const checked = text.lastIndexOf('"action":"recording-verified"');
  const begins = text.lastIndexOf("\n", checked === -1 ? 0 : checked) + 1;
  const [, at = ""] = /"at":"([^"]+)"/.exec(text.slice(begins, begins + 1000)) ?? [];
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? null : ms;
}

/** Entries of segments that were closed and not deleted. */
function standing(octets: Buffer): JournalEntry[] {
  const entries = octets
    .toString("utf8")
    .split("\n")
    .flatMap((line): JournalEntry[] => {
      try {
        return [JSON.parse(line) as JournalEntry];
      } catch {
        return []; // the chain's check names it
      }
    });
  const deleted = new Set(entries.filter(({ action }) => action === "segment-deleted").map(({ object }) => object));
  return entries.filter((entry) => isClosing(entry) && !deleted.has(entry.object));
}
