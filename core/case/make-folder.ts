import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it; one that is there already is fine. In place of Node's `recursive`, which says "not found" on
 * a read-only file system and never ends where a file system refuses new folders in that way (/proc).
 * @throws the error of the file system.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (code !== "ENOENT" || existsSync(above)) throw error;
    makeFolder(above);
    makeFolder(path);
  }
}
