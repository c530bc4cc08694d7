import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAKE = join(ROOT, "dist/samples/make.js");

/** The built command. */
export const BACKTRAIL = join(ROOT, "bin/backtrail.js");

/** A folder of its own, for one test file; made when it is first named, as a file whose tests are all skipped removes nothing. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  let made: string | null = null;
  return {
    get path() {
      return (made ??= mkdtempSync(join(tmpdir(), "backtrail-test-")));
    },
    remove: () => {
      if (made !== null) rmSync(made, { recursive: true, force: true });
    },
  };
}

/** Writes the sample incident into a folder and gives the capture's path. */
export function sampleIncident(folder: string, args: readonly string[] = []): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "incident.pcapng");
  if (!existsSync(path)) make(["--out", path, "--truth", join(folder, "incident.truth.json"), ...args]);
  return path;
}

/** Runs the sample writer. */
export function make(args: readonly string[]): void {
  execFileSync(process.execPath, [MAKE, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}
