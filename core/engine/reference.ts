import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case.ts";
import { Ledger } from "../case/ledger.ts";
import type { Reference } from "../estate/learning.ts";
import { jsonRows } from "../records/record-database.ts";

const WEEK_NS = 7n * 86_400_000_000_000n;

/** How a case's reference stands before its evidence. */
export interface PlacedReference extends Reference {
  /** By which its times are moved: whole weeks, so that hours of the week stay what they are. */
  readonly shiftNs: bigint;
}

/** Null if the case has no reference that can be used; `problem` says why one that is there cannot. */
export async function referenceOf(
  target: Case,
): Promise<{ readonly reference: PlacedReference | null; readonly problem: string | null }> {
  const none = { reference: null, problem: null };
  if (!target.store.hasReference) return none;
  const folder = join(target.folder, CASE_FILES.baseline);
  const ledger = join(folder, CASE_FILES.ledger);
  const hashes = new Set(existsSync(ledger) ? Ledger.open(ledger, folder).entries.map(({ sha256 }) => sha256) : []);
  const shared = target.ledger.entries.find(({ sha256 }) => sha256 !== "" && hashes.has(sha256));
  if (shared !== undefined)
    return {
      reference: null,
      problem: `The baseline is not used: ${shared.path} is part of it and of the evidence, and what is judged cannot say what is normal.`,
    };
  const span = (database: string) =>
    jsonRows(
      target.store,
      `SELECT CAST(min(epoch_ns(ts)) AS VARCHAR) AS first, CAST(max(epoch_ns(ts) + coalesce(duration, 0)) AS VARCHAR) AS last FROM ${database}.main.conn`,
    );
  const [own] = await span("records");
  const [other] = await span("reference");
  if (typeof own?.["first"] !== "string" || typeof other?.["first"] !== "string") return none;
  const [evidenceFirst, first, last] = [own["first"], other["first"], String(other["last"])].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  const apart = evidenceFirst - 1n - last;
  const weeks = apart / WEEK_NS - (apart < 0n && apart % WEEK_NS !== 0n ? 1n : 0n);
  return {
    reference: { evidenceFirst, days: Number(last - first) / 86_400e9, shiftNs: weeks * WEEK_NS },
    problem: null,
  };
}
