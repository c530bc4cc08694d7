import { AsyncLocalStorage } from "node:async_hooks";
import type { DuckDBConnection } from "@duckdb/node-api";
import { BacktrailError, isProblem } from "../contracts/result.ts";

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/** Does work whose queries end when a signal says so: nobody waits for their answers any more. */
export function cancellable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const outer = current.getStore();
  return current.run(outer === undefined ? signal : AbortSignal.any([outer, signal]), work);
}

/** Does work to its end even where what it belongs to is given up, such as putting away what that left. */
export function uncancelled<T>(work: () => Promise<T>): Promise<T> {
  return current.run(undefined, work);
}

/** True where the work that is going on was given up. */
export function isGivenUp(): boolean {
  return current.getStore()?.aborted === true;
}

/** True for what a query throws that was ended by its signal. */
export function isCancelled(error: unknown): boolean {
  return isProblem(error, "cancelled");
}

const AGAIN_MS = 50;

/** Queries of one connection, one after the other, each ended when the work that asked for it is given up. */
export class QueryTurns {
  readonly connection: DuckDBConnection;
  /** Queries that wait or run. */
  waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  async take<T>(query: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const signal = current.getStore();
    this.waiting++;
    const turn = this.#last.then(() => this.#run(query, signal));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting--;
    }
  }

  async #run<T>(query: (connection: DuckDBConnection) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return query(this.connection);
    if (signal.aborted) throw givenUp();
    let again: NodeJS.Timeout | undefined;
    const stop = () => {
      this.connection.interrupt();
      // A query that is about to begin does not hear it.
      again = setInterval(() => this.connection.interrupt(), AGAIN_MS);
    };
    signal.addEventListener("abort", stop);
    try {
      const found = await query(this.connection);
      // Rows that are read as they come end without an error when they are broken off.
      if (signal.aborted) throw givenUp();
      return found;
    } catch (error) {
      throw signal.aborted ? givenUp() : error;
    } finally {
      signal.removeEventListener("abort", stop);
      clearInterval(again);
    }
  }
}

function givenUp(): BacktrailError {
  return new BacktrailError("cancelled", "The question was taken back before it was answered.");
}
