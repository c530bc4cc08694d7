import type { EstateDatabase } from "./estate-database.ts";

/**
 * Writes `learning`: from what detections learn what is usual. `ts_until` is unset where each detection learns from its own first days of
 * the evidence.
 */
export async function writeLearning(database: EstateDatabase): Promise<void> {
  await database.change([
    { sql: "DELETE FROM learning" },
    { sql: "INSERT INTO learning SELECT 'quiet part', min(ts), NULL, NULL FROM conn HAVING count(*) > 0" },
  ]);
}
