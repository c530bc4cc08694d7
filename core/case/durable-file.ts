import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ioProblem } from "./io-problem.ts";

/**
 * Replaces a file so that after a crash there is either the old content or the new, never a part.
 * @throws BacktrailError naming the file.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o666): void {
  replaceFileBy(path, [content], mode);
}

/** Like `replaceFile`, piece by piece: what is larger than a string or an array may be. */
export function replaceFileBy(path: string, pieces: Iterable<string | Uint8Array>, mode = 0o666): void {
  const next = `${path}.next`;
  try {
    const file = openSync(next, "w", mode);
    try {
      for (const piece of pieces) writeAll(file, typeof piece === "string" ? Buffer.from(piece, "utf8") : piece);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(next, { force: true });
    throw ioProblem(error, `writing ${path}`);
  }
}

/** Writes all of `octets` at the file's position. */
export function writeAll(file: number, octets: Uint8Array): void {
  for (let at = 0; at < octets.length;) at += writeSync(file, octets, at);
}

/** Makes names created, renamed or removed in a folder durable; does nothing where folders cannot be synchronised (Windows). */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
