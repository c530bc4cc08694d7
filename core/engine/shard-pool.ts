import assert from "node:assert";
import { Worker } from "node:worker_threads";
import { BacktrailError } from "../contracts/result.ts";
import type { PacketBatch } from "../net/packet-batch.ts";
import type { TrackerOptions } from "../net/tracker.ts";
import { programEntry } from "../program/program-files.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { FileOptions } from "./files/file-options.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { FoundSecrets, GivenSecrets } from "./secrets/given-secrets.ts";
import { sumOfLimits } from "./limits.ts";
import type { FromWorker, ShardCounters, ToWorker, WorkerSetup } from "./worker-messages.ts";

/** What the pool tells its owner. */
export interface PoolEvents {
  rows(chunk: TableChunk): void;
  /** Rows of `conn` of connections that are open, where `flush` asks for them. */
  open?(chunk: TableChunk): void;
  /** All shards are done with a batch; `sessions` is filled for every row, `extra` lists further (ordinal, key) pairs. */
  done(batch: PacketBatch, sessions: Float64Array, extra: readonly Float64Array[]): void;
}

interface Pending {
  readonly batch: PacketBatch;
  readonly sessions: Float64Array;
  readonly extra: Float64Array[];
  /** Shards that are not done with it. */
  waiting: number;
}

/** A worker that failed: what it had under way is not in the records. */
export interface WorkerLoss {
  readonly message: string;
  /** Connections that were open in it when it was last heard of. */
  readonly open: number;
  /** The frames at which it failed; null if it was not reading. */
  readonly at: { readonly capture: number; readonly frame: number; readonly lastFrame: number } | null;
}

/** What the shards counted together. */
export interface PoolCounters extends ShardCounters {
  readonly losses: readonly WorkerLoss[];
}

/** One shard's thread. */
interface Shard {
  worker: Worker;
  /** What it was asked and has not answered, in order. */
  readonly asked: Exclude<ToWorker, { kind: "secrets" | "advance" }>[];
  counters: ShardCounters;
  /** Looks in a row at which it had something to do and had said nothing since the one before. */
  silentLooks: number;
  /** True once its thread was ended for its silence: what it had sent before may still come. */
  isEnded: boolean;
}

/** A worker that says nothing for so long while it has something to do is taken as one that never will, and ended. */
const PATIENCE_MS = 120_000;
/** Looks in that time. They are counted, not the clock: while this thread is held up, nothing is heard. */
const LOOKS = 12;

/**
 * Bound of a worker's heap in MiB. It is far above what a shard needs: it is there because the engine lets garbage grow in
 * proportion to it.
 */
const WORKER_HEAP_MIB = 1280;

/** Bound of the part of it that new objects are made in, MiB. The engine's own is twice that: slower here, and 25 MiB more a worker (docs/performance.md). */
const WORKER_YOUNG_MIB = 24;

/** Workers that may fail and be replaced in one run; beyond it something is wrong that does not pass. */
const MOST_LOSSES = 8;

/** Code of the problem that a worker failed. */
export const WORKER_FAILED = "worker-failed";

/** Batches that may be under way at one time; the reader waits beyond that. */
const MOST_PENDING = 4;

const NOBODY: PoolEvents = {
  rows: () => assert.fail("rows came before anybody listened"),
  done: () => assert.fail("a batch was done before anybody listened"),
};

const NOTHING: ShardCounters = { connections: 0, open: 0, duplicates: 0, limits: {} };

/**
 * Worker threads, one a shard. Batches go to all of them; nothing is copied. A worker that fails is replaced: the batch at which it
 * failed is given up for its shard and its open connections are lost, which `counters` tells; all else goes on.
 */
