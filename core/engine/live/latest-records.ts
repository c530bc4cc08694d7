import { setImmediate as nextTurn } from "node:timers/promises";
import { databaseProblem } from "../../case/database-problem.ts";
import type { Conditions, MetConditions } from "../../case/arrived-looks.ts";
import { bothMet } from "../../case/arrived-looks.ts";
import type { EndedRows } from "../../case/open-rows.ts";
import { RecentStore } from "../../case/recent-store.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { KeptSlices } from "../../detections/slices.ts";
import { fillSlices, makeEmptySlices } from "../../detections/slices.ts";
import type { RecordType } from "../../records/record-type.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import { FirstSeen } from "./first-seen.ts";
import type { ArrivedRows } from "./telling-rows.ts";

/** Rows of one table that are kept: the most, and the fewest that are kept where asking is late or memory short. */
const MOST_ROWS = 40_000;
const LEAST_ROWS = 8_000;
/** Rows of one table that may come before a new database is made of what is kept, which costs as much as all questions, and until it has to be there. */
const ROWS_PER_DATABASE = 40_000;
const MOST_ROWS_PER_DATABASE = 80_000;
/** Rows that are kept of all tables together: what all questions take grows with them. The tables with the most have to do with less. */
const MOST_ROWS_IN_ALL = 100_000;
/** Times that many rows that the database may have before the next is begun, and until that has to be there. */
const NEXT_FROM = 2;
const NEXT_AT_LAST = 3;
/** Rows are kept for so many turns; each is a second or somewhat more. */
const MOST_TURNS = 900;

const NOTHING_ENDED: EndedRows = new Map();

interface KeptChunk {
  readonly chunk: TableChunk;
  readonly turn: number;
  /** Rows of it that were of an act not seen before when they came. */
  readonly first: readonly number[];
}

/** A database that is not asked yet. */
interface Made {
  readonly store: RecentStore;
  readonly slices: KeptSlices;
  /** It has what was kept of the turns up to this, and so many rows of each table. */
  readonly upTo: number;
  readonly rows: ReadonlyMap<string, number>;
}

/** Rows of one table, the oldest first. */
interface Kept {
  readonly chunks: KeptChunk[];
  rows: number;
  /** Rows of it that the database has. */
  stored: number;
}

/**
 * The latest records of a recording, and the connections that are open, in a database of their own. What it holds is bounded for each table by
 * itself: traffic that makes many records of one kind does not push out what is rare. The database only grows until a table has as many
 * rows more than are kept; then a new one is made of those, which gives all memory back.
 */
export class LatestRecords {
  readonly #path: string;
  readonly #types: readonly RecordType[];
  readonly #wanted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #fill: (store: RecentStore) => Promise<void>;
  readonly #kept = new Map<string, Kept>();
  readonly #seen: FirstSeen;
  #store: RecentStore;
  #slices: KeptSlices;
  #turn = 0;
  #mostRows = MOST_ROWS;
  /** Slices whose rows are those of the last turn. */
  readonly #fresh = new Set<string>();
  /** Conditions that rows of the last turn met. */
  #met: MetConditions = new Map();
  /** True if there is no whole database: to make one failed. */
  #isBroken = false;
  /** The next database while it is made, and what came of that: null if it failed. */
  #coming: Promise<void> | null = null;
  #made: Made | null = null;
  /** True while somebody waits for it: what takes long is left out. */
  #isHurried = false;

  private constructor(
    path: string,
    types: readonly RecordType[],
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
    fill: (store: RecentStore) => Promise<void>,
    store: RecentStore,
    slices: KeptSlices,
  ) {
    this.#path = path;
    this.#types = types;
    this.#wanted = wanted;
    this.#fill = fill;
    this.#store = store;
    this.#slices = slices;
    this.#seen = new FirstSeen(types);
  }

  /**
   * @param path File of the database, which stays empty.
   * @param wanted Columns that are kept, by table; other tables are empty.
   * @param fill Puts into a new database what is no record: the estate, and the connections that are open.
   */
  static async make(
    path: string,
    types: readonly RecordType[],
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
    fill: (store: RecentStore) => Promise<void>,
  ): Promise<LatestRecords> {
    const store = await RecentStore.make(path, types, wanted);
    return new LatestRecords(path, types, wanted, fill, store, await makeEmptySlices(store));
  }

