import { BacktrailError } from "../contracts/result.ts";

/**
 * The error of a file operation as one sentence with the next step. A BacktrailError is returned as it is.
 * @param doing What was being done, as a gerund phrase with the path: "writing /cases/a/case.json".
 */
export function ioProblem(error: unknown, doing: string): BacktrailError {
  if (error instanceof BacktrailError) return error;
  const message = error instanceof Error ? error.message : String(error);
  switch (errorCode(error, message)) {
    case "ENOSPC":
    case "EDQUOT":
      return problem(
        "disk-full",
        `No space left while ${doing}: free some space or use another disk, then run the same command again; nothing that was written before is lost`,
        error,
      );
    case "EACCES":
    case "EPERM":
      return problem(
        "no-permission",
        `No permission for ${doing}: check who owns the folder and its mode, or choose another folder`,
        error,
      );
    case "EROFS":
      return problem(
        "read-only",
        `The file system is read-only, so ${doing} failed: copy the case to a disk that can be written`,
        error,
      );
    case "ENOENT":
      return problem("not-found", `Not found while ${doing}: check the path`, error);
    case "ENOTDIR":
    case "EISDIR":
    case "EEXIST":
      return problem(
        "wrong-file-kind",
        `A file and a folder are mixed up while ${doing} (${message}): choose another path`,
        error,
      );
    case "EMFILE":
    case "ENFILE":
      return problem(
        "too-many-files",
        `Too many files are open while ${doing}: raise the limit (ulimit -n) and run it again`,
        error,
      );
    case "EIO":
      return problem(
        "disk-error",
        `The disk reported an error while ${doing}: check the disk, then run the same command again`,
        error,
      );
    default:
      return problem("io", `An error stopped ${doing}: ${message}`, error);
  }
}

/** Kind of a failure of the surroundings, from Node's code or from the words of DuckDB's message; "" if neither tells. */
function errorCode(error: unknown, message: string): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code === "string" && code.startsWith("E")) return code;
  if (/No space left on device|disk quota exceeded|not enough (disk )?space/i.test(message)) return "ENOSPC";
  if (/Permission denied/i.test(message)) return "EACCES";
  if (/Read-only file system/i.test(message)) return "EROFS";
  return "";
}

function problem(code: string, message: string, cause: unknown): BacktrailError {
  return new BacktrailError(code, `${message}.`, { kind: code === "not-found" ? "usage" : "work", cause });
}
