import type { RecordStore } from "../case/store.ts";
import { loadDocument, saveDocument } from "../case/story-tables.ts";
import type { Finding } from "../contracts/finding.ts";
import { countOf } from "../contracts/text-forms.ts";

const DOCUMENT = "findings outside the story";

/** Findings of a recording that were told and not taken back, though the story of the case does not have them. */
export interface OutsideStory {
  readonly findings: readonly Finding[];
  /** How many of them, the first, wait for what they rest on to be read again, */
  readonly toBeRead: number;
  /** and of how many that follow it was read and did not bring all of their records. */
  readonly notReadAgain: number;
}

/** Keeps them with the case, in place of what was kept before. */
export function saveOutsideStory(store: RecordStore, outside: OutsideStory): Promise<void> {
  return saveDocument(store, DOCUMENT, outside);
}

/** Null for a case that never had any. */
export function loadOutsideStory(store: RecordStore): Promise<OutsideStory | null> {
  return loadDocument<OutsideStory>(store, DOCUMENT);
}

/**
 * What the coverage says of them, so that nobody takes them for cleared.
 * @param found Those that the story has: an evaluation after the recording finds what the analysis could not.
 */
export async function outsideStorySentences(store: RecordStore, found: readonly Finding[]): Promise<readonly string[]> {
  const outside = await loadOutsideStory(store);
  if (outside === null) return [];
  const ids = new Set(found.map(({ id }) => id));
  const missing = (from: number, count: number) =>
    outside.findings.slice(from, from + count).filter(({ id }) => !ids.has(id)).length;
  const toBeRead = missing(0, outside.toBeRead);
  const notReadAgain = missing(outside.toBeRead, outside.notReadAgain);
  return [
    ...(toBeRead > 0 ? [`${told(toBeRead)} not in this story yet: what they rest on is still to be read again.`] : []),
    ...(notReadAgain > 0 ? [`${told(notReadAgain)} not in this story and not cleared either: ${NOT_READ_AGAIN}`] : []),
  ];
}

function told(count: number): string {
  const findings = countOf(count, "finding");
  return `${findings} that ${count === 1 ? "was" : "were"} told before the analysis began anew ${count === 1 ? "is" : "are"}`;
}

const NOT_READ_AGAIN =
  "records behind them were taken back when it ended, and did not all come again, as what a connection said before the last finished run is not read again and segments may have been left out; analyse the segments that the journal names with them (findings-not-read-again) into a case of their own.";