export class ShardPool {
  readonly #shards: readonly Shard[];
  readonly #setup: Omit<WorkerSetup, "shard" | "untaken">;
  readonly #entry: string;
  #events: PoolEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #freeSessions: Float64Array[] = [];
  /** What workers that failed had counted. */
  readonly #former: ShardCounters[] = [];
  readonly #failures: AnalyzerFailure[] = [];
  readonly #losses: WorkerLoss[] = [];
  /** Secrets that captures brought so far, for workers yet to come. */
  readonly #found: FoundSecrets[] = [];
  readonly #watch: NodeJS.Timeout;
  #finished = 0;
  #isStopped = false;
  #flushed = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  /**
   * @param events Null for an owner that is not there yet: `listen` names it before the first batch.
   * @param entry Module that the workers run.
   */
  constructor(
    shards: number,
    options: TrackerOptions,
    secrets: GivenSecrets,
    files: FileOptions,
    events: PoolEvents | null,
    entry = programEntry("core/engine/worker"),
    patienceMs = PATIENCE_MS,
  ) {
    this.#events = events ?? NOBODY;
    this.#setup = { shards, options, secrets, files };
    this.#entry = entry;
    this.#shards = Array.from({ length: shards }, (_, shard) => ({
      worker: this.#start(shard),
      asked: [],
      counters: NOTHING,
      silentLooks: 0,
      isEnded: false,
    }));
    this.#watch = setInterval(() => this.#look(), patienceMs / LOOKS).unref();
  }

  listen(events: PoolEvents): void {
    this.#events = events;
  }

  /** What all shards counted so far. */
  get counters(): PoolCounters {
    const all = [...this.#former, ...this.#shards.map(({ counters }) => counters)];
    const sum = (of: (counters: ShardCounters) => number) => all.reduce((total, counters) => total + of(counters), 0);
    return {
      connections: sum(({ connections }) => connections),
      open: sum(({ open }) => open),
      duplicates: sum(({ duplicates }) => duplicates),
      limits: sumOfLimits(all.map(({ limits }) => limits)),
      losses: this.#losses,
    };
  }

  get failures(): readonly AnalyzerFailure[] {
    return this.#failures;
  }

  /** Hands a batch to all shards; waits while too many are under way. */
  async process(batch: PacketBatch): Promise<void> {
    await this.#until(() => this.#pending.size < MOST_PENDING);
    const sessions = this.#sessionsFor(batch.count);
    this.#pending.set(batch.frames.id, { batch, sessions, extra: [], waiting: this.#shards.length });
    this.#ask({ kind: "batch", batch, sessions });
  }

  /** Hands secrets that a capture brought to all shards; the batches given from now on are read with them. */
  found(secrets: FoundSecrets): void {
    this.#found.push(secrets);
    this.#post({ kind: "secrets", secrets });
  }

  /** Waits until no batch is under way. */
  idle(): Promise<void> {
    return this.#until(() => this.#pending.size === 0);
  }

  /** Ends connections whose time is up by this clock, ns since 1970 UTC. */
  advance(clockNs: number): void {
    this.#post({ kind: "advance", clockNs });
  }

  /**
   * Asks all shards for the rows they hold and waits until they came as `rows` events; no batch is under way then.
   * @param openAtNs Time up to which frames were read, ns: connections that are open are told too, as they stand.
   */
  async flush(openAtNs: number | null = null): Promise<void> {
    await this.idle();
    this.#flushed = 0;
    this.#ask({ kind: "flush", openAtNs });
    await this.#until(() => this.#flushed === this.#shards.length);
  }

  /** Ends all shards' analysis and waits for the last row. */
  async finish(): Promise<void> {
    await this.#until(() => this.#pending.size === 0);
    this.#ask({ kind: "finish" });
    await this.#until(() => this.#finished === this.#shards.length);
  }

  /** Stops the threads at once; what batches and the pool's owner hold is given back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#watch);
    await Promise.all(this.#shards.map(({ worker }) => worker.terminate()));
    this.#pending.clear();
    this.#freeSessions.length = 0;
    this.#events = NOBODY;
  }

  #start(shard: number): Worker {
    const untaken = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(this.#entry, {
      workerData: { ...this.#setup, shard, untaken } satisfies WorkerSetup,
      name: `shard ${shard}`,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB, maxYoungGenerationSizeMb: WORKER_YOUNG_MIB },
    });
    worker.on("message", (message: FromWorker) => {
      this.#take(shard, message);
      if (message.kind !== "rows") return;
      Atomics.sub(untaken, 0, 1);
      Atomics.notify(untaken, 0);
    });
    let failure: Error | null = null;
    worker.on("error", (error) => void (failure = error));
    // Messages that it had sent come before this.
    worker.on("exit", (code) => this.#ended(shard, failure ?? new Error(this.#endOf(shard, code))));
    return worker;
  }

  #endOf(shard: number, code: number): string {
    return this.#shards[shard]!.isEnded ? "it did not come to an end with them" : `it ended with ${code}`;
  }

  /** Ends workers that do not come to an end. */
  #look(): void {
    for (const shard of this.#shards) {
      if (shard.asked.length === 0) shard.silentLooks = 0;
      else if (++shard.silentLooks === LOOKS) {
        shard.isEnded = true;
        void shard.worker.terminate();
      }
    }
  }

  /** A worker is gone. If it still had to do, another one takes its place. */
  #ended(shard: number, error: Error): void {
    const state = this.#shards[shard]!;
    const isOver = this.#isStopped || (this.#finished > 0 && state.asked.length === 0);
    if (isOver || this.#failure !== null) return;
    if (this.#losses.length >= MOST_LOSSES) {
      this.#fail(workerProblem(error));
      return;
    }
    state.silentLooks = 0;
    state.isEnded = false;
    const [first] = state.asked;
    this.#losses.push(lossOf(state, error));
    this.#former.push({ ...state.counters, open: 0 });
    state.counters = NOTHING;
    state.worker = this.#start(shard);
    for (const secrets of this.#found) state.worker.postMessage({ kind: "secrets", secrets } satisfies ToWorker);
    if (first?.kind === "batch") this.#done(shard, first.batch.frames.id, null);
    for (const message of state.asked) state.worker.postMessage(message);
    this.#wake?.();
  }

  /** Shared memory for the keys of so many rows. Each is written by the shard of its row. */
  #sessionsFor(rows: number): Float64Array {
    const free = this.#freeSessions.pop();
    if (free !== undefined && free.length >= rows) return free.fill(-1, 0, rows);
    return new Float64Array(new SharedArrayBuffer(8 * Math.max(1, rows)));
  }

  #post(message: ToWorker): void {
    for (const { worker } of this.#shards) worker.postMessage(message);
  }

  /** Posts what is answered. */
  #ask(message: Shard["asked"][number]): void {
    for (const { asked } of this.#shards) asked.push(message);
    this.#post(message);
  }

  #take(shard: number, message: FromWorker): void {
    const state = this.#shards[shard]!;
    state.silentLooks = 0;
    try {
      switch (message.kind) {
        case "rows":
          this.#events.rows(message.chunk);
          break;
        case "open":
          this.#events.open?.(message.chunk);
          break;
        case "done":
          state.counters = message.counters;
          this.#done(shard, message.batch, message.extra);
          break;
        case "flushed":
          state.counters = message.counters;
          state.asked.shift();
          this.#flushed++;
          break;
        case "finished":
          state.counters = message.counters;
          state.asked.shift();
          this.#failures.push(...message.failures);
          this.#finished++;
          break;
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#wake?.();
  }

  /** A shard is done with its oldest batch. */
  #done(shard: number, batch: number, extra: Float64Array | null): void {
    this.#shards[shard]!.asked.shift();
    const pending = this.#pending.get(batch)!;
    if (extra !== null && extra.length > 0) pending.extra.push(extra);
    if (--pending.waiting > 0) return;
    this.#pending.delete(batch);
    this.#events.done(pending.batch, pending.sessions, pending.extra);
    this.#freeSessions.push(pending.sessions);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (condition()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

function lossOf({ asked, counters }: Shard, error: Error): WorkerLoss {
  const [first] = asked;
  const { message } = error;
  if (first?.kind !== "batch" || first.batch.frames.count === 0) return { message, open: counters.open, at: null };
  const { capture, frame, count } = first.batch.frames;
  return { message, open: counters.open, at: { capture: capture[0]!, frame: frame[0]!, lastFrame: frame[count - 1]! } };
}

function workerProblem(failure: Error): BacktrailError {
  const message = `Analysis stopped because a worker failed (${failure.message}); the captures are untouched, run analyze again.`;
  return new BacktrailError(WORKER_FAILED, message, { kind: "work", cause: failure });
}
