import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Agreement } from "./compare.ts";

/** Values of one field of one capture that differ. */
export interface KnownDifference {
  readonly capture: string;
  readonly field: string;
  /** Values that only tshark has, and that only we have. */
  readonly missing: number;
  readonly extra: number;
  /** Key in the ledger's reasons. */
  readonly reason: string;
}

export interface AgreementLedger {
  /** Captures in which tshark or we have any of the values; `npm run agreement -- --scan` finds them. */
  readonly captures: readonly string[];
  readonly reasons: Readonly<Record<string, string>>;
  readonly differences: readonly KnownDifference[];
}

export const UNEXPLAINED = "unexplained";

const FILE = new URL("../ledgers/tshark.json", import.meta.url);

export function readLedger(): AgreementLedger {
  if (!existsSync(FILE)) return { captures: [], reasons: {}, differences: [] };
  return JSON.parse(readFileSync(FILE, "utf8")) as AgreementLedger;
}

/** The differences there are. */
export function differencesOf(found: ReadonlyMap<string, readonly Agreement[]>): Omit<KnownDifference, "reason">[] {
  return [...found].flatMap(([capture, agreements]) =>
    agreements
      .filter(({ missing, extra }) => missing.length + extra.length > 0)
      .map(({ field, missing, extra }) => ({ capture, field, missing: missing.length, extra: extra.length })),
  );
}

/** Writes the ledger anew: a reason stays with the field, and first with the capture, that it was given for. */
export function writeLedger(before: AgreementLedger, found: ReadonlyMap<string, readonly Agreement[]>): void {
  const byCapture = new Map(before.differences.map(({ capture, field, reason }) => [`${capture} ${field}`, reason]));
  const byField = new Map(before.differences.map(({ field, reason }) => [field, reason]));
  const differences = differencesOf(found).map((difference) => {
    const { capture, field } = difference;
    return { ...difference, reason: byCapture.get(`${capture} ${field}`) ?? byField.get(field) ?? UNEXPLAINED };
  });
  const used = new Set(differences.map(({ reason }) => reason));
  const reasons = Object.fromEntries(Object.entries(before.reasons).filter(([key]) => used.has(key)));
  const ledger: AgreementLedger = { captures: [...found.keys()].sort(), reasons, differences };
  writeFileSync(FILE, `${JSON.stringify(ledger, null, 2)}\n`);
}
