import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Folder of the shared capture corpus: `BACKTRAIL_CORPUS`, or `../shared/corpus` beside the project; null if neither is
 * there. Tests over it then skip and say so.
 */
export function corpusDir(): string | null {
  const named = process.env["BACKTRAIL_CORPUS"];
  const folder = named ?? resolve(import.meta.dirname, "..", "..", "shared", "corpus");
  return existsSync(join(folder, "manifest.tsv")) ? folder : null;
}
