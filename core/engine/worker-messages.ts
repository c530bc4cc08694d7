import type { TrackerOptions } from "../net/tracker.ts";
import type { PacketBatch } from "../net/packet-batch.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { FileOptions } from "./files/file-options.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { LimitCounts } from "./limits.ts";
import type { FoundSecrets, GivenSecrets } from "./secrets/given-secrets.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly shard: number;
  readonly shards: number;
  readonly options: TrackerOptions;
  readonly secrets: GivenSecrets;
  readonly files: FileOptions;
  /** One number: chunks of rows that were sent and are not taken yet. The worker waits while they are too many. */
  readonly untaken: Int32Array<SharedArrayBuffer>;
}

/** To a worker. */
export type ToWorker =
  | { readonly kind: "batch"; readonly batch: PacketBatch; readonly sessions: Float64Array }
  /** Secrets that a capture brought; they come before the batches whose frames they may open. */
  | { readonly kind: "secrets"; readonly secrets: FoundSecrets }
  /** Ends connections whose time is up by this clock, ns since 1970 UTC: frames may not come for long. */
  | { readonly kind: "advance"; readonly clockNs: number }
  /** Asks for the rows gathered so far, and with a clock for those of connections that are open; "flushed" comes behind them. */
  | { readonly kind: "flush"; readonly openAtNs: number | null }
  | { readonly kind: "finish" };

/** From a worker. */
export type FromWorker =
  | { readonly kind: "rows"; readonly chunk: TableChunk }
  /** Rows of `conn` of connections that are open. */
  | { readonly kind: "open"; readonly chunk: TableChunk }
  /** The rows of this shard in the batch are done; its octets are not needed any more. */
  | { readonly kind: "done"; readonly batch: number; readonly extra: Float64Array; readonly counters: ShardCounters }
  | { readonly kind: "flushed"; readonly counters: ShardCounters }
  | { readonly kind: "finished"; readonly counters: ShardCounters; readonly failures: readonly AnalyzerFailure[] };

/** What a shard counted so far. */
export interface ShardCounters {
  readonly connections: number;
  /** Connections under way now. */
  readonly open: number;
  readonly duplicates: number;
  readonly limits: LimitCounts;
}
