import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { BacktrailError } from "../contracts/result.ts";
import type { PacketBatch } from "../net/packet-batch.ts";
import type { TrackerOptions } from "../net/tracker.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { FileOptions } from "./files/file-options.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { FoundSecrets, GivenSecrets } from "./secrets/given-secrets.ts";
import type { FromWorker, ShardCounters, ToWorker, WorkerSetup } from "./worker-messages.ts";

/** What the pool tells its owner. */
export interface PoolEvents {
  rows(chunk: TableChunk): void;
  /** All shards are done with a batch; `sessions` is filled for every row, `extra` lists further (ordinal, key) pairs. */
  done(batch: PacketBatch, sessions: Float64Array, extra: readonly Float64Array[]): void;
}

interface Pending {
  readonly batch: PacketBatch;
  readonly sessions: Float64Array;
  readonly extra: Float64Array[];
  waiting: number;
}

/**
 * Bound of a worker's heap in MiB. It is far above what a shard needs: it is there because the engine lets garbage grow in
 * proportion to it.
 */
const WORKER_HEAP_MIB = 1280;

/** Batches that may be under way at one time; the reader waits beyond that. */
const MOST_PENDING = 4;

/** Worker threads, one a shard. Batches go to all of them; nothing is copied. */
export class ShardPool {
  readonly #workers: readonly Worker[];
  readonly #events: PoolEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #freeSessions: Float64Array[] = [];
  readonly #counters: ShardCounters[] = [];
  readonly #failures: AnalyzerFailure[] = [];
  #finished = 0;
  #flushed = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(shards: number, options: TrackerOptions, secrets: GivenSecrets, files: FileOptions, events: PoolEvents) {
    this.#events = events;
    this.#workers = Array.from({ length: shards }, (_, shard) => {
      const setup: WorkerSetup = { shard, shards, options, secrets, files };
      const worker = new Worker(workerEntry(), {
        workerData: setup,
        name: `shard ${shard}`,
        resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
      });
      worker.on("message", (message: FromWorker) => this.#take(shard, message));
      worker.on("error", (error) => this.#fail(error));
      worker.on("exit", (code) => {
        if (code !== 0 && this.#finished < shards) this.#fail(new Error(`worker ${shard} ended with ${code}`));
      });
      return worker;
    });
  }

  /** What all shards counted so far. */
  get counters(): ShardCounters {
    const sum = { connections: 0, duplicates: 0, limits: new Set<string>() };
    for (const counters of this.#counters) {
      sum.connections += counters?.connections ?? 0;
      sum.duplicates += counters?.duplicates ?? 0;
      for (const limit of counters?.limits ?? []) sum.limits.add(limit);
    }
    return { ...sum, limits: [...sum.limits].sort() };
  }

  get failures(): readonly AnalyzerFailure[] {
    return this.#failures;
  }

  /** Hands a batch to all shards; waits while too many are under way. */
  async process(batch: PacketBatch): Promise<void> {
    await this.#until(() => this.#pending.size < MOST_PENDING);
    const sessions = this.#sessionsFor(batch.count);
    this.#pending.set(batch.frames.id, { batch, sessions, extra: [], waiting: this.#workers.length });
    this.#post({ kind: "batch", batch, sessions });
  }

  /** Hands secrets that a capture brought to all shards; the batches given from now on are read with them. */
  found(secrets: FoundSecrets): void {
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

  /** Asks all shards for the rows they hold and waits until they came as `rows` events; no batch is under way then. */
  async flush(): Promise<void> {
    await this.idle();
    this.#flushed = 0;
    this.#post({ kind: "flush" });
    await this.#until(() => this.#flushed === this.#workers.length);
  }

  /** Ends all shards' analysis and waits for the last row. */
  async finish(): Promise<void> {
    await this.#until(() => this.#pending.size === 0);
    this.#post({ kind: "finish" });
    await this.#until(() => this.#finished === this.#workers.length);
  }

  /** Stops the threads at once. */
  async stop(): Promise<void> {
    this.#finished = this.#workers.length;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Shared memory for the keys of so many rows. Each is written by the shard of its row. */
  #sessionsFor(rows: number): Float64Array {
    const free = this.#freeSessions.pop();
    if (free !== undefined && free.length >= rows) return free;
    return new Float64Array(new SharedArrayBuffer(8 * Math.max(1, rows)));
  }

  #post(message: ToWorker): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  #take(shard: number, message: FromWorker): void {
    try {
      switch (message.kind) {
        case "rows":
          this.#events.rows(message.chunk);
          break;
        case "done": {
          this.#counters[shard] = message.counters;
          const pending = this.#pending.get(message.batch)!;
          if (message.extra.length > 0) pending.extra.push(message.extra);
          if (--pending.waiting === 0) {
            this.#pending.delete(message.batch);
            this.#events.done(pending.batch, pending.sessions, pending.extra);
            this.#freeSessions.push(pending.sessions);
          }
          break;
        }
        case "flushed":
          this.#counters[shard] = message.counters;
          this.#flushed++;
          break;
        case "finished":
          this.#counters[shard] = message.counters;
          this.#failures.push(...message.failures);
          this.#finished++;
          break;
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw asProblem(this.#failure);
      if (condition()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

function asProblem(failure: Error): BacktrailError {
  if (failure instanceof BacktrailError) return failure;
  const message = `Analysis stopped because a worker failed (${failure.message}); the captures are untouched, run analyze again.`;
  return new BacktrailError("worker-failed", message, { kind: "work", cause: failure });
}

/** The worker's built entry, also when this file runs from its TypeScript source in tests. */
function workerEntry(): string {
  const here = import.meta.url;
  const entry = here.endsWith(".ts") ? "../../dist/core/engine/worker.js" : "./worker.js";
  return fileURLToPath(new URL(entry, here));
}
