import { homedir } from "node:os";
import { join } from "node:path";

/** Where the window keeps the cases that it makes itself, unless the environment names another folder. */
export function casesFolder(): string {
  return process.env["BACKTRAIL_CASES"] ?? join(homedir(), "Backtrail");
}
