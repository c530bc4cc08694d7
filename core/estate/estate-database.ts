import type { ChangingDatabase } from "../records/record-database.ts";

/** The database as the estate needs it: it also writes its tables. */
export type EstateDatabase = ChangingDatabase;
