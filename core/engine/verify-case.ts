import type { Case } from "../case/case.ts";
import type { JournalCheck } from "../case/journal.ts";
import type { EvidenceState } from "../case/ledger.ts";

/** What a check of a case found. */
export interface Verification {
  readonly ok: boolean;
  readonly evidence: readonly EvidenceState[];
  readonly journal: JournalCheck;
}

/**
 * Hashes every capture again and follows the journal's chain; the result is journaled where the case can be written.
 * @param progress Told the octets read of each capture from time to time.
 */
export function verifyCase(
  source: Case,
  progress: (path: string, octets: number) => void = () => undefined,
): Verification {
  const evidence = source.ledger.verify((entry, octets) => {
    progress(entry.path, octets);
    return true;
  });
  const journal = source.checkJournal();
  const ok = journal.ok && evidence.every(({ state }) => state === "ok");
  if (journal.ok && !source.isReadOnly) {
    const bad = evidence.filter(({ state }) => state !== "ok").map(({ number, state }) => ({ number, state }));
    source.journal.append("verified", { detail: { ok, captures: evidence.length, bad } });
  }
  return { ok, evidence, journal };
}
