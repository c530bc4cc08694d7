import { BacktrailError } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";

/** A DuckDB error as a sentence with the next step. */
export function databaseProblem(error: unknown, path: string): unknown {
  if (error instanceof BacktrailError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/Could not set lock on file|Conflicting lock/i.test(message)) {
    return new BacktrailError("case-locked", `Another process has ${path} open: wait until it is done.`, {
      cause: error,
    });
  }
  if (
    /not a valid DuckDB database|Corrupt|checksum|Could not read enough bytes|Failure while replaying WAL|unable to read database|Serialization Error/i.test(
      message,
    )
  ) {
    return new BacktrailError(
      "records-damaged",
      `${path} is damaged (${message.split("\n", 1)[0]}): it can be rebuilt from the evidence; analyse the captures again into this case.`,
      { kind: "work", cause: error },
    );
  }
  if (/Out of Memory|could not allocate block/i.test(message)) {
    return new BacktrailError(
      "out-of-memory",
      `The database needed more memory than its limit: narrow the query (time, hosts), or raise the limit.`,
      { kind: "work", cause: error },
    );
  }
  return ioProblem(error, `using ${path}`);
}

/** Does work on the database at `path`; what it throws is told as a problem of that database. */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseProblem(error, path);
  }
}

/** Codes of what a person can mend, and then go on. */
const MENDABLE: ReadonlyMap<string, string> = new Map([
  ["disk-full", "free some space"],
  ["disk-error", "check the disk"],
]);

/** A failure of the disk after the records of a run were committed: to read the captures again would be in vain. */
export function recordsKept(error: unknown): unknown {
  const mend = error instanceof BacktrailError ? MENDABLE.get(error.code) : undefined;
  if (!(error instanceof BacktrailError) || mend === undefined) return error;
  const [what] = error.message.split(": ", 1);
  return new BacktrailError(
    error.code,
    `${what}. All captures have been read and their records are in the case: ${mend}, then run backtrail report for the case; it tells the story from them.`,
    { kind: error.kind, cause: error },
  );
}
