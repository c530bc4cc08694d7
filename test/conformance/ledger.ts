import { readFileSync, writeFileSync } from "node:fs";
import type { ComparedLog } from "./compare-run.ts";

/** A difference that is known: how many cells of a field, or rows that only one side has. */
export interface KnownDifference {
  /** Capture, as the corpus names it. */
  readonly trace: string;
  /** Zeek's log. */
  readonly log: string;
  /** Field, or "(missing)" for rows that only Zeek has and "(extra)" for rows that only we have. */
  readonly field: string;
  readonly count: number;
  /** Key in the ledger's reasons. */
  readonly reason: string;
}

export interface Ledger {
  /** Why, by key. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly differences: readonly KnownDifference[];
}

/** Reason of a difference that nobody looked into; the test does not take it. */
export const UNEXPLAINED = "unexplained";

const FILE = new URL("../ledgers/zeek.json", import.meta.url);

export function readLedger(): Ledger {
  return JSON.parse(readFileSync(FILE, "utf8")) as Ledger;
}

/** Writes the ledger anew: reasons stay with the log and field they were given for. */
export function writeLedger(before: Ledger, compared: readonly ComparedLog[]): void {
  const known = new Map(before.differences.map(({ log, field, reason }) => [`${log} ${field}`, reason]));
  const differences = differencesOf(compared).map((difference) => ({
    ...difference,
    reason: known.get(`${difference.log} ${difference.field}`) ?? UNEXPLAINED,
  }));
  writeFileSync(FILE, `${JSON.stringify({ reasons: before.reasons, differences }, null, 2)}\n`);
}

/** The differences there are. */
export function differencesOf(compared: readonly ComparedLog[]): Omit<KnownDifference, "reason">[] {
  return compared.flatMap(({ baseline, trace, comparison }) => {
    const of = (field: string, count: number) => ({ trace, log: baseline.file, field, count });
    const cells = [...comparison.fields].map(([field, { compared: all, equal }]) => of(field, all - equal));
    const rows = [of("(missing)", comparison.missing.length), of("(extra)", comparison.extra.length)];
    return [...cells, ...rows].filter(({ count }) => count > 0);
  });
}
