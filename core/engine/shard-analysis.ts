import type { PacketBatch } from "../net/packet-batch.ts";
import type { TrackerOptions } from "../net/tracker.ts";
import { ConnectionTracker } from "../net/tracker.ts";
import type { Moment, Protocol } from "../protocols/protocol.ts";
import { ChunkedOutput } from "../records/record-output.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import { AnalyzerTree } from "./analyzer-tree.ts";

/** All analysis of the connections of one shard: packets in, record columns out. Runs in a worker, or in place. */
export class ShardAnalysis {
  readonly tracker: ConnectionTracker;
  readonly #tree: AnalyzerTree;
  readonly #output: ChunkedOutput;
  readonly #shard: number;
  readonly #shards: number;

  /** @param write Takes finished rows, a chunk at a time. */
  constructor(
    protocols: readonly Protocol[],
    shard: number,
    shards: number,
    options: TrackerOptions,
    write: (chunk: TableChunk) => void,
  ) {
    this.#shard = shard;
    this.#shards = shards;
    this.#output = new ChunkedOutput(write);
    const now = (): Moment => this.tracker.now;
    this.#tree = new AnalyzerTree(protocols, this.#output, now);
    this.tracker = new ConnectionTracker(this.#tree, this.#output, options);
  }

  /** Analyzers that threw. */
  get failures(): readonly AnalyzerFailure[] {
    return this.#tree.failures;
  }

  process(batch: PacketBatch): void {
    this.tracker.process(batch, this.#shard, this.#shards);
  }

  /** Passes on the rows gathered so far, so that partial results show. */
  flush(): void {
    this.#output.flush();
  }

  /** Ends all connections and passes on all rows. */
  finish(): void {
    this.tracker.finish();
    this.#output.flush();
  }
}
