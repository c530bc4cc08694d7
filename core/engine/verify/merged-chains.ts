import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../../case/case.ts";
import type { JournalEntry, Json } from "../../case/journal.ts";
import { parseJournal, verifyJournal } from "../../case/journal.ts";
import { openConflicts } from "../../case/merge-plan.ts";
import { mergedJournals, readMergedJournal } from "../../case/merged-journals.ts";
import { parseSignature } from "../../case/signing.ts";
import { takenFrom } from "../../case/taken-entry.ts";
import type { SealState } from "./signed-things.ts";
import { sealStates } from "./signed-things.ts";

/** What became of a merge of another copy's journal. */
export interface MergeState {
  /** Entry that joins the two. */
  readonly entry: number;
  /** The other journal, as a name inside the case. */
  readonly journal: string;
  readonly entries: number;
  /** Last entry that both journals have. */
  readonly fork: number;
  readonly ok: boolean;
  readonly difference: string | null;
  /** Signatures and time stamps that the other journal has of its own. */
  readonly seals: readonly SealState[];
  readonly openConflicts: number;
}

/**
 * Checks every merge: the other journal is there as it was, its chain holds and begins as this one's, the merge is signed, and what was
 * taken over stands in it.
 */
export function checkMerges(source: Case): MergeState[] {
  const { entries } = source.journal;
  const merges = entries.filter(({ action }) => action === "merged");
  if (merges.length === 0) return [];
  const open = openConflicts(entries);
  const taken = takenCheck(source, entries);
  return merges.map((merge) => {
    const { chain, difference } = chainOf(source, merge, entries);
    const fork = forkOf(merge)?.entry ?? 0;
    const found = difference ?? signedCheck(merge, entries) ?? taken.get(merge.seq) ?? null;
    return {
      entry: merge.seq,
      journal: merge.object ?? "",
      entries: chain.length,
      fork,
      ok: found === null,
      difference: found,
      seals: sealStates(chain).filter(({ entry }) => entry > fork),
      openConflicts: open.filter((conflict) => conflict.merge === merge.seq).length,
    };
  });
}

function chainOf(
  source: Case,
  merge: JournalEntry,
  entries: readonly JournalEntry[],
): { chain: readonly JournalEntry[]; difference: string | null } {
  const name = merge.object ?? "";
  const fork = forkOf(merge);
  if (!mergedJournals(source.folder).includes(name) || !existsSync(join(source.folder, name)))
    return { chain: [], difference: "the other journal is not there" };
  const octets = readMergedJournal(source.folder, name);
  const chain = parseJournal(octets);
  const { firstBad } = verifyJournal(octets);
  const difference =
    createHash("sha256").update(octets).digest("hex") !== merge.sha256
      ? "the other journal does not have the SHA-256 of the entry"
      : firstBad !== null
        ? `the other journal does not hold from line ${firstBad.line} on: ${firstBad.reason}`
        : chain.at(-1)?.hash !== merge.detail["head"]
          ? "the other journal does not end with the hash that the entry names"
          : fork === null || chain[fork.entry - 1]?.hash !== fork.hash || entries[fork.entry - 1]?.hash !== fork.hash
            ? "the two journals do not begin alike up to the entry named"
            : null;
  return { chain, difference };
}

function forkOf({ detail }: JournalEntry): { readonly entry: number; readonly hash: string } | null {
  const { entry, hash } = (detail["fork"] ?? {}) as { readonly [key: string]: Json };
  return typeof entry === "number" && typeof hash === "string" ? { entry, hash } : null;
}

/** A signature over the journal at the merge or after it covers the merge; whether it holds is said of it. */
function signedCheck(merge: JournalEntry, entries: readonly JournalEntry[]): string | null {
  const after = new Set(entries.filter(({ seq }) => seq >= merge.seq).map(({ hash }) => hash));
  const isSigned = entries.some(({ action, detail }) => {
    const signature = action === "signed" ? parseSignature(detail["signature"]) : null;
    return signature?.kind === "journal" && after.has(signature.sha256);
  });
  return isSigned ? null : "no signature covers it: backtrail sign makes one";
}

/** What was taken over must say what it says in one of the merged journals. @returns differences by the merge before it. */
function takenCheck(source: Case, entries: readonly JournalEntry[]): ReadonlyMap<number, string> {
  const there = new Map<string, JournalEntry>();
  for (const name of mergedJournals(source.folder))
    for (const entry of parseJournal(readMergedJournal(source.folder, name))) there.set(entry.hash, entry);
  const differences = new Map<number, string>();
  let merge = 0;
  for (const entry of entries) {
    if (entry.action === "merged") merge = entry.seq;
    const of = takenFrom(entry);
    if (of === null || differences.has(merge)) continue;
    const first = there.get(of.hash);
    const isSame =
      first?.action === entry.action &&
      first.object === entry.object &&
      first.actor === of.actor &&
      first.at === of.at &&
      (["text", "reason"] as const).every((name) => first.detail[name] === entry.detail[name]);
    if (!isSame) differences.set(merge, `entry ${entry.seq} says something that no merged journal says`);
  }
  return differences;
}
