import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";

const SMALLEST = { width: 1100, height: 700 };

const PLACE = z.object({
  width: z.int().min(SMALLEST.width).max(20_000),
  height: z.int().min(SMALLEST.height).max(20_000),
  x: z.int().min(-100_000).max(100_000).optional(),
  y: z.int().min(-100_000).max(100_000).optional(),
  maximized: z.boolean(),
});

const WINDOW = z.object({ place: PLACE, folder: z.string().max(4096).nullable(), hash: z.string().max(20_000) });
const WINDOWS = z.array(WINDOW).max(50);

/** Size and place of a window. */
export type WindowPlace = z.infer<typeof PLACE>;

/** A window as it was: where, on which case, at which place of it. */
export type KeptWindow = z.infer<typeof WINDOW>;

/** A rectangle of the desktop. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const DEFAULT: WindowPlace = { width: 1440, height: 900, maximized: false };
/** Part of the title bar that must be within reach of the pointer. */
const GRIP = { width: 120, height: 30 };

/**
 * A place that fits the screens that are there now: one whose title bar lies on none of them is given up for the system's choice, and a
 * window is no larger than the screen that holds it, down to its smallest size.
 */
export function fitToScreens(place: WindowPlace, screens: readonly Area[]): WindowPlace {
  const { x, y, width, height, maximized } = place;
  const screen =
    x === undefined || y === undefined
      ? undefined
      : screens.find(
          (area) =>
            Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= GRIP.width &&
            y >= area.y &&
            y + GRIP.height <= area.y + area.height,
        );
  const bound = screen ?? screens[0];
  const fitted = {
    width: bound === undefined ? width : Math.max(SMALLEST.width, Math.min(width, bound.width)),
    height: bound === undefined ? height : Math.max(SMALLEST.height, Math.min(height, bound.height)),
    maximized,
  };
  return screen === undefined ? fitted : { ...fitted, x: x!, y: y! };
}

/** The place that was kept, or the default where there is none or it makes no sense: it is only a convenience. */
export function readPlace(file: string): WindowPlace {
  return readKept(file, PLACE) ?? DEFAULT;
}

/** Windows that were open when the program ended without being asked to; empty where it ended well. */
export function readWindows(file: string): readonly KeptWindow[] {
  return readKept(file, WINDOWS) ?? [];
}

/** Keeps a state; a disk that is full or read-only costs nothing but the memory of it. */
export function keep(file: string, state: WindowPlace | readonly KeptWindow[]): void {
  try {
    writeFileSync(file, `${JSON.stringify(state)}\n`);
  } catch {
    return;
  }
}

/** Forgets the windows: the program ends as it was asked to. */
export function forget(file: string): void {
  rmSync(file, { force: true });
}

function readKept<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}
