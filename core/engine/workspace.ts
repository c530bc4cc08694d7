import type { Case } from "../case/case.ts";
import { createCase, openCase } from "../case/case.ts";
import { RECORD_TYPES } from "./record-types.ts";
import { TOOL } from "./version.ts";

const SETUP = { types: RECORD_TYPES, tool: TOOL } as const;

/** Opens a case; what opening found out of order is in `notes`. */
export function openWorkspace(folder: string): Promise<Case> {
  return openCase(folder, SETUP);
}

/** Makes a case in a new or empty folder. */
export function createWorkspace(folder: string, name?: string): Promise<Case> {
  return createCase(folder, name === undefined ? SETUP : { ...SETUP, name });
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
