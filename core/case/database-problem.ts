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
  if (/Out of Memory/i.test(message)) {
    return new BacktrailError(
      "out-of-memory",
      `The database needed more memory than its limit: narrow the query (time, hosts), or raise the limit.`,
      { kind: "work", cause: error },
    );
  }
  return ioProblem(error, `using ${path}`);
}
