import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** What is known to differ in the logs of one name. */
interface Ledger {
  /** Why, by key. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly differences: readonly KnownDifference[];
}

/** Ledgers by the logs' name: each log has a file of its own, so that work on one protocol touches one of them. */
export type Ledgers = ReadonlyMap<string, Ledger>;

/** Reason of a difference that nobody looked into; the test does not take it. */
export const UNEXPLAINED = "unexplained";

const FOLDER = new URL("../ledgers/zeek/", import.meta.url);

export function readLedgers(): Ledgers {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return new Map(
    files
      .sort()
      .map((file) => [file.replace(/\.json$/, ""), JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Ledger]),
  );
}

/** Writes the ledgers anew: a reason stays with the field of a log, and first with the capture, that it was given for. */
export function writeLedgers(before: Ledgers, compared: readonly ComparedLog[]): void {
  rmSync(FOLDER, { recursive: true });
  mkdirSync(FOLDER);
  for (const [table, differences] of differencesOf(compared)) {
    const { reasons = {}, differences: known = [] } = before.get(table) ?? {};
    const byCapture = new Map(known.map(({ trace, log, field, reason }) => [`${trace} ${log} ${field}`, reason]));
    const byField = new Map(known.map(({ log, field, reason }) => [`${log} ${field}`, reason]));
    const explained = differences.map((difference) => {
      const { trace, log, field } = difference;
      const reason = byCapture.get(`${trace} ${log} ${field}`) ?? byField.get(`${log} ${field}`) ?? UNEXPLAINED;
      return { ...difference, reason };
    });
    const used = new Set(explained.map(({ reason }) => reason));
    const kept = Object.fromEntries(Object.entries(reasons).filter(([key]) => used.has(key)));
    const ledger: Ledger = { reasons: kept, differences: explained };
    writeFileSync(new URL(`${table}.json`, FOLDER), `${JSON.stringify(ledger, null, 2)}\n`);
  }
}

/** The differences there are, by the logs' name. */
export function differencesOf(compared: readonly ComparedLog[]): Map<string, Omit<KnownDifference, "reason">[]> {
  const all = new Map<string, Omit<KnownDifference, "reason">[]>();
  for (const { baseline, trace, comparison } of compared) {
    const of = (field: string, count: number) => ({ trace, log: baseline.file, field, count });
    const cells = [...comparison.fields].map(([field, { compared: cells, equal }]) => of(field, cells - equal));
    const rows = [of("(missing)", comparison.missing.length), of("(extra)", comparison.extra.length)];
    const found = [...cells, ...rows].filter(({ count }) => count > 0);
    if (found.length > 0) all.set(baseline.log.name, [...(all.get(baseline.log.name) ?? []), ...found]);
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}
