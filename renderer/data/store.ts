import type { Table } from "dexie";
import Dexie from "dexie";
import type { Narrowing } from "../../core/contracts/window.ts";
import type { Place } from "./place.ts";

/** A case that was open in this window once. */
export interface RecentCase {
  readonly folder: string;
  readonly name: string;
  /** ms since 1970. */
  readonly openedAt: number;
  readonly findings: number;
  readonly octets: number;
}

/** A filter under a name; the time range belongs to one case and is not kept. */
export interface SavedFilter {
  readonly id?: number;
  readonly name: string;
  readonly filter: string;
}

/** How the window is set up for a task. */
export interface Layout {
  readonly id?: number;
  readonly name: string;
  readonly view: Place["view"];
  readonly tab: Place["tab"];
  readonly table: string;
  readonly inspector: boolean;
  readonly inspectorWidth: number;
  readonly timelineLanes: string;
  /** Columns of `table`; none for those that say something. */
  readonly columns: readonly string[];
}

/** Columns of a record type; the set without a name is the one in use. */
export interface ColumnSet {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** A note that was begun and is not in the journal yet. */
export interface Draft {
  readonly folder: string;
  readonly object: string;
  readonly text: string;
  readonly at: number;
}

/** The last answer to a call, shown until the engine answers again. */
export interface Screen {
  readonly key: string;
  readonly folder: string;
  readonly answer: unknown;
  readonly at: number;
}

/**
 * What belongs to the window and not to a case. The case folder is the truth: whoever wipes this loses settings, saved filters and
 * layouts, and notes that were not sent off, but nothing of a case.
 */
export class WindowStore extends Dexie {
  declare settings: Table<{ readonly name: string; readonly value: string | number | boolean }, string>;
  declare history: Table<{ readonly filter: string; readonly at: number }, string>;
  declare filters: Table<SavedFilter, number>;
  declare layouts: Table<Layout, number>;
  declare columns: Table<ColumnSet, [string, string]>;
  declare cases: Table<RecentCase, string>;
  declare drafts: Table<Draft, [string, string]>;
  declare screens: Table<Screen, string>;

  constructor(name = "backtrail") {
    super(name);
    this.version(1).stores({ settings: "name", history: "filter, at" });
    // Columns in use were settings named for their table.
    this.version(2)
      .stores({
        filters: "++id, name",
        layouts: "++id, name",
        columns: "[table+name], table",
        cases: "folder, openedAt",
        drafts: "[folder+object], folder",
        screens: "key, folder, at",
      })
      .upgrade(async (change) => {
        const settings = change.table<{ name: string; value: unknown }, string>("settings");
        for (const { name, value } of await settings.where("name").startsWith("columns.").toArray()) {
          if (typeof value === "string" && value !== "")
            await change
              .table("columns")
              .put({ table: name.slice("columns.".length), name: "", columns: value.split(",") });
          await settings.delete(name);
        }
      });
  }
}

export const store = new WindowStore();

/** Reads or writes the store; null where the browser keeps nothing (forbidden, full, wiped meanwhile): the window then goes without. */
export async function kept<T>(work: () => PromiseLike<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Dexie.DexieError || error instanceof DOMException) return null;
    throw error;
  }
}

const MOST_FILTERS = 40;
const MOST_CASES = 20;

/** Keeps a filter that was applied; an empty one is nothing to keep. */
export async function keepFilter(filter: string): Promise<void> {
  if (filter === "") return;
  await kept(async () => {
    await store.history.put({ filter, at: Date.now() });
    const old = await store.history.orderBy("at").reverse().offset(MOST_FILTERS).primaryKeys();
    await store.history.bulkDelete(old);
  });
}

/** Notes that a case was opened. */
export async function keepCase(opened: RecentCase): Promise<void> {
  await kept(async () => {
    await store.cases.put(opened);
    const old = await store.cases.orderBy("openedAt").reverse().offset(MOST_CASES).primaryKeys();
    await store.cases.bulkDelete(old);
  });
}

/** What a narrowing is called when it gets no name. */
export function nameOf({ filter }: Pick<Narrowing, "filter">): string {
  return filter.length <= 60 ? filter : `${filter.slice(0, 59)}…`;
}