  /** The database; it may be another one after each turn. */
  get store(): RecentStore {
    return this.#store;
  }

  /** Names of the slices that it has tables for, the same for every database; their rows are there after `fill`. */
  get slices(): KeptSlices {
    return this.#slices;
  }

  /**
   * Takes records that came, and connections as they stand.
   * @param open Records of connections that are open.
   * @param ended Those of them that are over.
   * @param asked Conditions that rows that came may meet.
   */
  async turn(
    arrived: readonly TableChunk[],
    open: readonly TableChunk[],
    ended: EndedRows,
    asked: Conditions = new Map(),
  ): Promise<ArrivedRows> {
    this.#turn++;
    this.#fresh.clear();
    this.#seen.turn();
    const latest = arrived.flatMap((whole): KeptChunk[] => {
      const chunk = this.#store.narrowed(whole);
      return chunk === null ? [] : [{ chunk, turn: this.#turn, first: this.#seen.rows(whole) }];
    });
    for (const kept of latest) this.#keep(kept);
    this.#trimAll();
    const isFull = this.#isFull(this.#mostRows + ROWS_PER_DATABASE, NEXT_FROM);
    const isLast = isFull && this.#isFull(this.#mostRows + MOST_ROWS_PER_DATABASE, NEXT_AT_LAST);
    if (isFull && this.#coming === null) this.#coming = this.#prepare();
    try {
      if (this.#isBroken || this.#made !== null || isLast) await this.renew(1, asked);
      else await this.#add(latest, open, ended, asked);
    } catch (error) {
      // It may have a part of what came.
      this.#isBroken = true;
      if (!isOutOfMemory(error)) throw error;
      await this.renew(0.5, asked);
    }
    const tables = [...latest.map(({ chunk }) => chunk), ...open].map(({ table }) => table);
    return { tables: new Set(tables), met: this.#met };
  }

  /** Puts the rows of slices in that were not asked for since the last turn. */
  async fill(slices: KeptSlices): Promise<void> {
    const stale = new Set([...slices].filter((name) => !this.#fresh.has(name)));
    await fillSlices(this.#store, stale, this.#slices);
    for (const name of stale) this.#fresh.add(name);
  }

  /** Keeps less from now on, or more again: asking about what is kept took too long, or not. */
  isLate(isLate: boolean): void {
    this.#mostRows = Math.round(this.#mostRows * (isLate ? 0.8 : 1.02));
    this.#mostRows = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, this.#mostRows));
  }

  /**
   * Makes a new database of what is kept.
   * @param share Part of it that is kept.
   * @param asked Conditions that rows of the last turn may meet.
   */
  async renew(share = 1, asked: Conditions = new Map()): Promise<void> {
    this.#mostRows = Math.max(LEAST_ROWS, Math.round(this.#mostRows * share));
    this.#isBroken = true;
    this.#fresh.clear();
    this.#store.close();
    const { store, slices, upTo, rows } = await this.#next(share === 1);
    this.#store = store;
    this.#slices = slices;
    this.#trimAll();
    for (const [table, kept] of this.#kept) {
      if (kept.rows === 0) this.#kept.delete(table);
      const missing = kept.chunks.filter(({ turn }) => turn > upTo);
      for (const { chunk, turn } of missing) if (turn < this.#turn) store.append(chunk);
      kept.stored = missing.reduce((sum, { chunk }) => sum + chunk.rows, rows.get(table) ?? 0);
    }
    await this.#store.turn(NOTHING_ENDED);
    for (const { chunks } of this.#kept.values())
      for (const { chunk, turn, first } of chunks) if (turn === this.#turn) this.#store.append(chunk, first);
    const met = await this.#store.turn(NOTHING_ENDED, asked);
    await this.#fill(this.#store);
    // Which of the open connections are news is not known any more.
    const byOpen = await this.#store.metByOpen(asked);
    this.#met = new Map([...met, ...[...byOpen].map(([table, own]) => [table, bothMet(met.get(table), own)] as const)]);
    this.#isBroken = false;
  }

  /** Makes room where memory did not suffice for a question. */
  async relieve(): Promise<void> {
    if (this.#mostRows > LEAST_ROWS) await this.renew(0.5);
    else this.#store.release();
  }

  async close(): Promise<void> {
    this.#isHurried = true;
    await this.#coming;
    this.#made?.store.close();
    this.#store.close();
  }

  /** Makes the next database of what is kept, with the statements that stay prepared in this one, while this one is asked. */
  async #prepare(): Promise<void> {
    const path = this.#store.path === this.#path ? `${this.#path}.next` : this.#path;
    let store: RecentStore | null = null;
    try {
      store = await RecentStore.make(path, this.#types, this.#wanted);
      const slices = await makeEmptySlices(store);
      // What came in a turn under way is looked at when it is added.
      const upTo = this.#turn - 1;
      const kept = [...this.#kept.values()].flatMap(({ chunks }) => chunks.filter(({ turn }) => turn <= upTo));
      const rows = new Map<string, number>();
      for (const { chunk } of kept) {
        rows.set(chunk.table, (rows.get(chunk.table) ?? 0) + chunk.rows);
        store.append(chunk);
        // Frames and questions go on meanwhile.
        await nextTurn();
      }
      await store.turn(NOTHING_ENDED);
      await store.prepareLike(this.#store, () => this.#isHurried);
      this.#made = { store, slices, upTo, rows };
    } catch {
      // As for lack of memory: then this one is closed before the next is made.
      store?.close();
      this.#isBroken = true;
    }
  }

  /** The next database. @param isWanted False to make another than was prepared, if one was. */
  async #next(isWanted: boolean): Promise<Made> {
    // It was begun while the last was asked, which is closed: what is not prepared of it is prepared when it is asked.
    this.#isHurried = true;
    await this.#coming;
    this.#isHurried = false;
    const made = this.#made;
    this.#coming = this.#made = null;
    if (made !== null && isWanted) return made;
    made?.store.close();
    const store = await RecentStore.make(this.#path, this.#types, this.#wanted);
    return { store, slices: await makeEmptySlices(store), upTo: -1, rows: new Map() };
  }

  /** Adds what came to the database. */
  async #add(
    latest: readonly KeptChunk[],
    open: readonly TableChunk[],
    ended: EndedRows,
    asked: Conditions,
  ): Promise<void> {
    for (const { chunk, first } of latest) this.#store.append(chunk, first);
    for (const chunk of open) this.#store.appendOpen(this.#store.narrowed(chunk)!);
    this.#met = await this.#store.turn(ended, asked);
  }

  #keep(one: KeptChunk): void {
    const { chunk } = one;
    const kept = this.#kept.get(chunk.table) ?? { chunks: [], rows: 0, stored: 0 };
    this.#kept.set(chunk.table, kept);
    kept.chunks.push(one);
    kept.rows += chunk.rows;
    kept.stored += chunk.rows;
  }

  /** True if the database has more rows of a table than a number, or more in all than so many times what is kept. */
  #isFull(most: number, times: number): boolean {
    const all = [...this.#kept.values()];
    return (
      all.some(({ stored }) => stored > most) ||
      all.reduce((sum, { stored }) => sum + stored, 0) > times * MOST_ROWS_IN_ALL
    );
  }

  /** Lets go of the oldest of each table that has more rows than all may have together. */
  #trimAll(): void {
    const all = [...this.#kept.values()];
    let most = this.#mostRows;
    while (all.reduce((sum, { rows }) => sum + Math.min(rows, most), 0) > MOST_ROWS_IN_ALL)
      most = Math.floor(0.9 * most);
    for (const kept of all) this.#trim(kept, most);
  }

  /** Lets go of the oldest. */
  #trim(kept: Kept, most: number): void {
    const { chunks } = kept;
    let old = 0;
    for (; old < chunks.length; old++) {
      const { chunk, turn } = chunks[old]!;
      if (kept.rows - chunk.rows < most && this.#turn - turn < MOST_TURNS) break;
      kept.rows -= chunk.rows;
    }
    chunks.splice(0, old);
  }
}

/** An appender's own error is not told as the database's. */
function isOutOfMemory(error: unknown): boolean {
  const problem = databaseProblem(error, "the latest records");
  return problem instanceof BacktrailError && problem.code === "out-of-memory";
}
