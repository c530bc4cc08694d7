import type { Case } from "../../case/case.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { JOURNAL_START } from "../../case/journal.ts";
import { parseSignature, signatureHolds } from "../../case/signing.ts";
import { verifyTimestamp } from "../../case/timestamp.ts";

/** What became of a signature or a time stamp of the journal. */
export interface SealState {
  /** Journal entry that has it. */
  readonly entry: number;
  readonly kind: "signature" | "time stamp";
  /** What it is over, as a sentence's subject ("the journal up to entry 12"). */
  readonly over: string;
  readonly ok: boolean;
  /** Fingerprint of the key, or the time that was stamped. */
  readonly by: string;
  /** What does not hold, as a sentence; null if nothing. */
  readonly difference: string | null;
}

/** Checks every signature and time stamp that the journal holds against what it says it is over. */
export function checkSeals(source: Case): SealState[] {
  return sealStates(source.journal.entries);
}

/** The same for the entries of any journal. */
export function sealStates(entries: readonly JournalEntry[]): SealState[] {
  return entries.flatMap((entry): SealState[] => {
    if (entry.action === "signed") return [signatureState(entry, entries)];
    if (entry.action === "time-stamped") return [stampState(entry, entries)];
    return [];
  });
}

function signatureState(entry: JournalEntry, entries: readonly JournalEntry[]): SealState {
  const signature = parseSignature(entry.detail["signature"]);
  const base = { entry: entry.seq, kind: "signature" as const };
  if (signature === null)
    return { ...base, over: "something", ok: false, by: "", difference: "the entry holds no signature" };
  const { over, isThere } = targetOf(signature.kind, signature.sha256, entry, entries);
  const difference = !signatureHolds(signature)
    ? "the signature is not one of its key over what it names"
    : isThere
      ? null
      : `the journal before it does not have ${signature.sha256}`;
  return { ...base, over, ok: difference === null, by: signature.fingerprint, difference };
}

function stampState(entry: JournalEntry, entries: readonly JournalEntry[]): SealState {
  const { token, roots, sha256 } = entry.detail;
  const base = { entry: entry.seq, kind: "time stamp" as const };
  if (typeof token !== "string" || typeof roots !== "string" || typeof sha256 !== "string")
    return { ...base, over: "something", ok: false, by: "", difference: "the entry holds no time stamp" };
  const { over, isThere } = targetOf("journal", sha256, entry, entries);
  try {
    const stamp = verifyTimestamp(Buffer.from(token, "base64"), { sha256, roots });
    const difference = isThere ? null : `the journal before it does not have ${sha256}`;
    return { ...base, over, ok: isThere, by: stamp.time, difference };
  } catch (error) {
    const difference = error instanceof Error ? error.message : String(error);
    return { ...base, over, ok: false, by: "", difference };
  }
}

/** What a hash stands for in the journal before an entry. */
function targetOf(
  kind: string,
  sha256: string,
  entry: JournalEntry,
  entries: readonly JournalEntry[],
): { over: string; isThere: boolean } {
  const before = entries.filter(({ seq }) => seq < entry.seq);
  if (kind === "journal") {
    const last = before.find(({ hash }) => hash === sha256);
    const isThere = last !== undefined || sha256 === JOURNAL_START;
    return { over: `the journal up to entry ${last?.seq ?? 0}`, isThere };
  }
  const written = before.find((other) => other.sha256 === sha256);
  const what = kind === "pack" ? "the pack" : "the file";
  return { over: `${what} ${written?.object ?? sha256}`, isThere: written !== undefined };
}
