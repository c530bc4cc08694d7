import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

const STATE = z.object({
  width: z.int().min(1100).max(20_000),
  height: z.int().min(700).max(20_000),
  x: z.int().optional(),
  y: z.int().optional(),
  maximized: z.boolean(),
});

/** Size and place of the last window. */
export type WindowState = z.infer<typeof STATE>;

const DEFAULT: WindowState = { width: 1440, height: 900, maximized: false };

/** The state that was kept, or the default where there is none or it does not fit: it is only a convenience. */
export function readWindowState(file: string): WindowState {
  try {
    return STATE.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return DEFAULT;
  }
}

/** Keeps the state; a disk that is full or read-only costs nothing but the memory of it. */
export function keepWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, `${JSON.stringify(state)}\n`);
  } catch {
    return;
  }
}
