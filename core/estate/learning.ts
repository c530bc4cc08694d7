import type { EstateDatabase } from "./estate-database.ts";

/** A reference capture that the investigator vouches for; its records stand before the evidence, moved by whole weeks. */
export interface Reference {
  /** First and last packet of the evidence itself, ns since 1970 UTC. */
  readonly evidenceFirst: bigint;
  /** Length of the reference in days. */
  readonly days: number;
}

/** A part of the evidence from which is learned what is usual. */
export interface QuietPart {
  readonly source: "scope" | "training";
  /** Its end, ms since 1970 UTC. */
  readonly until: number;
  /** What it is, in words that follow "in". */
  readonly words: string;
}

/** The part of the evidence that a scope calls quiet. */
export function quietByScope(until: number): QuietPart {
  const minute = new Date(until).toISOString().slice(0, 16).replace("T", " ");
  return { source: "scope", until, words: `the part of the evidence that the scope calls quiet (until ${minute}Z)` };
}

/**
 * Writes `learning`: from what detections learn what is usual. A reference capture goes before the part of the evidence that is quiet, and
 * this before each detection's own first days of the evidence (`ts_until` is then unset).
 */
export async function writeLearning(
  database: EstateDatabase,
  quiet: QuietPart | null,
  reference: Reference | null,
): Promise<void> {
  await database.change([{ sql: "DELETE FROM learning" }, learningRow(quiet, reference)]);
}

function learningRow(
  quiet: QuietPart | null,
  reference: Reference | null,
): { sql: string; parameters?: Record<string, string> } {
  if (reference !== null) {
    const { days, evidenceFirst } = reference;
    const length = days < 2 ? `${(days * 24).toFixed(1)} hours` : `${days.toFixed(1)} days`;
    return {
      sql: "INSERT INTO learning SELECT 'reference capture', min(ts), make_timestamp_ns(CAST($until AS BIGINT)), $words FROM conn",
      parameters: { until: (evidenceFirst - 1n).toString(), words: `the reference capture (${length})` },
    };
  }
  if (quiet !== null) {
    const { source, until, words } = quiet;
    return {
      sql: "INSERT INTO learning SELECT $source, min(ts), make_timestamp_ns(CAST($until AS BIGINT)), $words FROM conn HAVING count(*) > 0",
      parameters: { source, until: (BigInt(Math.round(until)) * 1_000_000n).toString(), words },
    };
  }
  return { sql: "INSERT INTO learning SELECT 'quiet part', min(ts), NULL, NULL FROM conn HAVING count(*) > 0" };
}
