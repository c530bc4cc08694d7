import type { DuckDBInstance } from "@duckdb/node-api";
import { isProblem } from "../contracts/result.ts";
import { guarded } from "./database-problem.ts";

/**
 * How much memory the database may hold. It keeps what it read until its limit is reached, so that work over many records takes all that is
 * allowed, whether it helps or not. Thrifty work has less; a question for which that does not suffice is asked again with all, alone.
 */
export class MemoryShare {
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #most: number;
  readonly #least: number;
  #isThrifty = false;
  /** Thrifty work's questions that run. */
  #running = 0;
  /** Ends with the question that is asked alone; null if none is. */
  #alone: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  /**
   * @param most Octets of a question that needs them, and of all work that is not thrifty.
   * @param least Octets of thrifty work.
   */
  constructor(path: string, instance: DuckDBInstance, most: number, least: number) {
    this.#path = path;
    this.#instance = instance;
    this.#most = most;
    this.#least = Math.min(least, most);
  }

  /** Gives the database all that it may have, after it was opened with less. */
  giveAll(): Promise<void> {
    return this.#limit(this.#most);
  }

  /** Does thrifty work: all of its questions go through `enough`. */
  async thriftily<T>(work: () => Promise<T>): Promise<T> {
    this.#isThrifty = true;
    try {
      await this.#limit(this.#least);
      return await work();
    } finally {
      this.#isThrifty = false;
      await this.#limit(this.#most);
    }
  }

  /** Asks a question, and once more with all memory if it is thrifty work's and did not fit. One question must not wait for another. */
  async enough<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.#isThrifty) return ask();
    while (this.#alone !== null) await this.#alone;
    this.#running++;
    try {
      return await ask();
    } catch (error) {
      if (!isProblem(error, "out-of-memory")) throw error;
    } finally {
      this.#running--;
      this.#wake?.();
    }
    return this.#askAlone(ask);
  }

  async #askAlone<T>(ask: () => Promise<T>): Promise<T> {
    while (this.#alone !== null) await this.#alone;
    let end = () => {};
    this.#alone = new Promise((resolve) => (end = resolve));
    try {
      while (this.#running > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#limit(this.#most);
      return await ask();
    } finally {
      try {
        await this.#limit(this.#isThrifty ? this.#least : this.#most);
      } finally {
        // The others go on, whatever became of the limit.
        this.#alone = null;
        end();
      }
    }
  }

  async #limit(octets: number): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      await guarded(this.#path, () => connection.run(`SET memory_limit = '${kibibytes(octets)}'`));
    } catch (error) {
      // More is in use just now than it should have: it keeps what it had.
      if (!isProblem(error, "out-of-memory")) throw error;
    } finally {
      connection.closeSync();
    }
  }
}

/** Octets as a setting of the database. */
export function kibibytes(octets: number): string {
  return `${Math.floor(octets / 1024)}KiB`;
}
