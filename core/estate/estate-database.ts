import type { RecordDatabase } from "../records/record-database.ts";

/** The database as the estate needs it: it also writes its tables. */
export interface EstateDatabase extends RecordDatabase {
  /** Runs statements as one transaction: all of them or none. */
  change(
    statements: readonly { readonly sql: string; readonly parameters?: Record<string, string | number> }[],
  ): Promise<void>;
}
