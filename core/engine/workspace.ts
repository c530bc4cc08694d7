import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES, createCase, openCase } from "../case/case.ts";
import type { StoreOptions } from "../case/database.ts";
import { BacktrailError } from "../contracts/result.ts";
import { RECORD_TYPES } from "./record-types.ts";
import { TOOL } from "./version.ts";

const SETUP = { types: RECORD_TYPES, tool: TOOL } as const;

/** How a case is opened. `forReading`: captures are read into it first. */
type OpenOptions = Pick<StoreOptions, "forReading" | "threads" | "memoryLimit" | "blockOctets">;

/** What keeps a case from being written, as codes of BacktrailError. */
const UNWRITABLE: readonly string[] = ["read-only", "no-permission"];

/**
 * Opens a case; what opening found out of order is in `notes`. A case that cannot be written (a read-only disk, somebody else's
 * folder) is opened for reading only. A story that a crash kept from being told of the newest records is told now.
 */
export async function openWorkspace(folder: string, options: OpenOptions = {}): Promise<Case> {
  const opened = await openWritable(folder, options);
  try {
    if (!opened.isReadOnly && isStoryDue(opened)) {
      const [{ evaluate }, { markInterleaved }] = await Promise.all([
        import("./evaluate.ts"),
        import("./interleaved-versions.ts"),
      ]);
      await markInterleaved(opened.store);
      await evaluate(opened);
    }
  } catch (error) {
    opened.close();
    throw error;
  }
  return opened;
}

async function openWritable(folder: string, options: OpenOptions): Promise<Case> {
  try {
    return await openCase(folder, { ...SETUP, ...options });
  } catch (error) {
    if (!(error instanceof BacktrailError) || !UNWRITABLE.includes(error.code)) throw error;
    return openCase(folder, { ...SETUP, readOnly: true });
  }
}

/** Journal entries after which the story is another one. */
const CHANGES: readonly string[] = ["analysis-finished", "analysis-interrupted", "scope-set", "scope-removed"];

/** True if the records or the scope changed after the story was last told. */
function isStoryDue({ journal }: Case): boolean {
  const last = journal.entries.findLast(({ action }) => action === "evaluated" || CHANGES.includes(action));
  return last !== undefined && last.action !== "evaluated";
}

/** Makes a case in a new or empty folder. */
export function createWorkspace(folder: string, name?: string, options: OpenOptions = {}): Promise<Case> {
  return createCase(folder, { ...SETUP, ...options, ...(name === undefined ? {} : { name }) });
}

/** Blocks of the records of a case that is recorded: rows come into all its tables, in small numbers and all the time. */
const RECORDED_BLOCK_OCTETS = 16 * 1024;

/** Makes a case for a recording. */
export function createRecordedWorkspace(folder: string, name?: string): Promise<Case> {
  return createWorkspace(folder, name, { blockOctets: RECORDED_BLOCK_OCTETS });
}

/** Opens or makes a case whose story nobody asks for. */
export function openBare(folder: string, name: string): Promise<Case> {
  return existsSync(join(folder, CASE_FILES.info)) ? openCase(folder, SETUP) : createCase(folder, { ...SETUP, name });
}

/**
 * Opens the case of a recording, and none in its place where the folder was moved away or its disk is gone: once it is back, two would write it.
 * @param memoryLimit Of the database, octets.
 */
export function openRecorded(folder: string, memoryLimit: number): Promise<Case> {
  return openCase(folder, { ...SETUP, memoryLimit });
}

/** Runs `work` on an open case and closes it whatever happens. */
export async function withCase<T>(folder: string, work: (opened: Case) => Promise<T>): Promise<T> {
  const opened = await openWorkspace(folder);
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}
