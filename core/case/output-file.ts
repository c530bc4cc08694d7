import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { BacktrailError } from "../contracts/result.ts";
import type { Case } from "./case.ts";
import { CASE_FILES } from "./case-file.ts";
import { syncFolder } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";

/**
 * Where a file is written before it gets its name: beside it, so that renaming is one step, and of this process, so that two do not write
 * into each other's.
 */
export function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`);
}

/**
 * Writes a file piece by piece. It appears under its name when it is whole and on the disk; what was there before is replaced then.
 * @returns SHA-256 of it, in hex.
 * @throws BacktrailError naming the file; nothing is left behind.
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): Promise<string> {
  const hash = createHash("sha256");
  const draft = draftOf(path);
  try {
    const file = await open(draft, "w");
    try {
      let waiting: Buffer[] = [];
      let octets = 0;
      const flush = async () => {
        const block = Buffer.concat(waiting);
        hash.update(block);
        await file.appendFile(block);
        [waiting, octets] = [[], 0];
      };
      for await (const piece of pieces) {
        const block = typeof piece === "string" ? Buffer.from(piece, "utf8") : Buffer.from(piece);
        waiting.push(block);
        octets += block.length;
        if (octets >= WRITE_OCTETS) await flush();
      }
      await flush();
    } finally {
      await file.close();
    }
    await putInPlace(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw ioProblem(error, `writing ${path}`);
  }
  return hash.digest("hex");
}

/** Octets gathered before they are written. */
const WRITE_OCTETS = 256 * 1024;

/** Gives a whole file its name, once its octets are on the disk, and makes the name durable. */
export async function putInPlace(draft: string, path: string): Promise<void> {
  const file = await open(draft, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  syncFolder(dirname(resolve(path)));
}

/**
 * Refuses a place that would destroy the case or what it rests on: a capture of the ledger, or a file of the case itself.
 * @throws BacktrailError `protected-file`
 */
export function refuseEvidence(source: Case, path: string): void {
  const place = real(path);
  const capture = source.ledger.entries.find(
    (entry) => entry.modified !== null && real(source.ledger.locate(entry)) === place,
  );
  if (capture !== undefined)
    throw new BacktrailError(
      "protected-file",
      `${path} is capture ${capture.number} of the case's evidence, and evidence is never written: give another name.`,
    );
  if (isCaseFile(relative(real(source.folder), place).replaceAll("\\", "/")))
    throw new BacktrailError("protected-file", `${path} is a file of the case itself: give another name.`);
}

/** Names beside those of `CASE_FILES`: records set aside as damaged, DuckDB's log beside its file, what a crash cut off the journal. */
const SET_ASIDE = /^(records\.duckdb[.][^/]*|journal\.torn)$/;

/** @param inside A path seen from the case's folder. What lies in `tmp` is nobody's: the next opening empties it. */
function isCaseFile(inside: string): boolean {
  if (inside.startsWith(`${CASE_FILES.tmp}/`)) return false;
  const isNamed = Object.values(CASE_FILES).some((name) => inside === name || inside.startsWith(`${name}/`));
  return isNamed || /^evidence(\/|$)/.test(inside) || SET_ASIDE.test(inside);
}

/** The path with all links followed; of a file that is not there, that of its folder and its name. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(resolve(path))), basename(path));
    } catch {
      return resolve(path); // the folder is missing too: writing will say so
    }
  }
}
