import type { EstateDatabase } from "./estate-database.ts";

/** A reference capture that the investigator vouches for; its records stand before the evidence, moved by whole weeks. */
export interface Reference {
  /** First and last packet of the evidence itself, ns since 1970 UTC. */
  readonly evidenceFirst: bigint;
  /** Length of the reference in days. */
  readonly days: number;
}

/**
 * Writes `learning`: from what detections learn what is usual. A reference capture goes before the part of the evidence that the scope calls
 * quiet, and this before each detection's own first days of the evidence (`ts_until` is then unset).
 */
export async function writeLearning(
  database: EstateDatabase,
  normalUntil: number | null,
  reference: Reference | null,
): Promise<void> {
  await database.change([
    { sql: "DELETE FROM learning" },
    reference !== null
      ? {
          sql: "INSERT INTO learning SELECT 'reference capture', min(ts), make_timestamp_ns(CAST($until AS BIGINT)), $words FROM conn",
          parameters: {
            until: (reference.evidenceFirst - 1n).toString(),
            words: `the reference capture (${reference.days < 2 ? `${(reference.days * 24).toFixed(1)} hours` : `${reference.days.toFixed(1)} days`})`,
          },
        }
      : normalUntil !== null
        ? {
            sql: "INSERT INTO learning SELECT 'scope', min(ts), make_timestamp_ns(CAST($until AS BIGINT)), $words FROM conn HAVING count(*) > 0",
            parameters: {
              until: (BigInt(Math.round(normalUntil)) * 1_000_000n).toString(),
              words: `the part of the evidence that the scope calls quiet (until ${new Date(normalUntil).toISOString().slice(0, 16).replace("T", " ")}Z)`,
            },
          }
        : { sql: "INSERT INTO learning SELECT 'quiet part', min(ts), NULL, NULL FROM conn HAVING count(*) > 0" },
  ]);
}
